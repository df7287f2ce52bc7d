"""Mails that follow a route: what is to be booked, and the workshop that comes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings

from core.clock import civil_date
from credits.reminders.services import may_remind, stop_links
from notifications.services import send_mail_once
from planner.models import Route, RouteStep

AHEAD = timedelta(days=7)


def is_remindable(route: Route) -> bool:
    """Nobody is reminded of what no person at the school has verified: it is shown, and labelled, on the page."""
    return route.is_followed and wants_mail(route) and all(row["is_verified"] for row in route.outlook)


def wants_mail(route: Route) -> bool:
    """Whether the person hears of this route: not stopped on its page, all reminders not stopped, nor those about each of its licences."""
    licences = list(route.licences.select_related("board"))
    return (
        route.wants_mail and may_remind(user=route.user, licence=None) and (not licences or any(may_remind(user=route.user, licence=row) for row in licences))
    )


def stops(route: Route) -> dict[str, str]:
    """The links that stop mail without signing in; of a route for one licence also the one about that licence."""
    licences = list(route.licences.select_related("board"))
    return stop_links(user=route.user, licence=licences[0] if len(licences) == 1 else None)


def remind(*, route: Route, today: date) -> int:
    """Send what is due today and was not sent; the key names the step and its day, so that a moved one is told of anew. Returns how many."""
    if not is_remindable(route):
        return 0
    sent = 0
    for step in RouteStep.objects.filter(route=route, state__in=[RouteStep.State.PLANNED, RouteStep.State.BOOKED]):
        if step.state == RouteStep.State.PLANNED and not step.is_spare and step.book_by and step.book_by - AHEAD <= today < _begins(step):
            sent += _send(route, step, "book_by", step.book_by, is_past=step.book_by < today)
        elif step.state == RouteStep.State.BOOKED and step.workshop_id and today < _begins(step) <= today + AHEAD:
            sent += _send(route, step, "workshop_soon", _begins(step), in_days=(_begins(step) - today).days)
    return sent


def _begins(step: RouteStep) -> date:
    return civil_date(step.starts_at, step.zone or settings.SCHOOL_TIME_ZONE) if step.starts_at else step.day


def _send(route: Route, step: RouteStep, name: str, day: date, **more: Any) -> int:
    subject = step.workshop or step.course
    address = subject.get_absolute_url() if subject else route.get_absolute_url()
    context = {
        "route": route,
        "step": step,
        "day": day,
        "counts": [count for count in step.counts if count["units"] != "0"],
        "url": f"{settings.SITE_URL}{address}",
        "route_url": f"{settings.SITE_URL}{route.get_absolute_url()}",
        **more,
    }
    key = f"route:{route.pk}:step:{step.pk}:{name}:{day.isoformat()}"
    links = stops(route)
    send_mail_once(key=key, template=f"planner/mail/{name}", context=context | links, recipient=route.user, stop_address=links["stop_all"])
    return 1
