"""Playback sessions: open one, beat, renew the address, close.

Opening and renewing are ordinary API calls. Beats and closing are plain Django views, the busiest of the site: no
login query, no serializer, one SQL statement (docs/decisions/0005-watch-evidence.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar, cast
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from accounts.middleware import shows_no_times
from streaming.beat_keys import make_beat_key, user_of_beat_key
from streaming.delivery import LONGEST_S, address_for, set_cookies
from streaming.models import Grant, PlaybackSession
from streaming.selectors import coverage
from streaming.selectors.player import viewer_mark
from streaming.services import MalformedBeat, TooManyBeats, UnknownSession, close_session, open_session
from streaming.services.beats import count_beat, read_beat
from streaming.services.watching import WINDOW_S, MayNotWatch, refuse_unless_watchable

LARGEST_BODY = 16_384
View = TypeVar("View", bound=Callable[..., Any])


class OpeningThrottle(UserRateThrottle):
    scope = "playback_sessions"
    rate = "30/min"


class OpenSessionInput(serializers.Serializer):
    grant = serializers.IntegerField(min_value=1)
    native = serializers.BooleanField(default=False, help_text="Whether the browser's own player makes the requests (iPhones): it gets its pass by cookie.")


class OpenSessionAnswer(serializers.Serializer):
    token = serializers.UUIDField()
    key = serializers.CharField(help_text="Goes into the body of every beat of this session.")
    beats = serializers.CharField(help_text="Where beats are posted.")
    address = serializers.CharField(help_text="Where the next address is asked for.")
    close = serializers.CharField()
    base = serializers.CharField(help_text="The folder of the video's files; `master.m3u8` is in it.")
    ttl_s = serializers.IntegerField(help_text="How long the base opens.")
    duration_ms = serializers.IntegerField()
    covered_ms = serializers.IntegerField()
    fraction = serializers.FloatField()
    missing = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    position_ms = serializers.IntegerField(help_text="Where to resume.")
    rate_cap = serializers.FloatField(help_text="Media seconds counted per second, at most.")
    window_s = serializers.IntegerField(
        help_text="What could not be sent goes into the next beat, all in one: it counts for at most these seconds since the last beat that arrived."
    )
    streams = serializers.IntegerField(help_text="Players the person may have open at once; the newest is counted.")
    viewer_mark = serializers.CharField(help_text="What moves slowly over the picture, with this session's number; empty for none.")


class AddressInput(serializers.Serializer):
    native = serializers.BooleanField(default=False, help_text="As it was when the session was opened.")


class AddressAnswer(serializers.Serializer):
    base = serializers.CharField()
    ttl_s = serializers.IntegerField()


class OpenSessionView(APIView):
    """POST: open a player under one of the caller's own grants. It alone counts; older ones stop, or go on uncounted if the plan allows."""

    throttle_classes = [OpeningThrottle]

    @extend_schema(request=OpenSessionInput, responses={201: OpenSessionAnswer})
    def post(self, request: Request) -> Response:
        asked = OpenSessionInput(data=request.data)
        asked.is_valid(raise_exception=True)
        grant = get_object_or_404(Grant.objects.visible_to(request.user).select_related("asset", "user"), pk=asked.validated_data["grant"])
        session = open_session(grant=grant)
        address = address_for(grant.asset, grant_id=grant.pk, native=asked.validated_data["native"])
        seen = coverage(subject=grant.subject, asset=grant.asset)
        answer = {
            "token": session.token,
            "key": make_beat_key(request._request, session.token, grant.user_id),
            "beats": reverse("streaming_api:session_beats", args=[session.token]),
            "address": reverse("streaming_api:session_address", args=[session.token]),
            "close": reverse("streaming_api:session_close", args=[session.token]),
            "base": address.base,
            "ttl_s": LONGEST_S,
            "duration_ms": seen.duration_ms,
            "covered_ms": seen.covered_ms,
            "fraction": seen.fraction,
            "missing": seen.missing,
            "position_ms": seen.position_ms,
            "rate_cap": float(grant.rate_cap),
            "window_s": WINDOW_S,
            "streams": grant.streams,
            "viewer_mark": viewer_mark(grant, session=session),
        }
        response = Response(OpenSessionAnswer(answer).data, status=201)
        set_cookies(response, address)
        return response


class SessionAddressView(APIView):
    """GET: a fresh address for an open player, for as long as its grant lasts."""

    @extend_schema(parameters=[AddressInput], responses=AddressAnswer)
    def get(self, request: Request, token: UUID) -> Response:
        asked = AddressInput(data=request.query_params)
        asked.is_valid(raise_exception=True)
        session = get_object_or_404(PlaybackSession.objects.select_related("grant__asset", "user"), token=token, user=request.user)
        refuse_unless_watchable(session.grant, session.user)
        if session.closed_at is not None:
            raise MayNotWatch(_("This player is not open any more. Reload the page to go on watching."), code="session_closed")
        address = address_for(session.grant.asset, grant_id=session.grant_id, native=asked.validated_data["native"])
        response = Response({"base": address.base, "ttl_s": LONGEST_S})
        set_cookies(response, address)
        return response


