"""Registering, tickets and what a workshop asks, for programs: the same as on the pages."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role, User
from accounts.permissions import HasRole
from core.limits import check_limit
from credits.models import Board
from payments.models import Price
from payments.services import open_checkout
from workshops.api.serializers import SeatSerializer
from workshops.booking import asking
from workshops.booking.answers import AnswerRow, answer_rows, questions_of, seats_of
from workshops.booking.details import Details, details_of
from workshops.booking.inviting import decline
from workshops.booking.services import Guest, Told, keep_booking, order_seats, review_statement, save_details, take_seats
from workshops.booking.tickets import printed_code, ticket_code, ticket_url
from workshops.models import Question, Registration, Requirement, Seat, Statement, Waiver, Workshop

READERS = [HasRole.of(Role.STAFF, Role.INSTRUCTOR, Role.CE_OFFICER)]
TEACHERS = [HasRole.of(Role.STAFF, Role.INSTRUCTOR)]
ORDERS, ORDERS_RATE = "payments.begin_order", "40/h"  # counted together with those begun on pages


class QuestionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Question
        fields = ["id", "kind", "text", "help_text", "choices", "is_required"]


class AskedSerializer(serializers.Serializer):
    question = QuestionSerializer()
    answer = serializers.CharField(source="value")


class RequirementStateSerializer(serializers.Serializer):
    """`state` is met, waiting (a statement is to be read), accepted, refused or missing; `why` says by what it is met."""

    id = serializers.IntegerField(source="requirement.pk")
    kind = serializers.ChoiceField(source="requirement.kind", choices=Requirement.Kind.choices)
    sentence = serializers.CharField(source="requirement.sentence")
    takes_statement = serializers.BooleanField(source="requirement.takes_statement")
    state = serializers.ChoiceField(source="code", choices=["met", "waiting", "accepted", "refused", "missing"])
    why = serializers.CharField()


class WaiverWordingSerializer(serializers.Serializer):
    version = serializers.IntegerField(source="waiver.pk")
    number = serializers.IntegerField(source="waiver.number")
    text = serializers.CharField(source="waiver.text")
    accepted_at = serializers.DateTimeField(source="accepted.accepted_at", allow_null=True, default=None)


class RegistrationDetailsSerializer(serializers.Serializer):
    """What a workshop asks of the caller, what they have told it, and what is missing (a sentence each)."""

    questions = AskedSerializer(source="asked", many=True)
    requirements = RequirementStateSerializer(source="checked", many=True)
    waiver = serializers.SerializerMethodField()
    missing = serializers.ListField(child=serializers.CharField())
    is_complete = serializers.BooleanField()

    @extend_schema_field(WaiverWordingSerializer(allow_null=True))
    def get_waiver(self, details: Details) -> Any:
        return WaiverWordingSerializer(details).data if details.waiver else None


class GivenAnswerSerializer(serializers.Serializer):
    question = serializers.IntegerField()
    answer = serializers.CharField(max_length=2000, allow_blank=True)


class GivenStatementSerializer(serializers.Serializer):
    requirement = serializers.IntegerField()
    text = serializers.CharField(max_length=2000)


class GivenLicenceSerializer(serializers.Serializer):
    board = serializers.SlugRelatedField(slug_field="code", queryset=Board.objects.all())
    number = serializers.CharField(max_length=60)


class GivenWaiverSerializer(serializers.Serializer):
    """The version that was read, and the person's full name as their signature."""

    version = serializers.IntegerField()
    name = serializers.CharField(max_length=160)


