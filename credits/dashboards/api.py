"""The dashboards over the API, for whoever may see them at the desk."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Role
from accounts.permissions import HasRole
from credits.dashboards import deficiencies, expiries
from credits.dashboards.deficiencies import StandingFilter, lacks_of, plain_units
from credits.dashboards.expiries import ExpiryFilter, endings_of
from credits.dashboards.unverified import unverified_boards
from credits.models import StandingSnapshot
from credits.selectors import school_today

TEAM = HasRole.of(Role.CE_OFFICER, Role.STAFF)
WORDS = OpenApiParameter("q", str, description="Words of a name, an address, a number.")


class LackSerializer(serializers.Serializer):
    code = serializers.CharField()
    units = serializers.CharField()
    what = serializers.CharField()


class StandingRowSerializer(serializers.Serializer):
    """One licence as of `as_of`, in the board's own unit. With a `gap_code` nothing can be said of it; `is_stale` says that it is being worked out anew."""

    licence = serializers.IntegerField()
    person = serializers.CharField()
    email = serializers.EmailField()
    board = serializers.CharField()
    number = serializers.CharField()
    status = serializers.CharField()
    gap_code = serializers.CharField()
    cycle_end = serializers.DateField(allow_null=True)
    deadline = serializers.DateField(allow_null=True)
    required_units = serializers.CharField()
    applied_units = serializers.CharField()
    needed_units = serializers.CharField()
    held_units = serializers.CharField(help_text="Of awards that are held: they do not count meanwhile.")
    missing = LackSerializer(many=True)
    blocked_by = serializers.ListField(child=serializers.CharField())
    late_until = serializers.DateField(allow_null=True)
    late_units = serializers.CharField()
    is_verified = serializers.BooleanField()
    is_stale = serializers.BooleanField()
    as_of = serializers.DateField()


class EndingSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=list(expiries.KINDS))
    id = serializers.IntegerField(source="pk")
    what = serializers.CharField()
    detail = serializers.CharField()
    email = serializers.SerializerMethodField()
    ends_on = serializers.DateField()
    days_left = serializers.IntegerField()

    def get_email(self, ending: expiries.Ending) -> str:
        return ending.person.email if ending.person else ""


class UnverifiedSerializer(serializers.Serializer):
    """`resting` licences stand on unverified facts; `withheld` of them get no reminder although their deadline is near."""

    board = serializers.CharField(source="board.code")
    verified = serializers.IntegerField()
    facts = serializers.IntegerField()
    licences = serializers.IntegerField()
    resting = serializers.IntegerField()
    withheld = serializers.IntegerField()


def _words(request: Request) -> str:
    return str(request.query_params.get("q", "")).replace("\x00", "").strip()


class StandingsView(GenericAPIView):
    """Who lacks what, the nearest deadline first."""

    permission_classes = [TEAM]
    queryset = StandingSnapshot.objects.none()
    serializer_class = StandingRowSerializer

    @extend_schema(
        operation_id="credits_standings_list",
        parameters=[
            OpenApiParameter("show", str, enum=list(deficiencies.SHOW), description="`lacking` without one."),
            OpenApiParameter("board", str, description="A board's code."),
            OpenApiParameter("within", int, enum=deficiencies.WITHIN, description="Days to the deadline."),
            OpenApiParameter("lacks", str, description="The code of a minimum that is not full."),
            OpenApiParameter("unverified", bool, description="`1` for those that rest on unverified facts."),
            WORDS,
        ],
        responses=StandingRowSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        today = school_today()
        page: list[Any] = self.paginate_queryset(StandingFilter.of(request.query_params.dict(), _words(request)).rows(today)) or []
        return self.get_paginated_response(StandingRowSerializer([_row(lack) for lack in lacks_of(page, today)], many=True).data)


def _row(lack: deficiencies.Lack) -> dict[str, Any]:
    row, licence = lack.snapshot, lack.snapshot.licence
    return {
        "licence": licence.pk,
        "person": str(licence.user),
        "email": licence.user.email,
        "board": licence.board.code,
        "number": licence.number,
        "status": row.status,
        "gap_code": row.gap_code,
        "cycle_end": row.cycle_end,
        "deadline": row.deadline,
        "required_units": plain_units(row.required),
        "applied_units": plain_units(row.applied),
        "needed_units": plain_units(row.needed),
        "held_units": plain_units(row.held),
        "missing": [{**part, "what": label} for part, (_units, label) in zip(row.missing, lack.parts, strict=True)],
        "blocked_by": row.blocked_by,
        "late_until": row.before_deadline if lack.late else None,
        "late_units": plain_units(row.before_needed) if lack.late else "",
        "is_verified": row.is_verified,
        "is_stale": getattr(row, "is_stale", False),
        "as_of": row.as_of,
    }


class ExpiriesView(GenericAPIView):
    """What ends soon, the soonest first."""

    permission_classes = [TEAM]
    queryset = StandingSnapshot.objects.none()
    serializer_class = EndingSerializer

    @extend_schema(
        operation_id="credits_endings_list",
        parameters=[
            OpenApiParameter("kind", str, enum=list(expiries.KINDS), description="`licences` without one."),
            OpenApiParameter("within", int, enum=expiries.WITHIN, description="Days; 90 without one."),
            WORDS,
        ],
        responses=EndingSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        today, chosen = school_today(), ExpiryFilter.of(request.query_params.dict(), _words(request))
        page: list[Any] = self.paginate_queryset(chosen.rows(today)) or []
        return self.get_paginated_response(EndingSerializer(endings_of(chosen.kind, page, today), many=True).data)


class UnverifiedView(GenericAPIView):
    """Boards with facts that nobody at the school has verified, those that hold back reminders first."""

    permission_classes = [TEAM]
    queryset = StandingSnapshot.objects.none()
    serializer_class = UnverifiedSerializer

    @extend_schema(operation_id="credits_unverified_list", responses=UnverifiedSerializer(many=True))
    def get(self, request: Request) -> Response:
        page: list[Any] = self.paginate_queryset(unverified_boards(school_today())) or []
        return self.get_paginated_response(UnverifiedSerializer(page, many=True).data)
