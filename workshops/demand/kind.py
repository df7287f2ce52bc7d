"""Pins as one of the things that are asked by mail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from workshops.asking.kinds import Kind
from workshops.demand import pins
from workshops.demand.forms import PinForm
from workshops.demand.words import level_words, month_words, radius_words
from workshops.models import Pin
from workshops.near.geo import Point
from workshops.near.search_map import SearchMap, circle_map


def words_of(pin: Pin) -> dict[str, Any]:
    """What lists and pages say of a pin."""
    return {"pin": pin, "radius": radius_words(pin), "months": month_words(pin.months), "level": level_words(pin.level)}


def map_of_pin(pin: Pin) -> SearchMap | None:
    return circle_map(Point(pin.lat, pin.lng), label=pin.label, radius_km=pin.radius_km, unit=pin.unit)


PINS: Kind[Pin] = Kind(
    model=Pin,
    limit="pins",
    templates="workshops/demand/pin",
    detail="workshops:pin_detail",
    shown=lambda pin: words_of(pin) | {"answer": pin.answered_by if pin.state == Pin.State.FULFILLED else None, "map": map_of_pin(pin)},
    form=lambda data, pin: PinForm(data, pin=pin),
    change=lambda pin, typed: pins.change_pin(pin=pin, wish=typed.wish),
    confirm=lambda pin: pins.confirm_pin(pin=pin),
    renew=lambda pin: pins.renew_pin(pin=pin),
    stop=lambda pin: pins.withdraw_pin(pin=pin),
    confirmed_words=gettext_lazy("Your pin is on the map. We write to you when a workshop comes near."),
    renewed_words=gettext_lazy("Your pin stays on the map for another year."),
)
