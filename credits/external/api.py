"""Credit earned elsewhere over the API: one's own, and the reviewers' queue."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.models import User
from accounts.permissions import HasRole
from core.api import JSONParser
from core.audit import record_audit
from core.limits import check_limit
from credits.api.serializers import CategoryPartSerializer
from credits.days import IN_OUR_TIME
from credits.external.forms import MAX_UNITS
from credits.external.selectors import STATES, QueueFilter, hints_for
from credits.external.services import MAX_PROOFS, REVIEWERS, Facts, correct_external, review_external, submit_external, withdraw_external
from credits.external.views import SEND_RATE, proof_answer
from credits.models import Board, DeliveryMode, ExternalCredit, ExternalEntry, ExternalProof

REVIEWER = HasRole.of(*REVIEWERS)


class ExternalEntrySerializer(serializers.ModelSerializer):
    class Meta:
        model = ExternalEntry
        fields = ["kind", "at", "note"]


class ExternalProofSerializer(serializers.ModelSerializer):
    class Meta:
        model = ExternalProof
        fields = ["id", "name", "media_type", "size_bytes", "sha256", "purged_at"]


class ExternalCreditSerializer(serializers.ModelSerializer):
    """One version with its state and everything that happened to it. Never reported to a board by the school."""

    board: serializers.SlugRelatedField[Board] = serializers.SlugRelatedField(slug_field="code", read_only=True)
    approval_board: serializers.SlugRelatedField[Board] = serializers.SlugRelatedField(slug_field="code", read_only=True, allow_null=True)
    category_split = CategoryPartSerializer(many=True, source="split_shown", read_only=True)
    labels = serializers.ListField(child=serializers.CharField(), read_only=True)
    status = serializers.ChoiceField(choices=ExternalCredit.Status.choices, read_only=True)
    entries = ExternalEntrySerializer(many=True, read_only=True)
    proofs = ExternalProofSerializer(many=True, read_only=True)

    class Meta:
        model = ExternalCredit
        fields = [
            "id", "key", "version", "supersedes", "board", "title", "provider_name", "provider_number", "completed_on", "units", "unit_printed",
            "category_split", "labels", "mode", "hands_on_percent", "approval_board", "approval_number", "status", "recorded_at", "entries", "proofs",
        ]  # fmt: skip


class QueuedSerializer(ExternalCreditSerializer):
    """With whose it is, and, for one alone, what the reviewer should look at twice."""

    holder = serializers.CharField(source="user.email", read_only=True)
    hints = serializers.SerializerMethodField()

    class Meta(ExternalCreditSerializer.Meta):
        fields = [*ExternalCreditSerializer.Meta.fields, "holder", "hints"]

    def get_hints(self, credit: ExternalCredit) -> list[str]:
        return hints_for(credit) if self.context["view"].action == "retrieve" else []


class SplitPartSerializer(serializers.Serializer):
    category = serializers.CharField(max_length=120)
    units = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=Decimal("0.01"))


@extend_schema_field(SplitPartSerializer(many=True))
class SplitField(serializers.Field):
    """A list of {category, units}; as JSON text where the rest is sent as a form."""

    def to_internal_value(self, data: Any) -> list[dict[str, str]]:
        if isinstance(data, str):
            try:
                data = json.loads(data)
            except ValueError as error:
                raise serializers.ValidationError(_("Give the list as JSON text.")) from error
        parts = SplitPartSerializer(data=data, many=True)
        parts.is_valid(raise_exception=True)
        return [{"category": part["category"], "units": f"{part['units'].normalize():f}"} for part in parts.validated_data]


class ExternalInputSerializer(serializers.Serializer):
    """What the certificate says. `proofs` are sent as multipart/form-data; `keep` are ids of proofs already on file."""

    title = serializers.CharField(max_length=200)
    provider_name = serializers.CharField(max_length=160)
    provider_number = serializers.CharField(max_length=80, allow_blank=True, default="")
    completed_on = serializers.DateField(validators=IN_OUR_TIME)
    units = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=Decimal("0.01"), max_value=MAX_UNITS)
    mode = serializers.ChoiceField(choices=DeliveryMode.choices)
    category_split = SplitField(default=list)
    labels = serializers.ListField(child=serializers.CharField(max_length=120), default=list, max_length=10)
    hands_on_percent = serializers.IntegerField(min_value=0, max_value=100, allow_null=True, default=None)
    approval_board = serializers.SlugRelatedField(slug_field="code", queryset=Board.objects.all(), allow_null=True, default=None)
    approval_number = serializers.CharField(max_length=80, allow_blank=True, default="")
    proofs = serializers.ListField(child=serializers.FileField(max_length=200), default=list, max_length=MAX_PROOFS)
    keep = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=2**62), default=list, max_length=MAX_PROOFS)
    note = serializers.CharField(max_length=2000, allow_blank=True, default="")

    def arguments(self, user: Any) -> dict[str, Any]:
        """What the services take, out of valid data."""
        values = dict(self.validated_data)
        keep = ExternalProof.objects.filter(user=user, pk__in=values.pop("keep"), purged_at__isnull=True)
        rest = {name: values.pop(name) for name in ("proofs", "note")}
        return {"facts": Facts(**{name: value for name, value in values.items() if name != "board"}), "keep": list(keep), **rest}


class ExternalAddSerializer(ExternalInputSerializer):
    board = serializers.SlugRelatedField(slug_field="code", queryset=Board.objects.licensing())


class ReviewSerializer(serializers.Serializer):
    decision = serializers.ChoiceField(choices=[ExternalEntry.Kind.ACCEPTED, ExternalEntry.Kind.ASKED, ExternalEntry.Kind.REFUSED])
    note = serializers.CharField(max_length=2000, allow_blank=True, default="")


class ExternalViewSet(ReadOnlyModelViewSet):
    """The caller's own, the newest version of each; older ones by their id."""

    queryset = ExternalCredit.objects.none()
    serializer_class = ExternalCreditSerializer

    def get_queryset(self) -> QuerySet[ExternalCredit]:
        if not self.request.user.is_authenticated:  # the schema is drawn without a user
            return ExternalCredit.objects.none()
        rows = ExternalCredit.objects.visible_to(self.request.user).for_lists()
        return rows.latest() if self.action == "list" else rows


