"""Pins as one of the things that are asked by mail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from workshops.asking.kinds import Kind
from workshops.demand import pins
from workshops.demand.forms import PinForm
from workshops.demand.words import level_words, month_words, radius_words
from workshops.models import Pin


def words_of(pin: Pin) -> dict[str, Any]:
    """What lists and pages say of a pin."""
    return {"pin": pin, "radius": radius_words(pin), "months": month_words(pin.months), "level": level_words(pin.level)}


PINS: Kind[Pin] = Kind(
    model=Pin,
    limit="pins",
    templates="workshops/demand/pin",
    detail="workshops:pin_detail",
    shown=lambda pin: words_of(pin) | {"answer": pin.answered_by if pin.state == Pin.State.FULFILLED else None},
    form=lambda data, pin: PinForm(data, pin=pin),
    change=lambda pin, typed: pins.change_pin(pin=pin, wish=typed.wish),
    confirm=lambda pin: pins.confirm_pin(pin=pin),
    renew=lambda pin: pins.renew_pin(pin=pin),
    stop=lambda pin: pins.withdraw_pin(pin=pin),
    confirmed_words=gettext_lazy("Your pin is on the map. We write to you when a workshop comes near."),
    renewed_words=gettext_lazy("Your pin stays on the map for another year."),
)
