"""How often one visitor may try what can be tried too often: guesses, letters to strangers, orders."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django_ratelimit.core import get_usage

from core.errors import DomainError


class TooOften(DomainError):
    code = "too_often"
    status = 429


def client_address(group: str, request: HttpRequest) -> str:
    """The visitor's address: the one our outermost trusted proxy saw."""
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if settings.TRUSTED_PROXIES and len(forwarded) >= settings.TRUSTED_PROXIES:
        return forwarded[-settings.TRUSTED_PROXIES]
    return str(request.META.get("REMOTE_ADDR", ""))


def visitor(group: str, request: HttpRequest) -> str:
    """The person, once signed in; a stranger is their address."""
    return f"user:{request.user.pk}" if request.user.is_authenticated else client_address(group, request)


def check_limit(request: HttpRequest, *, group: str, rate: str, counts: bool = True) -> None:
    """Refuse a visitor who did `group` as often as `rate` ("20/h") allows. Raises TooOften.

    With `counts` this time is counted too; without, `count_visit` is called once it proves to be what is limited. While
    the cache is away nobody is refused.
    """
    usage = get_usage(request, group=group, key=visitor, rate=rate, increment=counts)
    if usage and (usage["should_limit"] or (not counts and usage["count"] >= usage["limit"])):
        raise TooOften(_("That was tried very often in a short time. Wait a while, then go on."))


def count_visit(request: HttpRequest, *, group: str, rate: str) -> None:
    get_usage(request, group=group, key=visitor, rate=rate, increment=True)
