"""What courses and workshops would count for, licence by licence: the same approvals, rows and engine that a completion meets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

from credits.award_facts import frozen_facts
from credits.credit_rows import award_credit, holdings_of, released_rows
from credits.decisions import Decision, decide
from credits.engine.facts import Credit, credits_from
from credits.engine.quantities import text
from credits.engine.report import Outcome
from credits.engine.standing import Figures
from credits.models import Accreditation, Award, Board, Dossier, Licence
from credits.prospects.needs import Need, need_of
from credits.prospects.offers import Effect, Offer, Prospect
from credits.prospects.outlook import Outlook
from credits.prospects.words import Speech, otherwise
from credits.rulebook import BoardRules, known
from credits.selectors import today_of
from credits.standing_held import HeldCredit, held_credits
from credits.standings import Gap, StandingUnknown, names_by_code


@dataclass(frozen=True)
class Chance:
    """An offer held against one licence's board: the credit it would be, or only the decision that refuses it."""

    decision: Decision
    credit: Credit | None
    known: tuple[Accreditation, ...]  # the approvals the board goes by, in force or not


class Prospector:
    """A person's licences, credits and approvals, loaded once; what is asked afterwards costs no query but one for activities not seen before."""

    def __init__(self, user: Any, as_of: date | None = None, *, rules: Mapping[str, BoardRules] | None = None) -> None:
        self.user = user
        self.as_of = as_of or today_of(user)
        self.licences: tuple[Licence, ...] = ()
        if user is not None and user.is_authenticated:
            self.licences = tuple(Licence.objects.visible_to(user).on_file().with_facts())
        self.rules = rules if rules is not None else known() if self.licences else {}  # who has no licence has no rules to be read
        held = holdings_of(self.licences)
        self.holdings = {licence: held[licence.pk] for licence in self.licences}
        rows = {one.pk: held[one.pk].rows for one in self.licences}
        self._outlooks = {one.pk: self._outlook(one, rows[one.pk]) for one in self.licences}
        released = {one.pk: released_rows(rows[one.pk], self.as_of) for one in self.licences}
        self._if_released = {one.pk: self._outlook(one, released[one.pk]) for one in self.licences if released[one.pk]}
        self._accepted = accepted_bodies({licence.board_id for licence in self.licences})
        self._approvals: dict[int, list[Accreditation]] = {}
        self._chances: dict[tuple[int, str], Chance] = {}
        self._prospects: dict[tuple[int, str], Prospect] = {}

    def _outlook(self, licence: Licence, rows: list[dict[str, Any]]) -> Outlook:
        return Outlook(licence, self.rules.get(licence.board.code), rows, self.as_of)

    def gap(self, licence: Licence) -> Gap | None:
        """Why nothing can be said of a licence's standing, so that `effect` refuses; None when it can."""
        return self._outlooks[licence.pk].gap

    def need(self, licence: Licence) -> Need | None:
        """What a licence's current cycle still asks for; None when nothing can be said of it."""
        return need_of(self._outlooks[licence.pk])

    def held(self, licence: Licence) -> tuple[HeldCredit, ...]:
        """What a licence's standing leaves out because it is held; none where nothing can be said of it."""
        rules = self.rules.get(licence.board.code)
        return held_credits(licence, rules, self.as_of, self.holdings[licence]) if rules and not self.gap(licence) else ()

    def prospects(self, offers: Iterable[Offer]) -> dict[str, tuple[Prospect, ...]]:
        """By the offers' keys, one prospect for each licence on file."""
        asked = list(offers)
        self.load(asked)
        return {offer.key: tuple(self._prospect(licence, offer) for licence in self.licences) for offer in asked}

    def effect(self, licence: Licence, offers: Sequence[Offer]) -> Effect:
        """What completing all of `offers` would do for the licence's current cycle. Costs no query for offers once loaded.

        Something that ends after the cycle's window closes counts nothing here. Where a board caps a day, give home study its days.
        Raises StandingUnknown when nothing can be said of the licence; `gap` says so beforehand.
        """
        self.load(offers)
        outlook = self._outlooks[licence.pk]
        target = outlook.current
        if outlook.gap is not None or target is None:
            raise StandingUnknown(outlook.gap.explanation if outlook.gap else "")
        day = max([self.as_of, *(offer.day for offer in offers if offer.day)])
        chances = {offer.key: self._chance(licence, offer) for offer in offers}
        taken = {key: one.credit for key, one in chances.items() if one.credit and target.takes(one.credit.day)}
        if target.is_renewed:
            return _unchanged(target.before(day), chances)
        before, after = target.figures((), day), target.figures(list(taken.values()), day)
        return Effect(
            needed_before=_decimal(before.needed),
            needed_after=_decimal(after.needed),
            counted={offer.key: _decimal(after.counted.get(taken[offer.key].id)) if offer.key in taken else Decimal(0) for offer in offers},
            missing_before=_missing(before),
            missing_after=_missing(after),
            reasons={key: _why_not(one, taken.get(key), after) for key, one in chances.items()},
        )

    def load(self, offers: Iterable[Offer]) -> None:
        """Load the approvals of activities not seen before, in one query."""
        new = {offer.activity.pk for offer in offers} - self._approvals.keys()
        if not new or not self.licences:
            return
        self._approvals |= {pk: [] for pk in new}
        for row in Accreditation.objects.filter(activity__in=new).select_related("board"):
            self._approvals[row.activity_id].append(row)

    def _prospect(self, licence: Licence, offer: Offer) -> Prospect:
        key = (licence.pk, offer.key)
        if key not in self._prospects:
            found = self._work_out(licence, offer, self._outlooks[licence.pk])
            if licence.pk in self._if_released:
                found = replace(found, if_released=otherwise(found, self._work_out(licence, offer, self._if_released[licence.pk])))
            self._prospects[key] = found
        return self._prospects[key]

    def _work_out(self, licence: Licence, offer: Offer, outlook: Outlook) -> Prospect:
        chance = self._chance(licence, offer)
        day = offer.day or self.as_of
        rules = self.rules.get(licence.board.code)
        speech = Speech(licence, rules, names_by_code(), day, self.as_of)
        if chance.credit is None:
            return speech.refused(chance.decision, chance.known)
        if outlook.gap is not None:
            return speech.credited(chance.credit, chance.decision, outlook.gap)
        target = outlook.target_for(day)
        if target is None or target.plan.rule is None:
            return speech.unplaced(chance.credit, chance.decision, outlook.current)
        before, after = target.before(day), target.after([chance.credit], day)
        return speech.placed(chance.credit, chance.decision, before, after, is_current=target is outlook.current)

    def _chance(self, licence: Licence, offer: Offer) -> Chance:
        key = (licence.pk, offer.key)
        if key not in self._chances:
            self._chances[key] = self._decide(licence, offer)
        return self._chances[key]

    def _decide(self, licence: Licence, offer: Offer) -> Chance:
        dossier = dossier_of(self.user, offer, self.as_of)
        accepted = self._accepted[licence.board_id]
        candidates = self._approvals[offer.activity.pk]
        decision = decide(dossier=dossier, activity=offer.activity, board=licence.board, accepted=accepted, candidates=candidates)
        bodies = {licence.board_id, *accepted}
        known = tuple(row for row in candidates if row.board_id in bodies and row.status != Accreditation.Status.DRAFT)
        credit = _credit(licence, offer, dossier, decision.accreditation) if decision.accreditation else None
        return Chance(decision, credit, known)


