"""Boards, activities, and one's own licences, completions and awards; the CE officer's verbs."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.models import Role
from accounts.permissions import HasRole
from credits import services
from credits.api.serializers import (
    ActivitySerializer,
    AwardSerializer,
    BoardSerializer,
    ClaimInputSerializer,
    ClaimSerializer,
    CompletionSerializer,
    CorrectSerializer,
    IssueSerializer,
    LicenceAddSerializer,
    LicenceChangeSerializer,
    LicenceSerializer,
    MetDutySerializer,
    RenewalSerializer,
    RevokeSerializer,
    StatusSerializer,
)
from credits.models import Accreditation, Activity, Award, Board, Dossier, Licence
from credits.selectors import completions_of, school_today

OFFICER = [HasRole.of(Role.CE_OFFICER)]


class BoardViewSet(ReadOnlyModelViewSet):
    queryset = Board.objects.prefetch_related("accepts_approvals_of")
    serializer_class = BoardSerializer
    lookup_field = "code"


class ActivityViewSet(ReadOnlyModelViewSet):
    queryset = Activity.objects.all()
    serializer_class = ActivitySerializer

    def get_queryset(self) -> QuerySet[Activity]:
        approvals = Accreditation.objects.in_force_on(school_today()).select_related("board")
        return Activity.objects.prefetch_related(Prefetch("accreditations", approvals, to_attr="approvals_in_force"))


class LicenceViewSet(ReadOnlyModelViewSet):
    """The caller's own licences, archived ones too, with the facts their renewals are counted from."""

    queryset = Licence.objects.none()
    serializer_class = LicenceSerializer

    def get_queryset(self) -> QuerySet[Licence]:
        if not self.request.user.is_authenticated:  # the schema is drawn without a user
            return Licence.objects.none()
        return Licence.objects.visible_to(self.request.user).with_facts()


class CompletionViewSet(ReadOnlyModelViewSet):
    """The caller's own completions."""

    queryset = Dossier.objects.none()
    serializer_class = CompletionSerializer

    def get_queryset(self) -> QuerySet[Dossier]:
        return completions_of(self.request.user) if self.request.user.is_authenticated else Dossier.objects.none()


class AwardViewSet(ReadOnlyModelViewSet):
    """The caller's own awards, superseded ones too, each with its trace; every award for CE officers and staff."""

    queryset = Award.objects.none()
    serializer_class = AwardSerializer

    def get_queryset(self) -> QuerySet[Award]:
        user = self.request.user
        if not user.is_authenticated:
            return Award.objects.none()
        rows = Award.objects.all() if user.has_role(Role.CE_OFFICER, Role.STAFF) else Award.objects.visible_to(user)
        return rows.with_status().select_related("board").prefetch_related("entries")


class AddLicenceView(APIView):
    """POST: put a licence on file. Calling again with the same board and number returns the same one."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=LicenceAddSerializer, responses={201: LicenceSerializer})
    def post(self, request: Request) -> Response:
        form = LicenceAddSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        licence = services.add_licence(user=request.user, **form.validated_data)
        return Response(LicenceSerializer(licence).data, status=201)


class ChangeLicenceView(APIView):
    """POST: replace the number and dates of one's own licence."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=LicenceChangeSerializer, responses=LicenceSerializer)
    def post(self, request: Request, pk: int) -> Response:
        licence = get_object_or_404(Licence.objects.visible_to(request.user), pk=pk)
        form = LicenceChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        licence = services.change_licence(licence=licence, actor=request.user, **form.validated_data)
        return Response(LicenceSerializer(licence).data)


