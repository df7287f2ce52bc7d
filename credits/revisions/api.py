"""The boards' rules over the API: what holds, for everybody; drafts, sign-offs, dry runs and verifications, for CE officers."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.models import Role
from accounts.permissions import HasRole
from credits.models import Board, FactVerification, RuleRevision, RuleTrial, RuleTrialRow
from credits.revisions.drafts import adopt_what_if, discard_draft, save_draft, start_draft, take_new_base
from credits.revisions.selectors import differences_of, trial_rows
from credits.revisions.signing import confirm_revision, sign_alone, sign_revision, submit_revision, withdraw_revision
from credits.revisions.trials import start_trial
from credits.revisions.verification import facts_shown, verify_fact, withdraw_verification
from credits.rulebook import known
from credits.standings import names_by_code

OFFICER = [HasRole.of(Role.CE_OFFICER)]
TEAM = [HasRole.of(Role.CE_OFFICER, Role.STAFF)]


class SourceSerializer(serializers.Serializer):
    reference = serializers.CharField()
    read_on = serializers.DateField(allow_null=True)
    as_of = serializers.DateField(allow_null=True, help_text="The date the text says it is current through.")
    is_official = serializers.BooleanField()


class FactSerializer(serializers.Serializer):
    """One thing a board's document states, as it is counted and in sentences. `digest` names exactly this wording."""

    kind = serializers.CharField(source="fact.kind")
    name = serializers.CharField(source="fact.name")
    digest = serializers.CharField(source="fact.digest")
    content = serializers.JSONField(source="fact.content")
    sentences = serializers.ListField(child=serializers.CharField())
    sources = SourceSerializer(source="fact.sources", many=True)
    confidence = serializers.CharField(source="fact.confidence")
    is_verified = serializers.BooleanField()
    verification = serializers.IntegerField(source="verification.pk", default=None, allow_null=True)
    verified_on = serializers.DateField(source="verification.verified_on", default=None, allow_null=True)


class InForceSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    in_force_from = serializers.DateTimeField()
    sole_officer = serializers.BooleanField(help_text="One officer signed it off, and no second one since.")
    reason = serializers.CharField()


class BoardRulesSerializer(serializers.Serializer):
    """A board's rules in force. `revision` is null where they come straight from the program's files."""

    board = serializers.CharField()
    name = serializers.CharField()
    is_verified = serializers.BooleanField(help_text="Whether all that a renewal is counted by is verified.")
    verified_facts = serializers.SerializerMethodField()
    facts = serializers.SerializerMethodField()
    revision = InForceSerializer(allow_null=True)
    coming = InForceSerializer(allow_null=True, help_text="Signed off, and not yet in force.")

    def get_verified_facts(self, rules: Any) -> int:
        return int(rules.verified_count[0])

    def get_facts(self, rules: Any) -> int:
        return int(rules.verified_count[1])


class BoardRulesDetailSerializer(BoardRulesSerializer):
    """With the calendar and the rows in the vocabulary of a standing case."""

    calendar = serializers.JSONField(allow_null=True)
    rules = serializers.JSONField()
    fact_list = FactSerializer(many=True)


class MistakeSerializer(serializers.Serializer):
    line = serializers.IntegerField()
    sentence = serializers.CharField()


class ChangeSerializer(serializers.Serializer):
    state = serializers.ChoiceField(["added", "changed", "removed"])
    title = serializers.CharField()
    was = serializers.ListField(child=serializers.CharField())
    becomes = serializers.ListField(child=serializers.CharField())


class RevisionSerializer(serializers.ModelSerializer):
    board: Any = serializers.SlugRelatedField("code", read_only=True)
    author: Any = serializers.StringRelatedField()
    approved_by: Any = serializers.StringRelatedField()
    confirmed_by: Any = serializers.StringRelatedField()
    base: Any = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = RuleRevision
        fields = [
            "id", "board", "number", "base", "origin", "purpose", "author", "reason", "state", "submitted_at", "approved_at", "approved_by",
            "sole_officer", "sole_reason", "confirmed_at", "confirmed_by", "in_force_from", "withdrawn_at", "withdraw_reason",
        ]  # fmt: skip


