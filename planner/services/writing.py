"""Writing what was found of a set into a route's rows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from core import clock
from core.clock import civil_date
from planner.models import Route, RouteStep
from planner.planning import Planning
from planner.plans import After, Found, Step

BOOK_DAYS_BEFORE = 14  # workshops fill; two weeks leave time to find another
BEGIN_DAYS_BEFORE = 7


def write_found(*, route: Route, planning: Planning, found: Found) -> list[RouteStep]:
    """The route's steps and figures as `found` has them; returns those that are new. Steps that are there already are brought up to date."""
    new: list[RouteStep] = []
    rows = {step.key: step for step in route.steps.all()}
    useful = [step for step in found.booked if not step.is_useless or step.choice.key in rows]
    for step in (*useful, *found.steps):
        row = rows.get(step.choice.key)
        if row is None:
            row = _new(route, step)
            new.append(row)
        row.state = RouteStep.State.BOOKED if step.choice.is_booked else RouteStep.State.PLANNED
        row.reason = ""
        for name, value in _facts(step, planning).items():
            setattr(row, name, value)
        row.save()
    write_figures(route=route, found=found)
    number_steps(route=route)
    return new


def _new(route: Route, step: Step) -> RouteStep:
    pk = step.choice.pk
    return RouteStep(route=route, position=0, **({"workshop_id": pk} if step.choice.is_workshop else {"course_id": pk}))


def _facts(step: Step, planning: Planning) -> dict[str, Any]:
    choice = step.choice
    return {
        "title": choice.title[:200],
        "where": choice.where[:300],
        "zone": choice.zone,
        "starts_at": choice.starts_at,
        "day": choice.day,
        "minutes": choice.minutes,
        "price_cents": step.alone.price.amount_cents if step.alone else 0,
        "travel_m": choice.travel_m,
        "is_spare": step.is_spare,
        "book_by": None if choice.is_booked else book_by(step, planning),
        "counts": [
            {"licence": count.licence.pk, "place": count.place, "units": f"{count.units:f}", "unit": count.unit, "why": count.why} for count in step.counts
        ],
    }


def book_by(step: Step, planning: Planning) -> date | None:
    """The day by which a workshop is best booked, or a course begun."""
    choice = step.choice
    if choice.starts_at is not None:
        return civil_date(choice.starts_at, choice.zone) - timedelta(days=BOOK_DAYS_BEFORE)
    counting = {count.licence.pk for count in step.counts if count.units}
    limits = [deficit.limit for deficit in planning.deficits if deficit.limit and deficit.licence.pk in counting]
    return min(limits) - timedelta(days=planning.shelves.study_days(choice.minutes) + BEGIN_DAYS_BEFORE) if limits else None


def write_figures(*, route: Route, found: Found) -> None:
    """What is missing before and after, what it costs and when it is done."""
    route.outlook = [_outlook(after) for after in found.after]
    route.is_closing = bool(found.after) and found.is_closing
    route.total_cents, route.currency, route.travel_m, route.finishes_on = found.cents, found.currency, found.travel_m, found.finishes_on
    route.purchases = [
        {
            "title": purchase.offer.product.title,
            "url": purchase.offer.url,
            "label": purchase.offer.label,
            "cents": purchase.cents,
            "times": purchase.times,
            "opens": list(purchase.opens),
        }
        for purchase in found.purchases
    ]
    route.looked_at = clock.now()
    fields = ["outlook", "is_closing", "total_cents", "currency", "travel_m", "finishes_on", "purchases", "looked_at", "updated_at"]
    route.save(update_fields=fields)


def _outlook(after: After) -> dict[str, Any]:
    deficit, need = after.deficit, after.deficit.need
    if need is None or deficit.limit is None:
        raise ValueError("A licence without a need has no outlook.")
    return {
        "licence": deficit.licence.pk,
        "board": deficit.licence.board.name,
        "needed_now": f"{need.needed:f}",
        "needed_after": f"{after.needed:f}",
        "unit": after.unit.singular,
        "units": after.unit.plural,
        "missing": [{"label": part.label, "units": f"{part.units:f}"} for part in after.missing],
        "cycle_end": need.end.isoformat(),
        "deadline": need.deadline.isoformat(),
        "limit": deficit.limit.isoformat(),
        "blocked_by": list(need.blocked_by),
        "is_verified": need.is_verified,
    }


def number_steps(*, route: Route) -> None:
    """Places by day: what is completed and lost stands where its day is."""
    ordered = sorted(RouteStep.objects.filter(route=route), key=lambda step: (step.day, step.pk))
    for place, step in enumerate(ordered, start=1):
        if step.position != place:
            step.position = place
            step.save(update_fields=["position"])