class BeatInput(serializers.Serializer):
    seq = serializers.IntegerField(min_value=1, help_text="One more for each beat; a lower or equal number is a repeat and changes nothing.")
    ranges = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(min_value=0), min_length=2, max_length=2),
        max_length=50,
        help_text="Half-open stretches [start, end] of media milliseconds, in the order they were played.",
    )
    position_ms = serializers.IntegerField(min_value=0)
    rate = serializers.FloatField(min_value=0, max_value=100)
    visible = serializers.BooleanField()
    key = serializers.CharField(required=False, help_text="The session's key. Without it the login cookie and a CSRF token are asked for.")


class BeatOutput(serializers.Serializer):
    credited_ms = serializers.IntegerField(help_text="New media this beat added.")
    covered_ms = serializers.IntegerField()
    duration_ms = serializers.IntegerField()
    fraction = serializers.FloatField()
    missing = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    stop = serializers.BooleanField(help_text="Whether the player must stop; the message says why.")
    message = serializers.CharField(help_text="Why less than claimed was counted, or empty.")
    state = serializers.ChoiceField(["open", "hidden", "uncounted", "replay", "replaced", "closed", "revoked", "expired", "deactivated", "signed_out"])


class CloseInput(serializers.Serializer):
    key = serializers.CharField(required=False)


class CloseOutput(serializers.Serializer):
    closed = serializers.BooleanField()


class BeatDocument(APIView):
    """POST: count one beat: what was played since the last one that was answered."""

    @extend_schema(request=BeatInput, responses={200: BeatOutput})
    def post(self, request: Request, token: UUID) -> None:
        """Described here, answered by `session_beats`."""


class CloseDocument(APIView):
    """POST: close a player. Its beats are refused from then on; what it earned stays."""

    @extend_schema(request=CloseInput, responses={200: CloseOutput})
    def post(self, request: Request, token: UUID) -> None:
        """Described here, answered by `session_close`."""


def documented_by(document: type[APIView]) -> Callable[[View], View]:
    """Let the OpenAPI schema describe a plain Django view by the annotations of `document`."""

    def mark(view: View) -> View:
        view.cls, view.initkwargs = document, {}  # type: ignore[attr-defined]
        return view

    return mark


@documented_by(BeatDocument)
@csrf_exempt
@login_not_required
@shows_no_times
@require_POST
def session_beats(request: HttpRequest, token: UUID) -> JsonResponse:
    """Count one beat: what was played since the last one that was answered."""
    try:
        body = _body(request)
        user_id = _who(request, token, body)
        answer = count_beat(token=token, user_id=user_id, beat=read_beat(body))
    except MalformedBeat as error:
        return _refusal(error, 400)
    except (UnknownSession, PermissionDenied) as error:
        return _refusal(error, 404 if isinstance(error, UnknownSession) else 403)
    except TooManyBeats as error:
        response = _refusal(error, 429)
        response["Retry-After"] = "10"
        return response
    return JsonResponse(answer.to_json())


@documented_by(CloseDocument)
@csrf_exempt
@login_not_required
@shows_no_times
@require_POST
def session_close(request: HttpRequest, token: UUID) -> JsonResponse:
    """Close a player. Its beats are refused from then on; what it earned stays."""
    try:
        user_id = _who(request, token, _body(request))
        session = PlaybackSession.objects.filter(token=token, user_id=user_id).first()
        if session is None:
            raise UnknownSession(_("No player of yours is open under this token."))
    except MalformedBeat as error:
        return _refusal(error, 400)
    except (UnknownSession, PermissionDenied) as error:
        return _refusal(error, 404 if isinstance(error, UnknownSession) else 403)
    close_session(session=session)
    return JsonResponse({"closed": True})


def _body(request: HttpRequest) -> dict[str, Any]:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise MalformedBeat(_("A beat is at most 16 kB."))
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise MalformedBeat(_("The body must be JSON.")) from error
    if not isinstance(body, dict):
        raise MalformedBeat(_("The body must be a JSON object."))
    return body


def _who(request: HttpRequest, token: UUID, body: dict[str, Any]) -> int:
    """The person who beats: by the session's key, or, for API clients, by the login cookie and a CSRF token."""
    key = body.get("key")
    if key is None:
        if not request.user.is_authenticated:
            raise PermissionDenied(_("Sign in to watch, then reload the page."))
        SessionAuthentication().enforce_csrf(cast(Request, request))  # it reads the plain request
        return request.user.pk
    user_id = user_of_beat_key(request, token, key) if isinstance(key, str) else None
    if user_id is None:
        raise UnknownSession(_("This player was opened in another sign-in. Reload the page to go on watching."))
    return user_id


def _refusal(error: MalformedBeat | UnknownSession | TooManyBeats | PermissionDenied, status: int) -> JsonResponse:
    if isinstance(error, PermissionDenied):
        return JsonResponse({"code": "permission_denied", "detail": str(error.detail)}, status=status)
    return JsonResponse({"code": error.code, "detail": error.message}, status=status)