class RevisionDetailSerializer(RevisionSerializer):
    """With its text, its mistakes and their lines, and what it changes in words (null while there are mistakes)."""

    mistakes = serializers.SerializerMethodField()
    changes = serializers.SerializerMethodField()

    class Meta(RevisionSerializer.Meta):
        fields = [*RevisionSerializer.Meta.fields, "text", "mistakes", "changes"]

    def to_representation(self, instance: RuleRevision) -> dict[str, Any]:
        self.differences = differences_of(instance)
        return super().to_representation(instance)

    @extend_schema_field(MistakeSerializer(many=True))
    def get_mistakes(self, revision: RuleRevision) -> list[dict[str, Any]]:
        return [dict(row) for row in MistakeSerializer(self.differences.checked.mistakes, many=True).data]

    @extend_schema_field(ChangeSerializer(many=True, allow_null=True))
    def get_changes(self, revision: RuleRevision) -> list[dict[str, Any]] | None:
        facts = self.differences.facts
        return None if facts is None else [dict(row) for row in ChangeSerializer(facts, many=True).data]


class TrialSerializer(serializers.ModelSerializer):
    """A dry run. `effects` counts the licences by effect once it is finished."""

    percent = serializers.IntegerField(read_only=True)
    is_finished = serializers.BooleanField(read_only=True)

    class Meta:
        model = RuleTrial
        fields = ["id", "revision", "as_of", "total", "examined", "changed", "effects", "percent", "is_finished", "error"]


class TrialRowSerializer(serializers.ModelSerializer):
    class Meta:
        model = RuleTrialRow
        fields = ["licence", "effect", "is_undone", "needed_before", "needed_after", "deadline", "before", "after"]


class DraftInput(serializers.Serializer):
    """Without `text` and `follows` the draft begins with what is in force."""

    text = serializers.CharField(required=False, max_length=100_000, trim_whitespace=False)
    follows = serializers.PrimaryKeyRelatedField(queryset=RuleRevision.objects.all(), required=False)
    purpose = serializers.ChoiceField(RuleRevision.Purpose.choices, default=RuleRevision.Purpose.CHANGE)
    reason = serializers.CharField(default="", max_length=2000, allow_blank=True)


class SaveInput(serializers.Serializer):
    text = serializers.CharField(max_length=100_000, trim_whitespace=False)
    reason = serializers.CharField(default="", max_length=2000, allow_blank=True)
    seen_text = serializers.CharField(required=False, trim_whitespace=False, help_text="The text you started from: refused when another was kept since.")


class ReasonInput(serializers.Serializer):
    reason = serializers.CharField(max_length=2000)


class SignInput(serializers.Serializer):
    is_read = serializers.BooleanField(help_text="That the differences and the dry run were read; must be true.")

    def validate_is_read(self, value: bool) -> bool:
        if not value:
            raise serializers.ValidationError(_("Read the differences and the dry run first: your signature says that you did."))
        return value


class SignAloneInput(SignInput):
    reason = serializers.CharField(max_length=2000)


class VerifyInput(serializers.Serializer):
    kind = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=250)
    digest = serializers.CharField(max_length=64)
    source_seen = serializers.CharField(max_length=1000)


class VerificationSerializer(serializers.ModelSerializer):
    board: Any = serializers.SlugRelatedField("code", read_only=True)

    class Meta:
        model = FactVerification
        fields = ["id", "board", "kind", "name", "digest", "verified_by_name", "verified_on", "source_seen", "withdrawn_at", "withdraw_reason"]


class RuleListView(APIView):
    """GET: every board's rules in force, in short."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=BoardRulesSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(BoardRulesSerializer(known().values(), many=True).data)


class RuleDetailView(APIView):
    """GET: a board's rules in force, fact by fact, each with its source, its date and whether somebody verified it."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=BoardRulesDetailSerializer)
    def get(self, request: Request, code: str) -> Response:
        board = get_object_or_404(Board.objects.filter(code__in=known()), code=code)
        rules = known()[board.code]
        shown = BoardRulesSerializer(rules).data
        facts = FactSerializer(facts_shown(board, rules, names_by_code()), many=True).data
        return Response({**shown, "calendar": rules.calendar, "rules": rules.case_rules(), "fact_list": facts})


