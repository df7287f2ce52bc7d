"""What happened to a route, in sentences."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.money import format_money
from planner.models import RouteEvent, RouteStep

Code = RouteEvent.Code


def sentence_of(event: RouteEvent) -> str:
    data: dict[str, Any] = event.data
    title = {"title": data.get("title", "")}
    match event.code:
        case Code.SAVED:
            return _("You saved this route.")
        case Code.REPLACED:
            return _("You put other steps in place of those before.")
        case Code.BOOKED:
            return _("“%(title)s” is yours.") % title
        case Code.GIVEN_BACK:
            return _("“%(title)s” is no longer booked.") % title
        case Code.COMPLETED:
            return _("You completed “%(title)s”.") % title
        case Code.MOVED:
            return _moved(data)
        case Code.LOST:
            return _("“%(title)s” is no longer possible. %(why)s") % (title | {"why": RouteStep.Reason(data["reason"]).label})
        case Code.POSSIBLE_AGAIN:
            return _("“%(title)s” is possible again.") % title
        case Code.SPARE:
            return _("“%(title)s” is no longer needed: the other steps close as much.") % title
        case Code.PRICE_CHANGED:
            old, new = (format_money(data[name], data["currency"]) for name in ("cents", "new_cents"))
            return _("“%(title)s” costs %(new)s now; it was %(old)s.") % (title | {"new": new, "old": old})
        case Code.DEADLINE_CHANGED:
            return _("The deadline of %(board)s is %(new)s now; it was %(old)s.") % {
                "board": data["board"],
                "new": _day(data["new_day"]),
                "old": _day(data["day"]),
            }
        case Code.CLOSES_NO_LONGER:
            return _("The route no longer closes the gap.")
        case Code.CLOSES_AGAIN:
            return _("The route closes the gap.")
        case Code.REACHED:
            return _("Nothing is missing any more: you are there.")
        case Code.OVER:
            return _("The cycle this route was made for is over.")
    return _("The route is no longer followed.")


def _moved(data: dict[str, Any]) -> str:
    said = {"title": data["title"], "new": _day(data["new_day"]), "old": _day(data["day"]), "where": data["where"]}
    if data["day"] == data["new_day"] and data["where"]:
        return _("“%(title)s” is at another place now: %(where)s.") % said
    if data["where"]:
        return _("“%(title)s” was moved from %(old)s to %(new)s, to %(where)s.") % said
    if data["day"] == data["new_day"]:
        return _("“%(title)s” is at another time on the same day, %(new)s.") % said
    return _("“%(title)s” was moved from %(old)s to %(new)s.") % said


def _day(text: str) -> str:
    return date_format(date.fromisoformat(text), "F j, Y")
