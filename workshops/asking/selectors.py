"""What a person waits for: their pins and alerts that are on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from workshops.asking.links import link_token
from workshops.models import Pin, SearchAlert

SHOWN = 5


@dataclass(frozen=True)
class Wish:
    label: str
    what: str
    url: str


def wishes_of(user: Any) -> list[Wish]:
    """The newest of each kind. Two queries, whatever there is."""
    pins = Pin.objects.asked_by(user).filter(state=Pin.State.ACTIVE)[:SHOWN]
    alerts = SearchAlert.objects.asked_by(user).filter(state=SearchAlert.State.ACTIVE)[:SHOWN]
    asked = [Wish(_("SMRT in %(place)s") % {"place": pin.label}, _("Your pin"), reverse("workshops:pin_detail", args=[link_token(pin)])) for pin in pins]
    return asked + [Wish(alert.words, _("Your alert"), reverse("workshops:alert_detail", args=[link_token(alert)])) for alert in alerts]
