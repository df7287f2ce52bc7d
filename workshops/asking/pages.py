"""Pages of whatever is asked by mail and counts once its link confirms it: ask, confirm, change, renew, stop.

The addresses hand over the kind. Looking changes nothing: programs that check mail follow every link.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError
from credits.certificates.public import public
from workshops.asking.kinds import Kind, Row


def ask_page(
    request: HttpRequest,
    kind: Kind[Row],
    *,
    form: forms.Form,
    ask: Callable[[Any, str], Row],
    context: dict[str, Any],
    after: Callable[[Row], HttpResponse],
) -> HttpResponse:
    """The form, and where it leads: a stranger to their mail, somebody signed in to `after`. `ask` is given the user, or None and an address."""
    is_stranger = not request.user.is_authenticated
    if form.is_bound and form.is_valid():
        email = form.cleaned_data.get("email", "")
        try:
            kind.check_limit(request)
            asked = ask(None if is_stranger else request.user, email)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            return render(request, f"{kind.templates}_sent.html", kind.shown(asked) | {"email": email}) if is_stranger else after(asked)
    context = {**context, "form": form, "is_stranger": is_stranger}
    return render(request, f"{kind.templates}_create.html", context, status=422 if form.errors else 200)


def _unknown(request: HttpRequest, kind: Kind[Row]) -> HttpResponse:
    return render(request, f"{kind.templates}_unknown.html", status=404)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def asked_detail(request: HttpRequest, token: str, kind: Kind[Row]) -> HttpResponse:
    """One of them, by its link: confirm it, change it, stop it."""
    asked = kind.find(token)
    if asked is None:
        return _unknown(request, kind)
    form = kind.form(request.POST if request.method == "POST" else None, asked)
    if form.is_bound and form.is_valid():
        try:
            kind.change(asked, form)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect(kind.detail, token=token)
    context = kind.shown(asked) | {"token": token, "form": form}
    return render(request, f"{kind.templates}_detail.html", context, status=422 if form.errors else 200)


@public
@require_POST
def asked_confirm(request: HttpRequest, token: str, kind: Kind[Row]) -> HttpResponse:
    return _done(request, token, kind, kind.confirm, kind.confirmed_words)


@public
@require_POST
def asked_renew(request: HttpRequest, token: str, kind: Kind[Row]) -> HttpResponse:
    return _done(request, token, kind, kind.renew, kind.renewed_words)


def _done(request: HttpRequest, token: str, kind: Kind[Row], verb: Callable[[Row], Row], words: Promise) -> HttpResponse:
    asked = kind.find(token)
    if asked is None:
        raise Http404
    verb(asked)
    messages.success(request, str(words))
    return redirect(kind.detail, token=token)


@public
@csrf_exempt  # the signed token says who asks; mail programs post here without a page and without cookies (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
def asked_stop(request: HttpRequest, token: str, kind: Kind[Row]) -> HttpResponse:
    """GET asks, POST stops; a second time says the same."""
    asked = kind.find(token)
    if asked is None:
        return _unknown(request, kind)
    if request.method == "POST":
        asked = kind.stop(asked)
    return render(request, f"{kind.templates}_stop.html", kind.shown(asked) | {"token": token})
