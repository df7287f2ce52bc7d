"""Stripe's way in."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.middleware import shows_no_times
from payments.gateway.events import MAX_BODY, EventRefused
from payments.services.inbox import receive_event

logger = logging.getLogger(__name__)


@csrf_exempt  # the signature says who sent it
@login_not_required
@shows_no_times
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """2xx only when the event stands in the inbox. Stripe repeats everything else for three days."""
    try:
        if int(request.headers.get("Content-Length") or 0) > MAX_BODY:
            return _answer("The body is too large.", 413)
        body = request.body
    except (UnreadablePostError, ValueError):
        return _answer("The request broke off.", 400)
    try:
        receive_event(body, request.headers.get("Stripe-Signature", ""))
    except EventRefused as refusal:
        logger.warning("A webhook was refused: %s", refusal.message)
        return _answer(refusal.message, 400)
    except (OperationalError, InterfaceError):
        logger.exception("An event could not be stored; Stripe will send it again.")
        return _answer("Not stored. Send it again.", 503)
    return _answer("Stored.", 200)


def _answer(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")
