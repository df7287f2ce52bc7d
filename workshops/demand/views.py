"""“Bring SMRT to my town”: setting a pin, and what its link in the mail leads to."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError
from core.limits import check_limit
from credits.certificates.public import public
from workshops.asking.links import link_token, read_link
from workshops.asking.services import AskingRefused
from workshops.demand import pins
from workshops.demand.forms import RADII, PinForm
from workshops.demand.words import level_words, month_words, radius_words
from workshops.models import Pin
from workshops.near.maps import map_page

PIN_RATE = "20/h"
SHOWN = 20


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def pin_create(request: HttpRequest) -> HttpResponse:
    """The form, with what an empty search brought along; below it one's own pins."""
    is_stranger = not request.user.is_authenticated
    data = request.POST if request.method == "POST" else None
    form = PinForm(data, asks_address=is_stranger, initial=_brought(request))
    if data is not None and form.is_valid():
        try:
            check_limit(request, group="pins", rate=PIN_RATE)
            pin = pins.set_pin(wish=form.wish, user=None if is_stranger else request.user, email=form.cleaned_data.get("email", ""))
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            if is_stranger:
                return render(request, "workshops/demand/pin_sent.html", {"pin": pin, "email": form.cleaned_data["email"]})
            messages.success(request, _("Your pin is on the map. We wrote you a message with the link to it."))
            return redirect("workshops:pin_detail", token=link_token(pin))
    own = Pin.objects.asked_by(request.user).exclude(state=Pin.State.UNCONFIRMED)[:SHOWN] if request.user.is_authenticated else []
    context = {"form": form, "own": [_shown(pin) for pin in own], "is_stranger": is_stranger}
    return render(request, "workshops/demand/pin_create.html", context, status=422 if form.errors else 200)


def _brought(request: HttpRequest) -> dict[str, Any]:
    """Place or position, and radius, of the search that found nothing, as far as this form offers them."""
    radius = request.GET.get("radius", "")
    brought: dict[str, Any] = {"place": request.GET.get("place", "")[:80], "lat": request.GET.get("lat", "")[:20], "lng": request.GET.get("lng", "")[:20]}
    if radius in [str(far) for far in RADII]:
        brought["radius"] = int(radius)
    if request.GET.get("unit") in Pin.Unit.values:
        brought["unit"] = request.GET["unit"]
    return brought


def _shown(pin: Pin) -> dict[str, Any]:
    return {"pin": pin, "token": link_token(pin), "radius": radius_words(pin), "months": month_words(pin.months), "level": level_words(pin.level)}


def _pin(token: str) -> Pin:
    pin = read_link(token, Pin)
    if pin is None:
        raise Http404
    return pin


@public
@map_page
@require_http_methods(["GET", "HEAD", "POST"])
def pin_detail(request: HttpRequest, token: str) -> HttpResponse:
    """One pin, by its link: confirm it, change it, withdraw it. Looking changes nothing: programs that check mail follow links."""
    pin = read_link(token, Pin)
    if pin is None:
        return render(request, "workshops/demand/pin_unknown.html", status=404)
    data = request.POST if request.method == "POST" else None
    form = PinForm(data, pin=pin)
    if data is not None and form.is_valid():
        try:
            pins.change_pin(pin=pin, wish=form.wish)
        except AskingRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("workshops:pin_detail", token=token)
    answer = pin.answered_by if pin.state == Pin.State.FULFILLED else None
    context = _shown(pin) | {"form": form, "answer": answer}
    return render(request, "workshops/demand/pin_detail.html", context, status=422 if form.errors else 200)


@public
@require_POST
def pin_confirm(request: HttpRequest, token: str) -> HttpResponse:
    pins.confirm_pin(pin=_pin(token))
    messages.success(request, _("Your pin is on the map. We write to you when a workshop comes near."))
    return redirect("workshops:pin_detail", token=token)


@public
@require_POST
def pin_renew(request: HttpRequest, token: str) -> HttpResponse:
    pins.renew_pin(pin=_pin(token))
    messages.success(request, _("Your pin stays on the map for another year."))
    return redirect("workshops:pin_detail", token=token)


@public
@csrf_exempt  # the signed token says who asks; mail programs post here without a page and without cookies (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
def pin_withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST withdraws; a second time says the same."""
    pin = read_link(token, Pin)
    if pin is None:
        return render(request, "workshops/demand/pin_unknown.html", status=404)
    if request.method == "POST":
        pin = pins.withdraw_pin(pin=pin)
    return render(request, "workshops/demand/pin_withdraw.html", _shown(pin))