class RemoveLicenceView(APIView):
    """POST: take one's own licence off file; refused once an award rests on it."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        licence = get_object_or_404(Licence.objects.visible_to(request.user), pk=pk)
        services.remove_licence(licence=licence, actor=request.user)
        return Response(status=204)


class RecordStatusView(APIView):
    """POST: say that one's own licence is active or inactive from a day on. The same day again corrects it."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=StatusSerializer, responses=LicenceSerializer)
    def post(self, request: Request, pk: int) -> Response:
        licence, values = _own_licence(request, pk), _valid(StatusSerializer, request)
        row = licence.statuses.filter(begins_on=values["begins_on"]).first()
        services.record_status(licence=licence, actor=request.user, row=row, **values)
        return _with_facts(licence)


class RecordRenewalView(APIView):
    """POST: say what was done to renew at the end of a cycle. The same cycle end again corrects it."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=RenewalSerializer, responses=LicenceSerializer)
    def post(self, request: Request, pk: int) -> Response:
        licence, values = _own_licence(request, pk), _valid(RenewalSerializer, request)
        row = licence.renewals.filter(cycle_end=values["cycle_end"]).first()
        services.record_renewal(licence=licence, actor=request.user, row=row, **values)
        return _with_facts(licence)


class RecordDutyView(APIView):
    """POST: say in which earlier cycle a duty was met. The same again changes nothing."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=MetDutySerializer, responses=LicenceSerializer)
    def post(self, request: Request, pk: int) -> Response:
        licence, values = _own_licence(request, pk), _valid(MetDutySerializer, request)
        services.record_duty(licence=licence, actor=request.user, **values)
        return _with_facts(licence)


def _own_licence(request: Request, pk: int) -> Licence:
    return get_object_or_404(Licence.objects.visible_to(request.user).select_related("user"), pk=pk)


def _valid(serializer: type[Serializer], request: Request) -> dict[str, Any]:
    form = serializer(data=request.data)
    form.is_valid(raise_exception=True)
    return form.validated_data


def _with_facts(licence: Licence) -> Response:
    return Response(LicenceSerializer(Licence.objects.with_facts().get(pk=licence.pk)).data)


class ClaimView(APIView):
    """POST: claim one's own completion for a licence. The answer says what was decided, and why."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=ClaimInputSerializer, responses=ClaimSerializer)
    def post(self, request: Request, pk: int) -> Response:
        dossier = get_object_or_404(Dossier.objects.visible_to(request.user), pk=pk)
        form = ClaimInputSerializer(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        claim = services.claim_completion(dossier=dossier, licence=form.validated_data["licence"])
        return Response(ClaimSerializer(claim).data)


class IssueAwardView(APIView):
    """POST: award a completion the system did not see. The same again returns the same award."""

    permission_classes = OFFICER

    @extend_schema(request=IssueSerializer, responses={201: AwardSerializer})
    def post(self, request: Request) -> Response:
        form = IssueSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        learner, evidence = values.pop("learner"), values.pop("evidence")
        award = services.issue_award_by_hand(officer=request.user, user=learner, facts={"evidence": evidence}, **values)
        return Response(AwardSerializer(award).data, status=201)


class CorrectAwardView(APIView):
    """POST: write a new version that supersedes the award. The same correction again returns the same version."""

    permission_classes = OFFICER

    @extend_schema(request=CorrectSerializer, responses={201: AwardSerializer})
    def post(self, request: Request, pk: int) -> Response:
        award = get_object_or_404(Award, pk=pk)
        form = CorrectSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        changes = dict(form.validated_data)
        successor = services.correct_award(officer=request.user, award=award, reason=changes.pop("reason"), changes=changes)
        return Response(AwardSerializer(successor).data, status=201)


class RevokeAwardView(APIView):
    """POST: end an award. Calling again changes nothing."""

    permission_classes = OFFICER

    @extend_schema(request=RevokeSerializer, responses=AwardSerializer)
    def post(self, request: Request, pk: int) -> Response:
        award = get_object_or_404(Award, pk=pk)
        form = RevokeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        award = services.revoke_award(officer=request.user, award=award, **form.validated_data)
        return Response(AwardSerializer(award).data)