def accepted_bodies(boards: set[int]) -> Mapping[int, list[int]]:
    """Whose approvals each board takes for its own. One query, none without boards."""
    found: dict[int, list[int]] = defaultdict(list)
    if boards:
        through = Board.accepts_approvals_of.through.objects.filter(from_board__in=boards)
        for board, accepted in through.values_list("from_board", "to_board"):
            found[board].append(accepted)
    return found


def dossier_of(user: Any, offer: Offer, as_of: date) -> Dossier:
    """The dossier that completing the offer would hand over, as far as approvals are compared with it. It is never saved."""
    day = offer.day or as_of
    offered: dict[str, Any] = {name: value for name, value in (("title", offer.title), ("instructor", offer.instructor)) if value}
    if offer.minutes is not None:
        offered["minutes"] = dict(offer.minutes)
    moment = offer.ends_at or datetime.combine(day, time(12), UTC)
    facts = {"offered": offered}
    return Dossier(user=user, activity=offer.activity, kind=offer.activity.kind, completed_at=moment, zone=user.time_zone, completed_on=day, facts=facts)


def _credit(licence: Licence, offer: Offer, dossier: Dossier, accreditation: Accreditation) -> Credit:
    """The award that would be made, as the engine reads awards."""
    award: Any = Award(
        dossier=dossier,
        board=licence.board,
        accreditation=accreditation,
        licence=licence,
        completed_on=dossier.completed_on,
        recorded_at=dossier.completed_at,
        **frozen_facts(offer.activity, accreditation, licence.board),
    )
    award.hold_rows, award.revoked_at, award.offered_minutes = [], None, dossier.facts["offered"].get("minutes")
    row = award_credit(award)
    del row["recorded_on"]  # it is known as soon as it is thought of
    if offer.ends_at is None:
        row.pop("completed_at", None)
    row["id"] = f"offer:{offer.key}"
    if offer.event:
        row["event"] = offer.event
    return credits_from([row])[0]


def _unchanged(renewed: Outcome, chances: Mapping[str, Chance]) -> Effect:
    """A cycle that was renewed takes nothing more."""
    missing = tuple((row.code, _decimal(row.missing)) for row in renewed.minima if row.missing)
    needed = _decimal(renewed.needed)
    reasons = {key: one.decision.code if one.credit is None else "outside_window" for key, one in chances.items()}
    return Effect(needed, needed, dict.fromkeys(chances, Decimal(0)), missing, missing, reasons)


def _missing(figures: Figures) -> tuple[tuple[str, Decimal], ...]:
    return tuple((code, _decimal(units)) for code, units in figures.missing)


def _why_not(chance: Chance, taken: Credit | None, after: Figures) -> str:
    if chance.credit is None:
        return chance.decision.code
    if taken is None:
        return "outside_window"
    if after.counted.get(taken.id) == taken.size:
        return ""
    return after.excluded.get(taken.id) or ("over_cap" if taken.id in after.over_cap else "not_needed")


def _decimal(amount: Fraction | None) -> Decimal:
    return Decimal(text(amount or Fraction(0)))
