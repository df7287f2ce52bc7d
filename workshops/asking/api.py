"""The same over the API. The addresses hand over the kind and its serializers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from workshops.asking.kinds import Kind
from workshops.asking.links import link_token
from workshops.models import Asked
from workshops.models.asking import AskedQuerySet


class AskedSerializer(serializers.ModelSerializer):
    """`token` is the key to it, as in the link of its mail."""

    token = serializers.SerializerMethodField()

    def get_token(self, asked: Asked) -> str:
        return link_token(asked)


class AskerSerializer(serializers.Serializer):
    email = serializers.EmailField(required=False, help_text="Of somebody who is not signed in; it is written to and has to be confirmed.")


class SentSerializer(serializers.Serializer):
    """To an address goes a mail; the answer says nothing of whether anybody is known by it."""

    sent_to = serializers.EmailField()


class AskedListView(ListAPIView):
    """The caller's own; a subclass's POST asks for one."""

    kind: ClassVar[Kind[Any]]

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self.request.method == "POST" else [IsAuthenticated()]

    def get_queryset(self) -> AskedQuerySet:
        rows: AskedQuerySet = self.kind.model._default_manager.all()
        if not self.request.user.is_authenticated:  # the schema is drawn without a user
            return rows.none()
        return rows.asked_by(self.request.user).exclude(state=Asked.State.UNCONFIRMED)

    def ask(self, request: Request, form: serializers.Serializer, ask: Callable[[Any, str], Asked]) -> Response:
        """`ask` is given the user, or None and an address."""
        email = form.validated_data.get("email", "")
        if not request.user.is_authenticated and not email:
            raise serializers.ValidationError({"email": "Sign in, or give an address to confirm."})
        self.kind.check_limit(request)
        if request.user.is_authenticated:
            return Response(self.get_serializer(ask(request.user, "")).data, status=201)
        ask(None, email)
        return Response({"sent_to": email}, status=202)


class AskedView(APIView):
    """One of them, by its token."""

    permission_classes = [AllowAny]
    kind: Kind[Any] = None  # type: ignore[assignment]  # the address says which
    serializer_class: type[serializers.Serializer] = AskedSerializer

    def asked(self, token: str) -> Any:
        asked = self.kind.find(token)
        if asked is None:
            raise Http404
        return asked

    def answer(self, asked: Asked) -> Response:
        return Response(self.serializer_class(asked).data)


class AskedDetailView(AskedView):
    """GET: one of them, by its token. A subclass's PUT changes it."""

    def get(self, request: Request, token: str) -> Response:
        return self.answer(self.asked(token))

    def change(self, token: str, form: serializers.Serializer) -> Response:
        asked = self.asked(token)
        form.is_valid(raise_exception=True)
        return self.answer(self.kind.change(asked, form))


class AskedConfirmView(AskedView):
    """POST: confirm it. Calling again changes nothing."""

    @extend_schema(request=None)
    def post(self, request: Request, token: str) -> Response:
        return self.answer(self.kind.confirm(self.asked(token)))


class AskedRenewView(AskedView):
    """POST: it holds for a year from today, or again."""

    @extend_schema(request=None)
    def post(self, request: Request, token: str) -> Response:
        return self.answer(self.kind.renew(self.asked(token)))


class AskedStopView(AskedView):
    """POST: it counts no longer, and no more mail comes of it. Calling again changes nothing."""

    @extend_schema(request=None)
    def post(self, request: Request, token: str) -> Response:
        return self.answer(self.kind.stop(self.asked(token)))
