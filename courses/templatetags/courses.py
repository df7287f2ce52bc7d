"""How course pages write lengths, places in a video and amounts of credit."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

from courses.completion import clock_time

register = template.Library()


@register.filter
def duration(ms: int | None) -> str:
    """A length of video in words: 4,380,000 ms is 1 h 13 min; under a minute it is seconds."""
    if not ms:
        return _("no video yet")
    minutes = round(ms / 60_000)
    if ms < 60_000:
        return _("%(n)d s") % {"n": max(1, ms // 1000)}
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    return _("%(h)d h %(n)d min") % {"h": minutes // 60, "n": minutes % 60} if minutes % 60 else _("%(h)d h") % {"h": minutes // 60}


@register.filter
def clock(ms: int) -> str:
    return clock_time(ms)


@register.filter
def seconds(ms: int) -> int:
    """Whole seconds, as the player's address wants them (#t=75)."""
    return ms // 1000


@register.filter
def amount(units: Decimal) -> str:
    """Units without idle zeros: 6.00 is 6, 0.60 is 0.6."""
    return f"{units.normalize():f}"


@register.filter
def share(fraction: Decimal) -> str:
    """A fraction as a percentage: 0.950 is 95 %."""
    return f"{(fraction * 100).normalize():f} %"


@register.filter
def version_page(tab: str) -> str:
    """The URL name of one page of the version editor."""
    return f"courses_desk:version_{tab}"
