"""From a person's gaps to routes: the problem the search is asked, and its answers with everything a page shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings

from credits.models import Licence
from credits.prospects.needs import Missing, Need
from credits.prospects.offers import Effect, Prospect
from credits.prospects.prospector import Prospector
from credits.rulebook.words import Unit
from credits.selectors import today_of
from payments.selectors import Offer
from planner import search
from planner.choices import Choice, Shelf, Shelves, clash
from planner.models import Goal
from planner.plans import After, Count, Deficit, Found, Plan, Purchase, Step
from planner.wishes import Wishes

MOST_CANDIDATES = 40
MOST_QUESTIONS = 1500
PERIOD_DAYS = {"month": 30, "year": 365}
# An offer of which credits says this never counts, whatever is taken beside it.
NEVER = {"no_approval", "approval_gap", "differs_from_approval", "repeat", "not_accredited", "excluded_activity", "used_in_other_cycle", "grace_fee_missing"}


class Planning:
    """One person's gaps and choices, loaded once in a constant number of queries; everything asked afterwards costs none."""

    def __init__(self, user: Any, wishes: Wishes, *, today: date | None = None) -> None:
        self.user = user
        self.wishes = wishes
        self.today = today or today_of(user)
        self.prospector = Prospector(user, self.today)
        every = self.prospector.licences
        self.licences = tuple(licence for licence in every if not wishes.licences or licence.pk in wishes.licences)
        self.others = tuple(licence for licence in every if licence not in self.licences)
        self.shelves = Shelves(user, today=self.today, minutes_per_week=wishes.minutes_per_week, origin=wishes.origin)
        needs = {licence.pk: self.prospector.need(licence) for licence in self.licences}
        self._needs = {pk: need for pk, need in needs.items() if need and need.deadline >= self.today}
        self.shelf = self._load_shelf()
        self._by_key = {choice.key: choice for choice in (*self.shelf.booked, *self.shelf.open)}
        self.prospector.load([choice.promise for choice in self._by_key.values()])
        self.deficits = tuple(self._deficit(licence, needs[licence.pk]) for licence in self.licences)

    def _load_shelf(self) -> Shelf:
        open_needs = [need for need in self._needs.values() if need.needed and need.renewed_on is None]
        if not open_needs:
            return Shelf((), ())
        licences = [licence for licence in self.licences if licence.pk in self._needs]
        return self.shelves.shelf(licences=licences, last=max(need.deadline for need in open_needs), since=min(need.start for need in open_needs))

    def _deficit(self, licence: Licence, need: Need | None) -> Deficit:
        gap = self.prospector.gap(licence)
        if need is None or need.deadline < self.today:
            return Deficit(licence, need, gap, held=self.prospector.held(licence))
        limit = need.deadline - timedelta(days=self.wishes.margin_days)
        is_gone = limit <= self.today and self.wishes.margin_days > 0
        effect = self._effect(licence, self._usable(licence, self.shelf.booked, need.deadline))
        return Deficit(
            licence,
            need,
            gap,
            limit=need.deadline if is_gone else limit,
            with_booked=effect.needed_after,
            missing_with_booked=_missing(need, effect),
            margin_is_gone=is_gone,
            held=self.prospector.held(licence),
        )

    def _effect(self, licence: Licence, choices: Iterable[Choice]) -> Effect:
        return self.prospector.effect(licence, [choice.promise for choice in choices])

    def _usable(self, licence: Licence, choices: Iterable[Choice], last: date | None) -> list[Choice]:
        return [choice for choice in choices if last is None or choice.day <= last]

    def prospects(self, choices: Sequence[Choice]) -> dict[str, dict[int, Prospect]]:
        """By a choice's key and a licence's."""
        found = self.prospector.prospects([choice.promise for choice in choices])
        return {choice.key: {prospect.licence.pk: prospect for prospect in found[choice.promise.key]} for choice in choices}

    def can_count(self, choice: Choice) -> bool:
        """Whether some licence with a gap would get credit for it at all."""
        prospects = self.prospects([choice])[choice.key]
        gaps = [prospects[deficit.licence.pk] for deficit in self.deficits if deficit.is_open]
        return any(prospect.worth and prospect.code not in NEVER for prospect in gaps)

    # The search

    def plan(self) -> Plan:
        planned = [deficit for deficit in self.deficits if deficit.is_planned]
        answers: list[Found] = []
        candidates, dropped = self._candidates(planned) if planned else ([], 0)
        if candidates:
            problem = self._problem(planned, candidates)
            for goal in Goal.values:
                if goal != Goal.NEAREST or self.wishes.origin:
                    answers.append(self._answer(problem, planned, goal))
        return Plan(
            wishes=self.wishes,
            today=self.today,
            deficits=self.deficits,
            booked=self._steps(self.shelf.booked, self.shelf.booked),
            answers=tuple(answers),
            shelf=self.shelf,
            looked_at=len(candidates),
            left_out=self.shelf.left_out + dropped,
            others=self.others,
        )

    def _candidates(self, planned: Sequence[Deficit]) -> tuple[list[search.Candidate], int]:
        """The choices that can help, no more than the search can look at, and how many more there were."""
        helpful = []
        for choice in self.shelf.open:
            units = self._units(choice, planned)
            if units:
                helpful.append((choice, units))
        kept = _best_of_each(helpful)
        self._by_key.update(_on_days_of_their_own([choice for choice, _ in kept], {d.licence.pk: d.limit for d in planned if d.limit}))
        candidates = []
        for one, units in kept:
            choice = self._by_key[one.key]
            limits = [deficit.limit for deficit in planned if str(deficit.licence.pk) in units and deficit.limit]
            candidates.append(
                search.Candidate(
                    key=choice.key,
                    units=units,
                    day=choice.day.toordinal(),
                    activity=f"activity:{choice.activity.pk}",
                    travel_m=choice.travel_m or 0,
                    minutes=choice.minutes,
                    due=min(limits).toordinal(),
                    clashes=frozenset(other.key for other, _ in kept if clash(choice, other)),
                    kind=self._kind(choice, planned),
                )
            )
        return candidates, len(helpful) - len(kept)

    def _units(self, choice: Choice, planned: Sequence[Deficit]) -> dict[str, Fraction]:
        """The most that `choice` can count for each licence it is in time for."""
        found = {}
        prospects = self.prospects([choice])[choice.key]
        for deficit in planned:
            prospect = prospects[deficit.licence.pk]
            if prospect.worth and prospect.code not in NEVER and deficit.limit and choice.day <= deficit.limit:
                found[str(deficit.licence.pk)] = Fraction(prospect.worth)
        return found

    def _kind(self, choice: Choice, planned: Sequence[Deficit]) -> str:
        """Which minima of which licences it fills."""
        prospects = self.prospects([choice])[choice.key]
        return " ".join(sorted(f"{deficit.licence.pk}:{fill.code}" for deficit in planned for fill in prospects[deficit.licence.pk].fills))

    def _problem(self, planned: Sequence[Deficit], candidates: Sequence[search.Candidate]) -> search.Problem:
        keys = {candidate.key for candidate in candidates}
        days = [step.choice.day.toordinal() for step in self._steps(self.shelf.booked, self.shelf.booked) if not step.is_useless]
        return search.Problem(
            needed={str(deficit.licence.pk): Fraction(deficit.with_booked) for deficit in planned},
            candidates=tuple(candidates),
            today=self.today.toordinal(),
            products=tuple(product for product, _ in self._products(keys)),
            owned=frozenset(key for key in keys if self._by_key[key].is_owned),
            minutes_per_week=self.wishes.minutes_per_week,
            minutes_begun=sum(choice.minutes for choice in self.shelf.booked),
            floor=max(days, default=0),
        )

    def _products(self, keys: Iterable[str]) -> list[tuple[search.Product, Offer]]:
        """Each way to pay with everything among `keys` that it opens."""
        opens: dict[str, set[str]] = {}
        offers: dict[str, Offer] = {}
        for key in keys:
            for offer in () if self._by_key[key].is_owned else self._by_key[key].offers:
                name = f"price:{offer.price.pk}"
                opens.setdefault(name, set()).add(key)
                offers[name] = offer
        return [
            (search.Product(name, offer.price.amount_cents, frozenset(opens[name]), PERIOD_DAYS.get(offer.price.interval, 0)), offer)
            for name, offer in sorted(offers.items())
        ]

    def _answer(self, problem: search.Problem, planned: Sequence[Deficit], goal: str) -> Found:
        licences = {str(deficit.licence.pk): deficit for deficit in planned}
        booked = {gap: self._usable(deficit.licence, self.shelf.booked, deficit.need.deadline if deficit.need else None) for gap, deficit in licences.items()}

        def remaining(gap: str, keys: frozenset[str]) -> Fraction:
            chosen = [self._by_key[key] for key in sorted(keys)]
            return Fraction(self._effect(licences[gap].licence, [*booked[gap], *chosen]).needed_after)

        answer = search.best_set(problem, remaining, goal, most_questions=MOST_QUESTIONS)
        return self.measure([self._by_key[key] for key in answer.keys], goal, is_proven=answer.is_proven)

    # What a set comes to

    def measure(self, choices: Sequence[Choice], goal: str, *, is_proven: bool = True) -> Found:
        """`choices` beside all that is booked: what they give, cost and leave open. They need not be open any more."""
        for choice in choices:
            self._by_key.setdefault(choice.key, choice)
        together = [*self.shelf.booked, *(choice for choice in choices if not any(choice.key == other.key for other in self.shelf.booked))]
        added = together[len(self.shelf.booked) :]
        begun = sum(choice.minutes for choice in self.shelf.booked)
        minutes = sum(choice.minutes for choice in added)
        products = self._products([choice.key for choice in added])
        members = tuple(
            search.Candidate(choice.key, {}, choice.day.toordinal(), minutes=choice.minutes) for choice in added if choice.is_owned or choice.offers
        )
        problem = search.Problem(
            needed={},
            candidates=(),
            today=self.today.toordinal(),
            products=tuple(product for product, _ in products),
            owned=frozenset(choice.key for choice in added if choice.is_owned),
            minutes_per_week=self.wishes.minutes_per_week,
            minutes_begun=begun,
        )
        cents, bought = search.price_of(problem, members)
        offers = {product.key: (product, offer) for product, offer in products}
        studied = self.today + timedelta(days=self.shelves.study_days(begun + minutes))
        days = [choice.day for choice in added] + ([studied] if minutes else [])
        booked_steps, steps = self._steps(self.shelf.booked, self.shelf.booked), self._steps(added, together)
        spare = self._spare(added, together)
        return Found(
            goal=goal,
            steps=tuple(replace(step, is_spare=step.choice.key in spare) for step in steps),
            booked=booked_steps,
            after=tuple(self._after(deficit, together) for deficit in self.deficits if deficit.is_open),
            purchases=tuple(self._purchase(*offers[key], added, studied) for key in bought),
            cents=cents,
            currency=settings.PAYMENTS_CURRENCY,
            travel_m=sum(choice.travel_m or 0 for choice in added) if self.wishes.origin else None,
            finishes_on=max([*days, *(step.choice.day for step in booked_steps if not step.is_useless)], default=None),
            is_proven=is_proven,
        )

    def _spare(self, added: Sequence[Choice], together: Sequence[Choice]) -> set[str]:
        """Those without which the others, and all that is booked, close as much."""
        open_deficits = [deficit for deficit in self.deficits if deficit.is_open]
        left = [self._after(deficit, together).needed for deficit in open_deficits]
        return {
            choice.key
            for choice in added
            if left == [self._after(deficit, [other for other in together if other.key != choice.key]).needed for deficit in open_deficits]
        }

    def _purchase(self, product: search.Product, offer: Offer, added: Sequence[Choice], studied: date) -> Purchase:
        days = (studied - self.today).days
        times = max(1, -(-days // product.period_days)) if product.period_days else 1
        return Purchase(offer, tuple(choice.title for choice in added if choice.key in product.opens), times)

    def _last(self, deficit: Deficit, choice: Choice) -> date | None:
        """What is booked counts until the deadline itself; what is still to be chosen keeps the margin."""
        if choice.is_booked:
            return deficit.need.deadline if deficit.need else None
        return deficit.limit

    def _after(self, deficit: Deficit, together: Sequence[Choice]) -> After:
        usable = [choice for choice in together if (last := self._last(deficit, choice)) and choice.day <= last]
        effect = self._effect(deficit.licence, usable)
        need = deficit.need
        return After(deficit, effect.needed_after, _missing(need, effect) if need else (), need.unit if need else Unit())

    def _steps(self, choices: Sequence[Choice], together: Sequence[Choice]) -> tuple[Step, ...]:
        """Each of `choices` with what it counts for in the set `together`."""
        effects = {}
        for deficit in self.deficits:
            if deficit.is_open:
                usable = [choice for choice in together if (last := self._last(deficit, choice)) and choice.day <= last]
                effects[deficit.licence.pk] = self._effect(deficit.licence, usable)
        prospects = self.prospects(list(choices))
        found = []
        for choice in sorted(choices, key=lambda choice: (choice.day, choice.key)):
            counts = [
                Count(
                    licence=prospect.licence,
                    place=prospect.place,
                    units=effects[pk].counted.get(choice.promise.key, Decimal(0)),
                    unit=prospect.unit,
                    worth=prospect.worth,
                    why=prospect.sentence,
                )
                for pk, prospect in prospects[choice.key].items()
                if pk in effects
            ]
            alone = min(choice.offers, key=lambda offer: (not offer.is_alone, offer.price.amount_cents), default=None)
            found.append(Step(choice, tuple(counts), None if choice.is_owned else alone))
        return tuple(found)


def _missing(need: Need, effect: Effect) -> tuple[Missing, ...]:
    return tuple(Missing(code, need.labels.get(code, code), units) for code, units in effect.missing_after)


def _best_of_each(helpful: Sequence[tuple[Choice, dict[str, Fraction]]]) -> list[tuple[Choice, dict[str, Fraction]]]:
    """No more than the search can look at: of every activity in turn the cheapest, the nearest and the soonest that is left."""
    if len(helpful) <= MOST_CANDIDATES:
        return list(helpful)
    queues: dict[int, list[tuple[Choice, dict[str, Fraction]]]] = {}
    for pair in helpful:
        queues.setdefault(pair[0].activity.pk, []).append(pair)
    measures = (
        lambda pair: (pair[0].alone_cents, pair[0].day, pair[0].key),
        lambda pair: (pair[0].travel_m or 0, pair[0].day, pair[0].key),
        lambda pair: (pair[0].day, pair[0].alone_cents, pair[0].key),
    )
    order = sorted(queues, key=lambda pk: (-max(sum(units.values()) for _, units in queues[pk]), pk))
    kept: list[tuple[Choice, dict[str, Fraction]]] = []
    for turn in range(len(helpful)):
        for pk in order:
            if queues[pk] and len(kept) < MOST_CANDIDATES:
                best = min(queues[pk], key=measures[turn % len(measures)])
                queues[pk].remove(best)
                kept.append(best)
        if len(kept) == MOST_CANDIDATES:
            break
    return kept


def _on_days_of_their_own(choices: Iterable[Choice], limits: dict[int, date]) -> dict[str, Choice]:
    """Courses so that no two end on one day: where a board caps what a day counts, nobody studies two to their end on the same."""
    found: dict[str, Choice] = {}
    days: set[date] = set()
    last = max(limits.values())
    for choice in sorted((choice for choice in choices if not choice.is_workshop), key=lambda choice: (choice.day, choice.key)):
        day = choice.day
        while day in days and day < last:
            day += timedelta(days=1)
        days.add(day)
        found[choice.key] = replace(choice, day=day)
    return found