@extend_schema_view(list=extend_schema(parameters=[OpenApiParameter("state", str, enum=list(STATES)), OpenApiParameter("q", str)]))
class ExternalQueueViewSet(ReadOnlyModelViewSet):
    """What learners typed in, for reviewers; what waits longest comes first."""

    permission_classes = [REVIEWER]
    queryset = ExternalCredit.objects.none()
    serializer_class = QueuedSerializer

    def get_queryset(self) -> QuerySet[ExternalCredit]:
        if self.action != "list":
            return ExternalCredit.objects.for_lists()
        query = self.request.query_params
        found = QueueFilter.of(query.dict(), query.get("q", "").replace("\x00", "").strip()).rows()
        return found.for_lists()


class AddExternalView(APIView):
    """POST: put a credit earned elsewhere on record, pending until its proof is accepted. The same again returns the same."""

    permission_classes = [IsAuthenticated]
    parser_classes = [MultiPartParser, JSONParser]

    @extend_schema(request={"multipart/form-data": ExternalAddSerializer}, responses={201: ExternalCreditSerializer})
    def post(self, request: Request) -> Response:
        check_limit(request, group="external-credit", rate=SEND_RATE)
        form = ExternalAddSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        credit = submit_external(user=request.user, board=form.validated_data["board"], **form.arguments(request.user))
        return Response(_shown(credit), status=201)


class CorrectExternalView(APIView):
    """POST: send a new version of one's own, whole; it waits for review again. Proofs not named in `keep` stay behind."""

    permission_classes = [IsAuthenticated]
    parser_classes = [MultiPartParser, JSONParser]

    @extend_schema(request={"multipart/form-data": ExternalInputSerializer}, responses={201: ExternalCreditSerializer})
    def post(self, request: Request, pk: int) -> Response:
        credit = get_object_or_404(ExternalCredit.objects.visible_to(request.user), pk=pk)
        check_limit(request, group="external-credit", rate=SEND_RATE)
        form = ExternalInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(_shown(correct_external(credit=credit, actor=request.user, **form.arguments(request.user))), status=201)


class WithdrawExternalView(APIView):
    """POST: take one's own off the record. Calling again changes nothing."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=None, responses=ExternalCreditSerializer)
    def post(self, request: Request, pk: int) -> Response:
        credit = get_object_or_404(ExternalCredit.objects.visible_to(request.user), pk=pk)
        return Response(_shown(withdraw_external(credit=credit, actor=request.user)))


class ReviewExternalView(APIView):
    """POST: accept it, ask for more, or refuse it; the note goes to the holder. The same again changes nothing."""

    permission_classes = [REVIEWER]

    @extend_schema(request=ReviewSerializer, responses=ExternalCreditSerializer)
    def post(self, request: Request, pk: int) -> Response:
        credit = get_object_or_404(ExternalCredit, pk=pk)
        form = ReviewSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(_shown(review_external(credit=credit, reviewer=request.user, **form.validated_data)))


class ExternalProofView(APIView):
    """GET: the file of a proof: one's own, or any for reviewers."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponse:
        user = request.user
        rows = ExternalProof.objects.all() if isinstance(user, User) and user.has_role(*REVIEWERS) else ExternalProof.objects.filter(user=user.pk)
        proof = get_object_or_404(rows, pk=pk)
        answer = proof_answer(proof)
        if proof.user_id != request.user.pk:
            record_audit(actor=request.user, action="credits.open_external_proof", record=proof)
        return answer


def _shown(credit: ExternalCredit) -> Any:
    return ExternalCreditSerializer(ExternalCredit.objects.for_lists().get(pk=credit.pk)).data
