"""Every page asks for a sign-in unless it says otherwise, is its viewer's alone, and shows times in their zone."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

View = TypeVar("View", bound=Callable[..., Any])


def shows_no_times(view: View) -> View:
    """Mark a view whose answer holds no local time, so that the viewer is not looked up for its sake."""
    view.shows_no_times = True  # type: ignore[attr-defined]  # a mark read below
    return view


class PrivateByDefaultMiddleware(LoginRequiredMiddleware):
    """Django's own, but a view open to everyone is let through without looking the person up."""

    def process_view(self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """What was made with a look at the session is its viewer's: no cache on the way may keep it for the next."""
        session = getattr(request, "session", None)
        if session is not None and session.accessed and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-cache"
        return response


class ViewerTimeZoneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(None):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        if not getattr(view, "shows_no_times", False) and request.user.is_authenticated:
            timezone.activate(zoneinfo.ZoneInfo(request.user.time_zone))
