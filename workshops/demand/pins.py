"""Verbs on pins: set, confirm, change, withdraw, keep for another year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from core.jobs import enqueue
from notifications.services import send_mail_once
from workshops.asking.links import link_token
from workshops.asking.services import ASKED_AGAIN_BEFORE, AskingRefused, begin, close, locked, sign, today
from workshops.demand.clusters import kilometres
from workshops.demand.words import KM, level_words, month_words, radius_words
from workshops.models import Pin

State = Pin.State


@dataclass(frozen=True)
class PinInput:
    """A pin as typed, with its place found."""

    label: str
    lat: float
    lng: float
    radius: int
    unit: str
    months: tuple[int, ...] = ()
    level: str = "all"
    people: int = 1
    note: str = ""


def set_pin(*, wish: PinInput, user: Any = None, email: str = "") -> Pin:
    """Put a pin on the map. Of a person signed in it counts at once; an address is written to and counts once confirmed.

    Raises AskingRefused. The same wish of the same person or address, while it stands, is returned as it is.
    """
    with transaction.atomic():
        pin = Pin(**_values(wish))
        if twin := _twin(pin, user, email):
            return twin
        if sign(pin, user=user, email=email):
            pin.save()
            _take_place(pin)
            _changed(pin)
            _mail(pin, "pin_set")
        else:
            pin.save()
            _mail(pin, "pin_confirm")
    return pin


def _values(wish: PinInput) -> dict[str, Any]:
    return {**vars(wish), "months": sorted(set(wish.months)), "radius_km": wish.radius * KM[Pin.Unit(wish.unit)]}


def _twin(pin: Pin, user: Any, email: str) -> Pin | None:
    """A double click, and only that: an unconfirmed one is mailed again, so that a lost mail is no dead end."""
    if user is None:
        return None
    same = {name: getattr(pin, name) for name in ("label", "lat", "lng", "radius_km", "level", "people", "months", "note")}
    return Pin.objects.filter(user=user, state=State.ACTIVE, **same).first()


def pin_address(pin: Pin) -> str:
    return f"{settings.SITE_URL}{reverse('workshops:pin_detail', args=[link_token(pin)])}"


def withdraw_address(pin: Pin) -> str:
    return f"{settings.SITE_URL}{reverse('workshops:pin_withdraw', args=[link_token(pin)])}"


def pin_context(pin: Pin) -> dict[str, Any]:
    words = {"radius": radius_words(pin), "months": month_words(pin.months), "level": level_words(pin.level)}
    return {"pin": pin, "words": words, "pin_url": pin_address(pin), "withdraw_url": withdraw_address(pin)}


def _mail(pin: Pin, template: str) -> None:
    stop = "" if pin.state == State.UNCONFIRMED else withdraw_address(pin)
    to = {"recipient": pin.user} if pin.user else {"to_address": pin.email}
    send_mail_once(key=f"{template}:{pin.pk}", template=f"workshops/demand/mail/{template}", context=pin_context(pin), stop_address=stop, **to)


def confirm_pin(*, pin: Pin) -> Pin:
    """The address is the asker's. A second call changes nothing. Raises AskingRefused for one withdrawn meanwhile."""
    with locked(pin) as pin:
        if pin.state == State.UNCONFIRMED:
            begin(pin)
            pin.save()
            _take_place(pin)
            _changed(pin)
        elif pin.state == State.WITHDRAWN:
            raise AskingRefused(_("This pin was withdrawn. Set it again if you want it after all."), code="withdrawn")
    return pin


def change_pin(*, pin: Pin, wish: PinInput) -> Pin:
    """Write a pin anew. What is over is set again by `renew_pin`, not changed. Raises AskingRefused."""
    with locked(pin) as pin:
        if not pin.is_open:
            raise AskingRefused(_("This pin is no longer on the map. Put it back first, then change it."), code="not_open")
        moved = (pin.lat, pin.lng, pin.radius_km, pin.level) != (wish.lat, wish.lng, _values(wish)["radius_km"], wish.level)
        for name, value in _values(wish).items():
            setattr(pin, name, value)
        if moved:
            pin.call = None  # it may belong to another town now
        pin.save()
        if pin.state == State.ACTIVE:
            _take_place(pin)
            _changed(pin)
    return pin


def withdraw_pin(*, pin: Pin) -> Pin:
    """Take it off the map; a second call changes nothing. It and its address are deleted later."""
    with locked(pin) as pin:
        if pin.state in (State.UNCONFIRMED, State.ACTIVE):
            close(pin, State.WITHDRAWN)
            pin.call = None
            pin.save()
    return pin


def renew_pin(*, pin: Pin) -> Pin:
    """Keep it another year, or put back what was answered, withdrawn or ran out. Raises AskingRefused for an unconfirmed one."""
    with locked(pin) as pin:
        if pin.state == State.UNCONFIRMED or pin.confirmed_at is None:
            raise AskingRefused(_("Confirm the pin first: the mail with the link says how."), code="unconfirmed")
        was = pin.state
        begin(pin)
        if was != State.ACTIVE:
            pin.call, pin.answered_by = None, None
        pin.save()
        _take_place(pin)
        _changed(pin)
    return pin


def _take_place(pin: Pin) -> None:
    """Withdraw what the same person asked for near there: several pins would count one wish several times, up to the threshold of a town."""
    own = Q(user=pin.user) | Q(user__isnull=True, email=pin.user.email) if pin.user else Q(user__isnull=True, email=pin.email) | Q(user__email=pin.email)
    for other in Pin.objects.filter(own, state=State.ACTIVE, level=pin.level).exclude(pk=pin.pk).select_for_update(of=("self",), skip_locked=True):
        if kilometres(pin.lat, pin.lng, other.lat, other.lng) <= max(pin.radius_km, other.radius_km):
            close(other, State.WITHDRAWN)
            other.call = None
            other.save()


def _changed(pin: Pin) -> None:
    """Have the towns counted anew, soon after this is kept."""
    enqueue("workshops.count_demand", key=f"count-demand:pin:{pin.pk}:{clock.now():%Y%m%dT%H%M%S%f}")


def ask_again(*, pin: Pin) -> None:
    """Write once, two weeks before it runs out."""
    with locked(pin) as pin:
        if pin.state == State.ACTIVE and pin.expires_on and pin.reaches_somebody and today() >= pin.expires_on - ASKED_AGAIN_BEFORE:
            _mail_year(pin, pin.expires_on)


def _mail_year(pin: Pin, day: date) -> None:
    to = {"recipient": pin.user} if pin.user else {"to_address": pin.email}
    key = f"pin-runs-out:{pin.pk}:{day:%Y%m%d}"
    send_mail_once(key=key, template="workshops/demand/mail/pin_runs_out", context=pin_context(pin), stop_address=withdraw_address(pin), **to)


def expire_pins() -> int:
    """Close those whose year is over; returns how many. A second run changes nothing."""
    over = Pin.objects.filter(state=State.ACTIVE, expires_on__lt=today())
    return over.update(state=State.EXPIRED, closed_at=clock.now(), call=None, updated_at=clock.now())
