"""The search as parameters of the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from workshops.models import Place, Seat, Workshop
from workshops.near.forms import MOST_RADIUS, MOST_SEATS
from workshops.near.places import ask_place
from workshops.near.searches import NearSearch, SearchRefused


class SearchSerializer(serializers.Serializer):
    """What to look for; the same parameters as the page and its feeds have. Only documentation: NearSearch reads them."""

    place = serializers.CharField(required=False, max_length=80, help_text="A ZIP code, or a town in the United States, Canada or the United Kingdom.")
    lat = serializers.FloatField(required=False, min_value=-90, max_value=90, help_text="Of a position, instead of a place; with lng.")
    lng = serializers.FloatField(required=False, min_value=-180, max_value=180)
    radius = serializers.IntegerField(required=False, min_value=0, max_value=MOST_RADIUS, help_text="Without it, any distance.")
    unit = serializers.ChoiceField(required=False, choices=["mi", "km"], help_text="What the radius counts in: miles, unless said.")
    first = serializers.DateField(required=False, help_text="The first day on which a workshop may begin, in the school's zone.")
    last = serializers.DateField(required=False, help_text="The last one.")
    attend = serializers.ChoiceField(required=False, choices=Seat.Place.values, help_text="In the room or online; online, no distance counts.")
    level = serializers.ChoiceField(required=False, choices=Workshop.Level.values)
    board = serializers.SlugField(required=False, help_text="The code of a board that approved the activity, or accepts the approval it has.")
    price = serializers.CharField(required=False, help_text="The most a seat may cost, in the school's currency; 0 for free workshops.")
    seats = serializers.IntegerField(required=False, min_value=0, max_value=MOST_SEATS, help_text="How many seats must be left.")
    sort = serializers.ChoiceField(required=False, choices=["distance", "date"])
    widen = serializers.BooleanField(required=False, help_text="Where nothing fits, look farther step by step, as the page does; `search` says how far.")


def search_of(request: Request) -> NearSearch:
    """The search in the address; one for a place that nobody knows is refused with what to give instead."""
    search = NearSearch.from_query(request.query_params)
    if search.problem:
        raise SearchRefused({"place": [search.problem]})
    return search


class AddressBookPlaceSerializer(serializers.ModelSerializer):
    """A place of the address book. Its label as `place` of a search means it and no namesake."""

    class Meta:
        model = Place
        fields = ["label", "kind", "country", "region", "lat", "lng", "time_zone"]


class UnderstoodSerializer(serializers.Serializer):
    """How a search was understood."""

    words = serializers.CharField(help_text="The search as a phrase.")
    query = serializers.CharField(help_text="Its canonical parameters: of the page, the feeds and this list.")
    lat = serializers.FloatField(allow_null=True, help_text="Where distances count from; null without a place.")
    lng = serializers.FloatField(allow_null=True)
    namesakes = AddressBookPlaceSerializer(many=True, help_text="Other places of the name; the largest was taken.")
    widened = serializers.CharField(help_text="That nothing lay within the radius and how far was looked; empty when it was not.")


def understood(search: NearSearch, shown: NearSearch) -> dict[str, Any]:
    origin = shown.origin
    return UnderstoodSerializer(
        {
            "words": shown.words(),
            "query": shown.query(),
            "lat": origin.lat if origin else None,
            "lng": origin.lng if origin else None,
            "namesakes": search.other_places,
            "widened": search.widened_words(shown),
        }
    ).data


class SearchPagination(PageNumberPagination):
    """The usual pages; the schema of their answers knows of `search`, which the view adds."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        whole: dict[str, Any] = super().get_paginated_response_schema(schema)
        texts = {name: {"type": "string"} for name in ("words", "query", "widened")}
        numbers = {name: {"type": "number", "nullable": True} for name in ("lat", "lng")}
        place = {"label": {"type": "string"}, "lat": {"type": "number"}, "lng": {"type": "number"}}
        namesakes = {"namesakes": {"type": "array", "items": {"type": "object", "properties": place}}}
        whole["properties"]["search"] = {"type": "object", "properties": {**texts, **numbers, **namesakes}}
        return whole


class PlaceAskedSerializer(serializers.Serializer):
    q = serializers.CharField(max_length=80, help_text="A ZIP code or a town, with its state, province or country if you like.")


class PlaceAnswerSerializer(serializers.Serializer):
    places = AddressBookPlaceSerializer(many=True)
    sentence = serializers.CharField(help_text="Empty when there are places.")


class PlacesView(APIView):
    """Places that `q` may mean, best first, at most eight; with none, what to type instead."""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[PlaceAskedSerializer], responses=PlaceAnswerSerializer)
    def get(self, request: Request) -> Response:
        asked = PlaceAskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        answer = ask_place(asked.validated_data["q"])
        return Response(PlaceAnswerSerializer({"places": answer.places, "sentence": answer.sentence}).data)
