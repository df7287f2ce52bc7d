"""“Bring SMRT to my town”: setting a pin. What its link in the mail leads to is in workshops.asking.pages."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from workshops.asking.links import link_token
from workshops.asking.pages import ask_page
from workshops.demand.forms import RADII, PinForm
from workshops.demand.kind import PINS, words_of
from workshops.demand.pins import set_pin
from workshops.models import Pin

SHOWN = 20


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def pin_create(request: HttpRequest) -> HttpResponse:
    """The form, with what an empty search brought along; below it one's own pins."""
    form = PinForm(request.POST if request.method == "POST" else None, asks_address=not request.user.is_authenticated, initial=_brought(request))

    def to_the_pin(pin: Pin) -> HttpResponse:
        messages.success(request, _("Your pin is on the map. We wrote you a message with the link to it."))
        return redirect("workshops:pin_detail", token=link_token(pin))

    own = Pin.objects.asked_by(request.user).exclude(state=Pin.State.UNCONFIRMED)[:SHOWN] if request.user.is_authenticated else []
    return ask_page(
        request,
        PINS,
        form=form,
        ask=lambda user, email: set_pin(wish=form.wish, user=user, email=email),
        context={"own": [words_of(pin) | {"token": link_token(pin)} for pin in own]},
        after=to_the_pin,
    )


def _brought(request: HttpRequest) -> dict[str, Any]:
    """Place or position, and radius, of the search that found nothing, as far as this form offers them."""
    radius = request.GET.get("radius", "")
    brought: dict[str, Any] = {"place": request.GET.get("place", "")[:80], "lat": request.GET.get("lat", "")[:20], "lng": request.GET.get("lng", "")[:20]}
    if radius in [str(far) for far in RADII]:
        brought["radius"] = int(radius)
    if request.GET.get("unit") in Pin.Unit.values:
        brought["unit"] = request.GET["unit"]
    return brought
