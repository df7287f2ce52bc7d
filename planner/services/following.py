"""A look at a saved route: what became of its steps, whether it still closes the gap, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format

from core import clock
from courses.models import Completion, Course
from notifications.services import send_mail_once
from planner.choices import Choice, clash
from planner.models import Route, RouteEvent, RouteStep
from planner.planning import Planning
from planner.plans import Deficit
from planner.services.reminders import remind, stops, wants_mail
from planner.services.writing import number_steps, write_found
from planner.wishes import Origin, Wishes
from planner.words import sentence_of
from workshops.models import Seat, Workshop, WorkshopCompletion

Code = RouteEvent.Code


def wishes_of(route: Route) -> Wishes:
    origin = Origin(route.place_label, route.lat, route.lng) if route.lat is not None and route.lng is not None else None
    licences = tuple(licence.pk for licence in route.licences.all())
    return Wishes(licences=licences, origin=origin, margin_days=route.margin_days, hours_per_week=route.hours_per_week)


@dataclass(frozen=True)
class Verdict:
    """What a step is now; `reason` says why it is lost."""

    state: str
    reason: str = ""


def look_again(*, route: Route, number: int) -> list[RouteEvent]:
    """Bring a route up to date with everything known when it was asked for the `number`-th time; what happened is returned.

    A look that a later one has overtaken changes nothing, so a second run does nothing. The person is told once, by the
    same transaction, when the route closes the gap no longer, when a step is lost, and when the gap is closed.
    """
    if not route.is_followed or route.answered >= number:
        return []
    planning = Planning(route.user, wishes_of(route))
    with transaction.atomic():
        route = Route.objects.select_for_update(of=("self",)).select_related("user").get(pk=route.pk)
        if not route.is_followed or route.answered >= number:
            return []
        route.answered = number
        route.save(update_fields=["answered"])
        events = _Look(route, planning).take()
        if events:
            _tell(route, events)
        if route.is_followed:
            remind(route=route, today=planning.today)
    return events


class _Look:
    def __init__(self, route: Route, planning: Planning) -> None:
        self.route = route
        self.planning = planning
        self.steps = list(route.steps.all())
        self.events: list[RouteEvent] = []

    def take(self) -> list[RouteEvent]:
        self._settle_completed()
        if self._ends():
            return self.events
        if not any(deficit.is_open for deficit in self.planning.deficits):
            Route.objects.filter(pk=self.route.pk).update(looked_at=clock.now())
            return self.events
        was_closing, before = self.route.is_closing, self.route.outlook
        named = self.planning.shelves.named([step.key for step in self.steps])
        verdicts = self._verdicts(named)
        for step in self.steps:
            self._apply(step, verdicts.get(step.pk), named.get(step.key))
        planned = [named[step.key] for step in self.steps if step.state == RouteStep.State.PLANNED and step.key in named]
        found = self.planning.measure(planned, self.route.goal)
        prices = {step.key: step.price_cents for step in self.steps if step.state == RouteStep.State.PLANNED}
        for step in write_found(route=self.route, planning=self.planning, found=found):
            self._note(Code.BOOKED, title=step.title)
        self._note_spare()
        self._note_prices(prices)
        self._note_deadlines(before)
        if was_closing and not self.route.is_closing:
            self._note(Code.CLOSES_NO_LONGER)
        elif self.route.is_closing and not was_closing:
            self._note(Code.CLOSES_AGAIN)
        return self.events

    def _note(self, code: str, **data: Any) -> None:
        self.events.append(RouteEvent.objects.create(route=self.route, code=code, at=clock.now(), data=data))

    # What became of the steps

    def _settle_completed(self) -> None:
        """Steps whose completion is recorded, whatever else is known of the licences."""
        ahead = [step for step in self.steps if step.state != RouteStep.State.COMPLETED]
        workshops = WorkshopCompletion.objects.filter(
            seat__learner=self.route.user, seat__workshop__in=[step.workshop_id for step in ahead if step.workshop_id]
        )
        attended = dict(workshops.values_list("seat__workshop", "completed_on"))
        courses = Completion.objects.filter(attempt__learner=self.route.user, attempt__course__in=[step.course_id for step in ahead if step.course_id])
        finished = dict(courses.filter(completed_at__gte=self.route.created_at).order_by("completed_at").values_list("attempt__course", "completed_on"))
        for step in ahead:
            day = attended.get(step.workshop_id or 0) or finished.get(step.course_id or 0)
            if day:
                step.state, step.reason, step.day, step.book_by = RouteStep.State.COMPLETED, "", day, None
                step.save(update_fields=["state", "reason", "day", "book_by", "updated_at"])
                self._note(Code.COMPLETED, title=step.title)
        number_steps(route=self.route)

    def _ends(self) -> bool:
        """Reached, when nothing is missing any more; over, when the cycle it was made for has ended; dropped, when no licence is left."""
        deficits = self.planning.deficits if self.route.licences.exists() else ()
        ends = {row["licence"]: row["cycle_end"] for row in self.route.outlook}
        if not deficits:
            return self._end(Route.State.DROPPED, Code.DROPPED)
        if all(self._is_over(deficit, ends.get(deficit.licence.pk, "")) for deficit in deficits):
            return self._end(Route.State.OVER, Code.OVER)
        if all(deficit.need and not deficit.need.needed for deficit in deficits):
            return self._end(Route.State.REACHED, Code.REACHED)
        return False

    def _is_over(self, deficit: Deficit, cycle_end: str) -> bool:
        """Whether what the route was made for can not be added to any more."""
        need = deficit.need
        if need is None:
            return False
        is_later = bool(cycle_end) and need.end.isoformat() > cycle_end
        return is_later or need.renewed_on is not None or need.deadline < self.planning.today

    def _end(self, state: str, code: str) -> bool:
        self.route.state, self.route.looked_at = Route.State(state), clock.now()
        self.route.save(update_fields=["state", "looked_at", "updated_at"])
        self._note(code)
        return True

    def _verdicts(self, named: Mapping[str, Choice]) -> dict[int, Verdict]:
        """What each step that is not completed is now."""
        steps = [step for step in self.steps if step.state != RouteStep.State.COMPLETED]
        workshops = Workshop.objects.with_seats_taken().in_bulk([step.workshop_id for step in steps if step.workshop_id])
        courses = Course.objects.in_bulk([step.course_id for step in steps if step.course_id])
        held = set(Seat.objects.held().filter(learner=self.route.user, workshop__in=workshops).values_list("workshop_id", flat=True))
        booked = {choice.key for choice in self.planning.shelf.booked}
        found = {}
        for step in steps:
            if step.key in booked:
                found[step.pk] = Verdict(RouteStep.State.BOOKED)
            elif step.workshop_id:
                found[step.pk] = self._of_workshop(workshops[step.workshop_id], step.workshop_id in held, named.get(step.key))
            elif step.course_id:
                found[step.pk] = self._of_course(courses[step.course_id], named.get(step.key))
        return found

    def _of_workshop(self, workshop: Workshop, is_held: bool, choice: Choice | None) -> Verdict:
        lost, reason = RouteStep.State.LOST, RouteStep.Reason
        if workshop.state == Workshop.State.CANCELLED or workshop.state == Workshop.State.DRAFT:
            return Verdict(lost, reason.CANCELLED)
        if workshop.has_started or choice is None:
            return Verdict(lost, reason.MISSED)
        if not is_held and not workshop.seats_free:
            return Verdict(lost, reason.FULL)
        return self._of_choice(choice)

    def _of_course(self, course: Course, choice: Choice | None) -> Verdict:
        if choice is None or course.visibility == Course.Visibility.HIDDEN:
            return Verdict(RouteStep.State.LOST, RouteStep.Reason.HIDDEN)
        return self._of_choice(choice)

    def _of_choice(self, choice: Choice) -> Verdict:
        """What keeps something that is offered from being taken; the shelf leaves out what is there twice or clashes."""
        lost, reason = RouteStep.State.LOST, RouteStep.Reason
        if not choice.is_owned and not choice.offers:
            return Verdict(lost, reason.OFF_SALE)
        limits = [deficit.limit for deficit in self.planning.deficits if deficit.is_open and deficit.limit]
        if limits and choice.day > max(limits):
            return Verdict(lost, reason.LATE)
        if not self.planning.can_count(choice):
            return Verdict(lost, reason.UNCOUNTED)
        if choice.key not in {other.key for other in self.planning.shelf.open}:
            if any(other.activity.pk == choice.activity.pk for other in self.planning.shelf.booked) or choice.activity.pk in self.planning.shelf.done:
                return Verdict(lost, reason.DUPLICATE)
            if any(clash(choice, other) for other in self.planning.shelf.booked):
                return Verdict(lost, reason.CLASH)
        return Verdict(RouteStep.State.PLANNED)

    def _apply(self, step: RouteStep, verdict: Verdict | None, choice: Choice | None) -> None:
        if verdict is None:
            return
        if choice is not None and choice.starts_at is not None and step.starts_at is not None:
            self._note_move(step, choice)
        was = step.state
        if (was, step.reason) == (verdict.state, verdict.reason):
            return
        step.state, step.reason = RouteStep.State(verdict.state), verdict.reason
        step.save(update_fields=["state", "reason", "updated_at"])
        if verdict.state == RouteStep.State.LOST:
            if was != RouteStep.State.LOST:
                self._note(Code.LOST, title=step.title, reason=verdict.reason)
        elif verdict.state == RouteStep.State.BOOKED:
            self._note(Code.BOOKED, title=step.title)
        else:
            self._note(Code.GIVEN_BACK if was == RouteStep.State.BOOKED else Code.POSSIBLE_AGAIN, title=step.title)

    def _note_move(self, step: RouteStep, choice: Choice) -> None:
        if choice.starts_at != step.starts_at or choice.where != step.where:
            self._note(
                Code.MOVED,
                title=step.title,
                day=_day(step.starts_at, step.zone or choice.zone),
                new_day=_day(choice.starts_at, choice.zone),
                where=choice.where if choice.where != step.where else "",
            )

    def _note_spare(self) -> None:
        """What is booked since may fill what a step was for."""
        before = {step.pk for step in self.steps if step.is_spare}
        for step in RouteStep.objects.filter(route=self.route, state=RouteStep.State.PLANNED, is_spare=True).exclude(pk__in=before):
            self._note(Code.SPARE, title=step.title)

    def _note_prices(self, before: Mapping[str, int]) -> None:
        for step in RouteStep.objects.filter(route=self.route, state=RouteStep.State.PLANNED):
            old = before.get(step.key)
            if old is not None and old != step.price_cents:
                self._note(Code.PRICE_CHANGED, title=step.title, cents=old, new_cents=step.price_cents, currency=self.route.currency)

    def _note_deadlines(self, before: list[dict[str, Any]]) -> None:
        old = {row["licence"]: row["deadline"] for row in before}
        for row in self.route.outlook:
            if old.get(row["licence"]) not in (None, row["deadline"]):
                self._note(Code.DEADLINE_CHANGED, board=row["board"], day=old[row["licence"]], new_day=row["deadline"])


def _day(moment: Any, zone: str) -> str:
    return clock.civil_date(moment, zone or settings.SCHOOL_TIME_ZONE).isoformat()


TOLD = {Code.CLOSES_NO_LONGER, Code.REACHED, Code.LOST}


def _tell(route: Route, events: list[RouteEvent]) -> None:
    """One mail for one look, when it found something the person has to know of."""
    news = [event for event in events if event.code in TOLD]
    if not news or not wants_mail(route):
        return
    is_reached = route.state == Route.State.REACHED
    context = {
        "route": route,
        "url": f"{settings.SITE_URL}{route.get_absolute_url()}",
        "plan_url": f"{settings.SITE_URL}{reverse('planner:route_replan', args=[route.pk])}",
        "sentences": [sentence_of(event) for event in events],
        "left": [row for row in route.outlook if row["needed_after"] != "0"],
        "deadlines": {row["licence"]: date_format(date.fromisoformat(row["deadline"]), "F j, Y") for row in route.outlook},
        "is_unverified": any(not row["is_verified"] for row in route.outlook),
    }
    template = "planner/mail/route_reached" if is_reached else "planner/mail/route_changed"
    links = stops(route)
    key = f"route:{route.pk}:event:{news[0].pk}"
    send_mail_once(key=key, template=template, context=context | links, recipient=route.user, stop_address=links["stop_all"])
