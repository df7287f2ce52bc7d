"""What people type into a search field."""

from __future__ import annotations

from django.http import HttpRequest


def typed(request: HttpRequest, name: str = "q") -> str:
    """The words of a search by GET, trimmed, and without the one character that Postgres takes in no text."""
    return request.GET.get(name, "").replace("\x00", "").strip()
