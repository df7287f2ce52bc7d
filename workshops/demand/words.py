"""Levels, months and radii as people read them."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workshops.models import Pin, Workshop
from workshops.near.geo import KM_PER_MILE, distance_words

Level = Workshop.Level
PIN_LEVELS = [(Level.ALL.value, gettext_lazy("Any level")), (Level.FOUNDATION.value, Level.FOUNDATION.label), (Level.ADVANCED.value, Level.ADVANCED.label)]
KM = {Pin.Unit.MILES: KM_PER_MILE, Pin.Unit.KM: 1.0}
# Whom a workshop of a level serves, and whose pins help a level over its threshold.
SERVED = {Level.ALL: (Level.ALL, Level.FOUNDATION), Level.FOUNDATION: (Level.ALL, Level.FOUNDATION), Level.ADVANCED: (Level.ALL, Level.ADVANCED)}
COUNTED = {Level.ALL: (Level.ALL,), Level.FOUNDATION: (Level.ALL, Level.FOUNDATION), Level.ADVANCED: (Level.ALL, Level.ADVANCED)}


def month_words(months: Iterable[int]) -> str:
    names = [str(MONTHS[month]) for month in sorted(months)]
    return ", ".join(names) if names else _("any month")


def level_words(level: str) -> str:
    return str(dict(PIN_LEVELS)[level])


def radius_words(pin: Pin) -> str:
    return distance_words(pin.radius, pin.unit)