class TellSerializer(serializers.Serializer):
    """What a person tells a workshop; whatever is left out stays as it is."""

    place = serializers.ChoiceField(choices=Seat.Place.choices, required=False)
    answers = GivenAnswerSerializer(many=True, required=False)
    statements = GivenStatementSerializer(many=True, required=False)
    licence = GivenLicenceSerializer(required=False)
    waiver = GivenWaiverSerializer(required=False)

    def told(self) -> Told:
        values = self.validated_data
        licence, waiver = values.get("licence") or {}, values.get("waiver") or {}
        return Told(
            place=values.get("place", ""),
            answers={row["question"]: row["answer"] for row in values.get("answers", ())},
            statements={row["requirement"]: row["text"] for row in values.get("statements", ())},
            licence_board=licence.get("board"),
            licence_number=licence.get("number", ""),
            waiver=waiver.get("version"),
            waiver_name=waiver.get("name", ""),
        )


class ColleagueSerializer(serializers.Serializer):
    email = serializers.EmailField()
    name = serializers.CharField(max_length=120)
    place = serializers.ChoiceField(choices=Seat.Place.choices, default=Seat.Place.ROOM)


class RegisterSerializer(TellSerializer):
    """Who comes, and what the caller tells the workshop. An empty one registers the caller alone."""

    is_coming = serializers.BooleanField(default=True)
    colleagues = ColleagueSerializer(many=True, required=False)

    def guests(self) -> list[Guest]:
        return [Guest(**row) for row in self.validated_data.get("colleagues", ())]


class OrderSeatsSerializer(RegisterSerializer):
    price = serializers.PrimaryKeyRelatedField(queryset=Price.objects.active().select_related("product"))
    code = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    pays = serializers.ChoiceField(["all", "deposit"], default="all", help_text="With a deposit the rest is a balance, due on its own day.")


class SeatOrderSerializer(serializers.Serializer):
    """The order, and where it is paid; no address when there is nothing to pay any more."""

    order = serializers.CharField()
    pay_at = serializers.URLField(allow_blank=True)


class TicketSerializer(serializers.Serializer):
    code = serializers.CharField()
    printed = serializers.CharField()
    url = serializers.URLField()


class AnswersSerializer(serializers.Serializer):
    """One seat with what its holder told the workshop."""

    seat = serializers.IntegerField(source="seat.pk")
    person = serializers.EmailField(source="seat.learner.email")
    place = serializers.CharField(source="seat.place")
    details = RegistrationDetailsSerializer()


class StatementSerializer(serializers.ModelSerializer):
    workshop = serializers.CharField(source="registration.workshop.slug")
    person = serializers.EmailField(source="registration.learner.email")
    needed = serializers.CharField(source="requirement.sentence")

    class Meta:
        model = Statement
        fields = ["id", "workshop", "person", "needed", "text", "state", "note"]


class StatementReviewSerializer(serializers.Serializer):
    is_enough = serializers.BooleanField()
    note = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class RequirementSerializer(serializers.ModelSerializer):
    board: serializers.SlugRelatedField[Board] = serializers.SlugRelatedField(slug_field="code", queryset=Board.objects.all(), required=False, allow_null=True)

    class Meta:
        model = Requirement
        fields = ["id", "kind", "activity", "board", "words", "takes_statement"]


class WaiverChoiceSerializer(serializers.Serializer):
    waiver = serializers.PrimaryKeyRelatedField(queryset=Waiver.objects.all(), allow_null=True)


class WaiverSerializer(serializers.Serializer):
    """A waiver with its newest wording. Without an id a new one is written; the same words again change nothing."""

    id = serializers.PrimaryKeyRelatedField(queryset=Waiver.objects.all(), required=False)
    name = serializers.CharField(max_length=120, required=False, default="")
    text = serializers.CharField(max_length=20_000)
    number = serializers.IntegerField(read_only=True)


def _person(request: Request) -> User:
    return cast(User, request.user)  # the permission let only people in


def _workshop(request: Request, slug: str) -> Workshop:
    return get_object_or_404(Workshop.objects.visible_to(request.user).select_related("venue", "waiver"), slug=slug)


def _editable(request: Request, slug: str) -> Workshop:
    return get_object_or_404(Workshop.objects.editable_by(request.user), slug=slug)