class VerifyFactView(APIView):
    """POST: say that you re-read the source of a fact in force and found it right. The same again changes nothing."""

    permission_classes = OFFICER

    @extend_schema(request=VerifyInput, responses={201: VerificationSerializer})
    def post(self, request: Request, code: str) -> Response:
        board = get_object_or_404(Board, code=code)
        form = VerifyInput(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(VerificationSerializer(verify_fact(officer=request.user, board=board, **form.validated_data)).data, status=201)


class WithdrawVerificationView(APIView):
    """POST: a fact is not verified after all. Calling again changes nothing."""

    permission_classes = OFFICER

    @extend_schema(request=ReasonInput, responses=VerificationSerializer)
    def post(self, request: Request, pk: int) -> Response:
        row = get_object_or_404(FactVerification, pk=pk)
        form = ReasonInput(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(VerificationSerializer(withdraw_verification(officer=request.user, verification=row, **form.validated_data)).data)


class DraftView(APIView):
    """POST: begin a draft of a board's whole document."""

    permission_classes = OFFICER

    @extend_schema(request=DraftInput, responses={201: RevisionDetailSerializer})
    def post(self, request: Request, code: str) -> Response:
        board = get_object_or_404(Board, code=code)
        form = DraftInput(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(RevisionDetailSerializer(start_draft(officer=request.user, board=board, **form.validated_data)).data, status=201)


@extend_schema_view(list=extend_schema(parameters=[OpenApiParameter("board", str), OpenApiParameter("state", str, enum=RuleRevision.State.values)]))
class RevisionViewSet(ReadOnlyModelViewSet):
    """Every revision, the newest first; of the drafts, one's own."""

    permission_classes = TEAM
    queryset = RuleRevision.objects.none()

    def get_queryset(self) -> QuerySet[RuleRevision]:
        rows = RuleRevision.objects.select_related("board", "author", "approved_by", "confirmed_by", "base")
        if self.action != "list":
            return rows
        rows = rows.defer("text", "content", "base__text", "base__content")
        rows = rows.exclude(state=RuleRevision.State.DRAFT) | rows.filter(author=self.request.user.pk)
        query = self.request.query_params
        if query.get("board"):
            rows = rows.filter(board__code=query["board"])
        return rows.filter(state=query["state"]) if query.get("state") in RuleRevision.State.values else rows

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return RevisionSerializer if self.action == "list" else RevisionDetailSerializer


class RevisionAct(APIView):
    """One verb on one revision; answers with the revision as it is then."""

    permission_classes = OFFICER
    serializer: type[serializers.Serializer] | None = None

    def act(self, officer: Any, revision: RuleRevision, values: dict[str, Any]) -> RuleRevision:
        raise NotImplementedError

    def post(self, request: Request, pk: int) -> Response:
        revision = get_object_or_404(RuleRevision.objects.select_related("board", "base"), pk=pk)
        values: dict[str, Any] = {}
        if self.serializer is not None:
            form = self.serializer(data=request.data)
            form.is_valid(raise_exception=True)
            values = form.validated_data
        return Response(RevisionDetailSerializer(self.act(request.user, revision, values)).data)


@extend_schema_view(post=extend_schema(request=SaveInput, responses=RevisionDetailSerializer))
class SaveView(RevisionAct):
    """POST: keep a draft's text, right or not."""

    serializer = SaveInput

    def act(self, officer: Any, revision: RuleRevision, values: dict[str, Any]) -> RuleRevision:
        return save_draft(officer=officer, draft=revision, **values)


@extend_schema_view(post=extend_schema(request=ReasonInput, responses=RevisionDetailSerializer))
class SubmitView(RevisionAct):
    """POST: hand a draft over for sign-off; a dry run begins."""

    serializer = ReasonInput

    def act(self, officer: Any, revision: RuleRevision, values: dict[str, Any]) -> RuleRevision:
        return submit_revision(officer=officer, draft=revision, **values)


@extend_schema_view(post=extend_schema(request=SignInput, responses=RevisionDetailSerializer))
class SignView(RevisionAct):
    """POST: put another officer's revision in force. Signing again changes nothing."""

    serializer = SignInput

    def act(self, officer: Any, revision: RuleRevision, values: dict[str, Any]) -> RuleRevision:
        return sign_revision(officer=officer, revision=revision)


@extend_schema_view(post=extend_schema(request=SignAloneInput, responses=RevisionDetailSerializer))
class SignAloneView(RevisionAct):
    """POST: sign off one's own revision without a second officer; it takes force in 24 hours, and it shows."""

    serializer = SignAloneInput

    def act(self, officer: Any, revision: RuleRevision, values: dict[str, Any]) -> RuleRevision:
        return sign_alone(officer=officer, revision=revision, reason=values["reason"])


@extend_schema_view(post=extend_schema(request=SignInput, responses=RevisionDetailSerializer))
class ConfirmView(RevisionAct):
    """POST: sign afterwards, as the second officer, what one signed off alone."""

    serializer = SignInput

    def act(self, officer: Any, revision: RuleRevision, values: dict[str, Any]) -> RuleRevision:
        return confirm_revision(officer=officer, revision=revision)


@extend_schema_view(post=extend_schema(request=ReasonInput, responses=RevisionDetailSerializer))
class WithdrawView(RevisionAct):
    """POST: take back or refuse what waits for a sign-off or for its time."""

    serializer = ReasonInput

    def act(self, officer: Any, revision: RuleRevision, values: dict[str, Any]) -> RuleRevision:
        return withdraw_revision(officer=officer, revision=revision, **values)


@extend_schema_view(post=extend_schema(request=None, responses=RevisionDetailSerializer))
class AdoptView(RevisionAct):
    """POST: make a what-if a draft that can be submitted."""

    def act(self, officer: Any, revision: RuleRevision, values: dict[str, Any]) -> RuleRevision:
        return adopt_what_if(officer=officer, draft=revision)


@extend_schema_view(post=extend_schema(request=None, responses=RevisionDetailSerializer))
class RebaseView(RevisionAct):
    """POST: compare a draft with what was signed off since it was begun."""

    def act(self, officer: Any, revision: RuleRevision, values: dict[str, Any]) -> RuleRevision:
        return take_new_base(officer=officer, draft=revision)


class DiscardView(APIView):
    """POST: throw one's own draft away, with its dry runs."""

    permission_classes = OFFICER

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        discard_draft(officer=request.user, draft=get_object_or_404(RuleRevision, pk=pk))
        return Response(status=204)


class TryView(APIView):
    """POST: start a dry run of what a revision says now. The same text again returns the same dry run."""

    permission_classes = OFFICER

    @extend_schema(request=None, responses={202: TrialSerializer})
    def post(self, request: Request, pk: int) -> Response:
        revision = get_object_or_404(RuleRevision.objects.select_related("board"), pk=pk)
        return Response(TrialSerializer(start_trial(officer=request.user, revision=revision)).data, status=202)


class TrialViewSet(ReadOnlyModelViewSet):
    """Dry runs, the newest first."""

    permission_classes = OFFICER
    queryset = RuleTrial.objects.defer("content")
    serializer_class = TrialSerializer


@extend_schema_view(list=extend_schema(parameters=[OpenApiParameter("effect", str, enum=["undone", *RuleTrialRow.Effect.values])]))
class TrialRowViewSet(ReadOnlyModelViewSet):
    """Whose standing would change, the nearest deadline first."""

    permission_classes = OFFICER
    queryset = RuleTrialRow.objects.none()
    serializer_class = TrialRowSerializer

    def get_queryset(self) -> QuerySet[RuleTrialRow]:
        if "trial" not in self.kwargs:  # the schema is drawn without one
            return RuleTrialRow.objects.none()
        trial = get_object_or_404(RuleTrial, pk=self.kwargs["trial"])
        return trial_rows(trial, self.request.query_params.get("effect", ""))
