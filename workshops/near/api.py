"""The search as parameters of the API."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request

from workshops.models import Seat, Workshop
from workshops.near.forms import MOST_RADIUS, MOST_SEATS
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


def search_of(request: Request) -> NearSearch:
    """The search in the address; one for a place that nobody knows is refused with what to give instead."""
    search = NearSearch.from_query(request.query_params)
    if search.problem:
        raise SearchRefused({"place": [search.problem]})
    return search