class RegistrationView(APIView):
    """GET: what the workshop asks of the caller. PATCH: tell it something, before or after having a seat."""

    @extend_schema(responses=RegistrationDetailsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(RegistrationDetailsSerializer(details_of(_workshop(request, slug), request.user)).data)

    @extend_schema(request=TellSerializer, responses=RegistrationDetailsSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        form = TellSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        details = save_details(workshop=_workshop(request, slug), learner=_person(request), told=form.told())
        return Response(RegistrationDetailsSerializer(details).data)


class RegisterView(APIView):
    """POST: take seats that cost nothing, for the caller, for colleagues, or both. Calling again returns the same seat."""

    @extend_schema(request=RegisterSerializer, responses={201: SeatSerializer})
    def post(self, request: Request, slug: str) -> Response:
        form = RegisterSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        workshop, person = _workshop(request, slug), _person(request)
        check_limit(request, group=ORDERS, rate=ORDERS_RATE)
        booking = keep_booking(workshop=workshop, buyer=person, is_coming=form.validated_data["is_coming"], guests=form.guests())
        if booking.is_coming and set(form.initial_data) & {"place", "answers", "statements", "licence", "waiver"}:
            save_details(workshop=workshop, learner=person, told=form.told())
        seat = take_seats(booking=booking)[0]
        # How to join is told to who has the seat, and since when they have one is theirs to know.
        theirs = {} if seat.learner_id == person.pk else {"joining": None, "created_at": None}
        return Response({**SeatSerializer(seat).data, **theirs}, status=201)


class OrderSeatsView(APIView):
    """POST: order seats that cost something; they are held for 30 minutes while the answer's address is paid at. A repeat returns the open order."""

    @extend_schema(request=OrderSeatsSerializer, responses={201: SeatOrderSerializer})
    def post(self, request: Request, slug: str) -> Response:
        form = OrderSeatsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        check_limit(request, group=ORDERS, rate=ORDERS_RATE)
        workshop, person, values = _workshop(request, slug), _person(request), form.validated_data
        booking = keep_booking(workshop=workshop, buyer=person, is_coming=values["is_coming"], guests=form.guests())
        if booking.is_coming:
            save_details(workshop=workshop, learner=person, told=form.told())
        order = order_seats(booking=booking, price=values["price"], promotion=values["code"], with_deposit=values["pays"] == "deposit")
        pay_at = "" if order.is_paid or order.processing_at else open_checkout(order=order).url
        return Response(SeatOrderSerializer({"order": str(order.number), "pay_at": pay_at}).data, status=201)


class TicketView(APIView):
    """GET: the ticket of one of the caller's seats."""

    @extend_schema(responses=TicketSerializer)
    def get(self, request: Request, pk: int) -> Response:
        seat = get_object_or_404(Seat.objects.confirmed(), pk=pk, learner=_person(request))
        code = ticket_code(seat)
        return Response(TicketSerializer({"code": code, "printed": printed_code(code), "url": ticket_url(seat)}).data)


class DeclineView(APIView):
    """POST: the caller, whom a colleague registered, does not come. Calling again changes nothing."""

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, slug: str) -> Response:
        invited = Registration.objects.filter(invited_at__isnull=False, learner=_person(request))
        decline(registration=get_object_or_404(invited, workshop=_workshop(request, slug)))
        return Response(status=204)


class AnswersView(ListAPIView):
    """GET: everybody with a seat, with what they told the workshop."""

    permission_classes = READERS
    serializer_class = AnswersSerializer
    queryset = Seat.objects.none()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        workshop = get_object_or_404(Workshop.objects.roster_visible_to(request.user).select_related("venue"), slug=kwargs["slug"])
        page = self.paginate_queryset(seats_of(workshop)) or []
        rows: list[AnswerRow] = answer_rows(workshop, page, questions_of(workshop))
        return self.get_paginated_response(AnswersSerializer(rows, many=True).data)


class StatementListView(ListAPIView):
    """GET: statements that wait to be read, of the workshops the caller runs."""

    permission_classes = TEACHERS
    serializer_class = StatementSerializer
    queryset = Statement.objects.none()

    def get_queryset(self) -> QuerySet[Statement]:
        if not self.request.user.is_authenticated:  # the schema is drawn without a user
            return Statement.objects.none()
        editable = Workshop.objects.editable_by(self.request.user)
        rows = Statement.objects.filter(state=Statement.State.WAITING, registration__workshop__in=editable)
        return rows.select_related("registration__workshop", "registration__learner", "requirement__activity", "requirement__board").order_by("pk")


class StatementReviewView(APIView):
    """POST: say whether a statement is enough; the person is told. The same answer again changes nothing."""

    permission_classes = TEACHERS

    @extend_schema(request=StatementReviewSerializer, responses=StatementSerializer)
    def post(self, request: Request, pk: int) -> Response:
        form = StatementReviewSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        found = get_object_or_404(Statement, pk=pk, registration__workshop__in=Workshop.objects.editable_by(request.user))
        return Response(StatementSerializer(review_statement(statement=found, by=_person(request), **form.validated_data)).data)


class QuestionsView(APIView):
    """POST: let a workshop ask a question."""

    permission_classes = TEACHERS

    @extend_schema(request=QuestionSerializer, responses={201: QuestionSerializer})
    def post(self, request: Request, slug: str) -> Response:
        form = QuestionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = {"kind": Question.Kind.TEXT, "help_text": "", "is_required": False, "choices": []} | form.validated_data
        values["choices"] = [str(choice)[:120] for choice in values["choices"]] if isinstance(values["choices"], list) else []
        question = asking.save_question(workshop=_editable(request, slug), by=_person(request), values=values)
        return Response(QuestionSerializer(question).data, status=201)


class QuestionView(APIView):
    """DELETE: ask it no more."""

    permission_classes = TEACHERS

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        asking.withdraw_question(question=get_object_or_404(_editable(request, slug).questions, pk=pk), by=_person(request))
        return Response(status=204)


class RequirementsView(APIView):
    """POST: let a workshop need something."""

    permission_classes = TEACHERS

    @extend_schema(request=RequirementSerializer, responses={201: RequirementSerializer})
    def post(self, request: Request, slug: str) -> Response:
        form = RequirementSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        requirement = asking.save_requirement(workshop=_editable(request, slug), by=_person(request), values=dict(form.validated_data))
        return Response(RequirementSerializer(requirement).data, status=201)


class RequirementView(APIView):
    """DELETE: need it no more."""

    permission_classes = TEACHERS

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        asking.withdraw_requirement(requirement=get_object_or_404(_editable(request, slug).requirements, pk=pk), by=_person(request))
        return Response(status=204)


class WaiverChoiceView(APIView):
    """PUT: which waiver people accept before this workshop; null for none."""

    permission_classes = TEACHERS

    @extend_schema(request=WaiverChoiceSerializer, responses=WaiverChoiceSerializer)
    def put(self, request: Request, slug: str) -> Response:
        form = WaiverChoiceSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        workshop = asking.choose_waiver(workshop=_editable(request, slug), waiver=form.validated_data["waiver"], by=_person(request))
        return Response({"waiver": workshop.waiver_id})


class WaiversView(APIView):
    """POST: write a waiver, or a new version of one. Whoever accepted an older one is asked to accept it."""

    permission_classes = [HasRole.of(Role.STAFF)]

    @extend_schema(request=WaiverSerializer, responses={201: WaiverSerializer})
    def post(self, request: Request) -> Response:
        form = WaiverSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = form.validated_data
        version = asking.write_waiver(text=values["text"], name=values["name"], waiver=values.get("id"), by=_person(request))
        return Response({"id": version.waiver_id, "name": version.waiver.name, "text": version.text, "number": version.number}, status=201)
