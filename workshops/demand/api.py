"""Pins over the API, by the same links as the pages; for staff the towns and their thresholds."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role, User
from accounts.permissions import HasRole
from core import clock
from core.jobs import enqueue
from credits.models import Activity
from workshops.asking.api import AskedDetailView, AskedListView, AskedSerializer, AskerSerializer, SentSerializer
from workshops.demand import selectors
from workshops.demand.counting import set_aside, set_threshold, thresholds
from workshops.demand.drafts import DraftWish, open_draft, suggestion_for
from workshops.demand.first_booking import offer_first
from workshops.demand.forms import RADII, label_of
from workshops.demand.kind import PINS
from workshops.demand.pins import PinInput, set_pin
from workshops.models import MOST_PEOPLE, DemandCall, DemandThreshold, Pin, Venue, Workshop
from workshops.models.asking import AskedQuerySet
from workshops.near.forms import position_problem
from workshops.near.geo import Point
from workshops.near.places import ask_place

STAFF = HasRole.of(Role.STAFF)


class PinSerializer(AskedSerializer):
    """A pin. `token` is the key to it, as in the link of its mail."""

    workshop: serializers.SlugRelatedField = serializers.SlugRelatedField(
        source="answered_by", slug_field="slug", read_only=True, allow_null=True, help_text="What answered it."
    )

    class Meta:
        model = Pin
        fields = ["token", "state", "label", "lat", "lng", "radius", "unit", "months", "level", "people", "note", "expires_on", "workshop"]


class PinInputSerializer(serializers.Serializer):
    """Where, and what is wanted there: a place of the address book by its name, or a position."""

    place = serializers.CharField(required=False, max_length=80)
    lat = serializers.FloatField(required=False, min_value=-90, max_value=90)
    lng = serializers.FloatField(required=False, min_value=-180, max_value=180)
    radius = serializers.ChoiceField(choices=RADII)
    unit = serializers.ChoiceField(choices=Pin.Unit.choices, default=Pin.Unit.MILES)
    months = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=12), default=list, max_length=12)
    level = serializers.ChoiceField(choices=Workshop.Level.choices, default=Workshop.Level.ALL)
    people = serializers.IntegerField(min_value=1, max_value=MOST_PEOPLE, default=1)
    note = serializers.CharField(max_length=300, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        lat, lng, place = attrs.pop("lat", None), attrs.pop("lng", None), attrs.pop("place", "")
        if lat is not None and lng is not None:
            if problem := position_problem(lat, lng):
                raise serializers.ValidationError({"lat": problem})
            return attrs | {"label": label_of(Point(lat, lng)), "lat": lat, "lng": lng}
        if not place:
            raise serializers.ValidationError({"place": "Give a place, or lat and lng together."})
        answer = ask_place(place)
        if answer.sentence:
            raise serializers.ValidationError({"place": answer.sentence})
        if len(answer.places) > 1:
            raise serializers.ValidationError({"place": [f"Which one? {found.label}" for found in answer.places]})
        return attrs | {"label": answer.places[0].label, "lat": answer.places[0].lat, "lng": answer.places[0].lng}

    @property
    def wish(self) -> PinInput:
        values = self.validated_data
        return PinInput(**{name: values[name] for name in ("label", "lat", "lng", "radius", "unit", "level", "people", "note")}, months=tuple(values["months"]))


class NewPinSerializer(PinInputSerializer, AskerSerializer):
    """What is wanted, and by whom."""


class PinListView(AskedListView):
    """GET: the caller's own. POST: set one; a stranger's has to be confirmed by mail."""

    kind = PINS
    serializer_class = PinSerializer
    queryset = Pin.objects.none()

    def get_queryset(self) -> AskedQuerySet:
        return super().get_queryset().select_related("answered_by")

    @extend_schema(request=NewPinSerializer, responses={201: PinSerializer, 202: SentSerializer})
    def post(self, request: Request) -> Response:
        form = NewPinSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self.ask(request, form, lambda user, email: set_pin(wish=form.wish, user=user, email=email))


class PinView(AskedDetailView):
    """GET, PUT: one pin, by its token."""

    @extend_schema(request=PinInputSerializer)
    def put(self, request: Request, token: str) -> Response:
        return self.change(token, PinInputSerializer(data=request.data))


class DemandQuerySerializer(serializers.Serializer):
    level = serializers.ChoiceField(required=False, choices=Workshop.Level.choices)
    month = serializers.IntegerField(required=False, min_value=1, max_value=12)
    price_cents = serializers.IntegerField(required=False, min_value=0, help_text="Of one seat, to reckon the likely revenue with.")


class TownSerializer(serializers.Serializer):
    """A town by the pins that reach it; every pin counts for one town."""

    town = serializers.CharField(source="cluster.label")
    lat = serializers.FloatField(source="cluster.lat")
    lng = serializers.FloatField(source="cluster.lng")
    people = serializers.IntegerField()
    seats = serializers.IntegerField(source="cluster.seats")
    best_months = serializers.CharField(source="months")
    likely_revenue_cents = serializers.IntegerField(source="revenue_cents", allow_null=True)
    call = serializers.IntegerField(source="call.pk", allow_null=True, default=None)


class TownListView(APIView):
    """GET: where people ask for a workshop, most seats first."""

    permission_classes = [STAFF]

    @extend_schema(parameters=[DemandQuerySerializer], responses=TownSerializer(many=True))
    def get(self, request: Request) -> Response:
        asked = DemandQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(TownSerializer(selectors.demand_rows(**asked.validated_data), many=True).data)


class CallSerializer(serializers.ModelSerializer):
    workshop: serializers.SlugRelatedField = serializers.SlugRelatedField(slug_field="slug", read_only=True, allow_null=True)
    seats = serializers.IntegerField(read_only=True)
    asking = serializers.IntegerField(read_only=True)

    class Meta:
        model = DemandCall
        fields = ["id", "level", "label", "lat", "lng", "state", "workshop", "gap", "look_again_on", "seats", "asking"]


class CallListView(ListAPIView):
    """GET: the towns over their threshold that wait for a decision or an announcement."""

    permission_classes = [STAFF]
    serializer_class = CallSerializer

    def get_queryset(self) -> Any:
        return selectors.calls_waiting()


def _call(pk: int) -> DemandCall:
    return get_object_or_404(selectors.with_seats(DemandCall.objects.select_related("workshop")), pk=pk)


class DraftSerializer(serializers.Serializer):
    title = serializers.CharField(max_length=200)
    activity: serializers.PrimaryKeyRelatedField = serializers.PrimaryKeyRelatedField(queryset=Activity.objects.all())
    venue: serializers.PrimaryKeyRelatedField = serializers.PrimaryKeyRelatedField(queryset=Venue.objects.all())
    instructor: serializers.PrimaryKeyRelatedField = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.filter(role_assignments__role=Role.INSTRUCTOR, is_active=True)
    )
    capacity = serializers.IntegerField(min_value=1, max_value=500)
    hours = serializers.IntegerField(min_value=0, max_value=720, default=72)


class CallDraftView(APIView):
    """POST: open the draft for a town. Calling again returns the town with the draft it has."""

    permission_classes = [STAFF]

    @extend_schema(request=DraftSerializer, responses=CallSerializer)
    def post(self, request: Request, pk: int) -> Response:
        call = _call(pk)
        form = DraftSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        suggestion = suggestion_for(call, seats=0).wish
        open_draft(call=call, wish=DraftWish(**form.validated_data, like=suggestion.like if suggestion else None), by=request.user)
        return Response(CallSerializer(_call(pk)).data)


class AsideSerializer(serializers.Serializer):
    until = serializers.DateField()
    note = serializers.CharField(max_length=300, allow_blank=True, default="")


class CallAsideView(APIView):
    """POST: not now; its people are counted again on the day given."""

    permission_classes = [STAFF]

    @extend_schema(request=AsideSerializer, responses=CallSerializer)
    def post(self, request: Request, pk: int) -> Response:
        call = _call(pk)
        form = AsideSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        set_aside(call=call, by=request.user, **form.validated_data)
        return Response(CallSerializer(_call(pk)).data)


class ThresholdSerializer(serializers.ModelSerializer):
    class Meta:
        model = DemandThreshold
        fields = ["level", "seats", "is_on"]
        read_only_fields = ["level"]


class ThresholdListView(APIView):
    """GET: from how many seats a town calls, for each level."""

    permission_classes = [STAFF]

    @extend_schema(responses=ThresholdSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(ThresholdSerializer(thresholds(), many=True).data)


class ThresholdView(APIView):
    """PUT: change one; the towns are counted anew."""

    permission_classes = [STAFF]

    @extend_schema(request=ThresholdSerializer, responses=ThresholdSerializer)
    def put(self, request: Request, level: str) -> Response:
        if level not in Workshop.Level.values:
            raise Http404
        form = ThresholdSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        now = {row.level: row for row in thresholds()}[level]
        values = {"seats": now.seats, "is_on": now.is_on} | form.validated_data
        row = set_threshold(level=level, by=request.user, **values)
        enqueue("workshops.count_demand", key=f"count-demand:threshold:{level}:{clock.now():%Y%m%dT%H%M%S%f}")
        return Response(ThresholdSerializer(row).data)


class FirstBookingSerializer(serializers.Serializer):
    hours = serializers.IntegerField(min_value=0, max_value=720)
    begins_at = serializers.DateTimeField(read_only=True)
    ends_at = serializers.DateTimeField(read_only=True)


class FirstBookingView(APIView):
    """PUT: how long the seats of a draft are kept for those who asked, after its announcement. 0 hours opens it for everybody."""

    permission_classes = [STAFF]

    @extend_schema(request=FirstBookingSerializer, responses=FirstBookingSerializer)
    def put(self, request: Request, slug: str) -> Response:
        workshop = get_object_or_404(Workshop, slug=slug)
        form = FirstBookingSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        booking = offer_first(workshop=workshop, hours=form.validated_data["hours"], by=request.user)
        return Response(FirstBookingSerializer(booking or {"hours": 0, "begins_at": None, "ends_at": None}).data)
