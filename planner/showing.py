"""Plans and saved routes as their pages show them: the same parts, whichever they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.clock import civil_date
from planner.models import Goal, Route, RouteStep
from planner.pictures import Map, Mark, Timeline, map_of, timeline_of
from planner.plans import Found, Plan, Step
from workshops.near.geo import KM_PER_MILE, Point


def miles(metres: int | None) -> int | None:
    return None if metres is None else round(metres / 1000 / KM_PER_MILE)


@dataclass(frozen=True)
class ShownStep:
    step: Step
    number: int
    miles: int | None


@dataclass(frozen=True)
class Shown:
    """One answer of a plan; `goals` are all that it is the best for."""

    found: Found
    goals: tuple[Goal, ...]
    booked: tuple[ShownStep, ...]
    steps: tuple[ShownStep, ...]
    miles: int | None
    timeline: Timeline | None
    map: Map | None

    @property
    def id(self) -> str:
        return str(self.goals[0])

    @property
    def title(self) -> str:
        return " · ".join(str(goal.label) for goal in self.goals)

    @property
    def hours(self) -> Decimal:
        return (Decimal(self.found.minutes) / 60).quantize(Decimal("0.1")).normalize()


def shown_answers(plan: Plan) -> list[Shown]:
    """The answers, those with the same steps as one."""
    groups: dict[frozenset[str], list[Found]] = {}
    for found in plan.answers:
        groups.setdefault(frozenset(found.keys), []).append(found)
    return [_shown(plan, rows) for rows in groups.values()]


def _shown(plan: Plan, rows: Sequence[Found]) -> Shown:
    found = rows[0]
    useful = [step for step in found.booked if not step.is_useless]
    ordered = [ShownStep(step, number, miles(step.choice.travel_m)) for number, step in enumerate((*useful, *found.steps), start=1)]
    marks = [_mark(shown, plan.today) for shown in ordered]
    deadlines = [(deficit.need.deadline, deficit.limit) for deficit in plan.open_deficits if deficit.need and deficit.limit]
    return Shown(
        found=found,
        goals=tuple(Goal(row.goal) for row in rows),
        booked=tuple(ordered[: len(useful)]),
        steps=tuple(ordered[len(useful) :]),
        miles=miles(found.travel_m),
        timeline=timeline_of(marks, today=plan.today, deadlines=deadlines),
        map=map_of(marks, plan.wishes.origin.point if plan.wishes.origin else None),
    )


def _mark(shown: ShownStep, today: date) -> Mark:
    choice = shown.step.choice
    begins = civil_date(choice.starts_at, choice.zone) if choice.starts_at else today
    return Mark(shown.number, begins, choice.day, choice.is_workshop, is_booked=choice.is_booked, point=choice.point)


@dataclass(frozen=True)
class RouteView:
    """A saved route with its pictures; `rows` are its steps with numbers and miles."""

    route: Route
    rows: tuple[dict[str, Any], ...]
    miles: int | None
    timeline: Timeline | None
    map: Map | None
    left: tuple[dict[str, Any], ...]
    unverified: tuple[str, ...]

    @property
    def purchases(self) -> list[dict[str, Any]]:
        return list(self.route.purchases)


def route_view(route: Route, today: date) -> RouteView:
    """`route` with its steps, their workshops' venues and courses loaded."""
    steps = list(route.steps.all())
    rows = tuple(
        {"step": step, "number": number, "miles": miles(step.travel_m), "url": _url(step), "counts": _counts(step)}
        for number, step in enumerate(steps, start=1)
    )
    marks = [_mark_of(step, number, today) for number, step in enumerate(steps, start=1)]
    deadlines = [(date.fromisoformat(row["deadline"]), date.fromisoformat(row["limit"])) for row in route.outlook]
    home = Point(route.lat, route.lng) if route.lat is not None and route.lng is not None else None
    outlook = [row | {"deadline": date.fromisoformat(row["deadline"]), "limit": date.fromisoformat(row["limit"])} for row in route.outlook]
    return RouteView(
        route=route,
        rows=rows,
        miles=miles(route.travel_m),
        timeline=timeline_of(marks, today=today, deadlines=deadlines),
        map=map_of([mark for mark in marks if not mark.is_lost], home),
        left=tuple(outlook),
        unverified=tuple(row["board"] for row in route.outlook if not row["is_verified"]),
    )


def _counts(step: RouteStep) -> list[dict[str, Any]]:
    """What it gives; nothing once it is lost."""
    return [] if step.state == RouteStep.State.LOST else [count for count in step.counts if count["units"] != "0"]


def _url(step: RouteStep) -> str:
    subject = step.workshop or step.course
    return subject.get_absolute_url() if subject else ""


def _mark_of(step: RouteStep, number: int, today: date) -> Mark:
    begins = civil_date(step.starts_at, step.zone) if step.starts_at and step.zone else step.day if step.state == RouteStep.State.COMPLETED else today
    point = Point(step.workshop.venue.lat, step.workshop.venue.lng) if step.workshop else None
    return Mark(
        number,
        min(begins, step.day),
        step.day,
        step.workshop_id is not None,
        is_booked=step.state in (RouteStep.State.BOOKED, RouteStep.State.COMPLETED),
        is_lost=step.state == RouteStep.State.LOST,
        point=point,
    )
