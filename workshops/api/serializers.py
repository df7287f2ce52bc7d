from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core import clock
from credits.api.prospects import ProspectSerializer
from workshops.models import Block, Seat, Venue, Workshop
from workshops.near.whereabouts import unit_of, whereabouts
from workshops.schedule.api import JoiningSerializer, PlaceLeftSerializer
from workshops.schedule.page import joining_of, places_left


class VenueSerializer(serializers.ModelSerializer):
    whereabouts = serializers.SerializerMethodField(help_text="In words, by the towns around it; empty where none is near.")

    class Meta:
        model = Venue
        fields = ["name", "street", "city", "region", "postal_code", "country", "lat", "lng", "time_zone", "access_notes", "parking", "whereabouts"]

    def get_whereabouts(self, venue: Venue) -> str:
        return whereabouts(venue.lat, venue.lng, unit=unit_of(venue.country))


class BlockSerializer(serializers.ModelSerializer):
    class Meta:
        model = Block
        fields = ["starts_at", "ends_at", "kind", "mode", "topic", "minutes"]


class WorkshopSerializer(serializers.ModelSerializer):
    """A workshop as the list shows it; `distance_km` only when a place or a position was given."""

    venue = VenueSerializer()
    blocks = BlockSerializer(many=True)
    seats_left = serializers.SerializerMethodField()
    distance_km = serializers.SerializerMethodField()
    registration_opens_at = serializers.SerializerMethodField(help_text="From when everybody may register, while only those who had asked may.")
    prospects = serializers.SerializerMethodField()
    places = serializers.SerializerMethodField()
    series: serializers.StringRelatedField = serializers.StringRelatedField(allow_null=True)
    calendar_url = serializers.SerializerMethodField()

    class Meta:
        model = Workshop
        fields = [
            "slug",
            "title",
            "summary",
            "description",
            "format",
            "level",
            "series",
            "prerequisites",
            "what_to_bring",
            "cancellation_policy",
            "state",
            "starts_at",
            "ends_at",
            "instructor_name",
            "capacity",
            "seats_left",
            "registration_opens_at",
            "places",
            "calendar_url",
            "is_free",
            "distance_km",
            "venue",
            "blocks",
            "prospects",
        ]

    def get_seats_left(self, workshop: Workshop) -> int:
        return workshop.seats_free

    def get_registration_opens_at(self, workshop: Workshop) -> datetime | None:
        announcement = getattr(workshop, "announcement", None)
        return announcement.opens_at if announcement and announcement.opens_at > clock.now() else None

    @extend_schema_field(PlaceLeftSerializer(many=True))
    def get_places(self, workshop: Workshop) -> Any:
        return PlaceLeftSerializer(places_left(workshop), many=True).data

    @extend_schema_field(serializers.URLField())
    def get_calendar_url(self, workshop: Workshop) -> str:
        return f"{settings.SITE_URL}{reverse('workshops:workshop_calendar', args=[workshop.slug])}"

    @extend_schema_field(ProspectSerializer(many=True))
    def get_prospects(self, workshop: Workshop) -> Any:
        """For each licence of the caller's, while the workshop can be taken."""
        return ProspectSerializer(self.context["prospects"].get(workshop.subject, ()), many=True).data

    def get_distance_km(self, workshop: Workshop) -> float | None:
        distance = getattr(workshop, "distance_km", None)
        return None if distance is None else round(distance, 3)


class SeatSerializer(serializers.ModelSerializer):
    workshop: serializers.SlugRelatedField = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    joining = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True, allow_null=True, help_text="Null for the seat of a colleague whom the caller registered.")

    class Meta:
        model = Seat
        fields = ["id", "workshop", "state", "place", "joining", "hold_until", "created_at", "cancelled_at"]

    @extend_schema_field(JoiningSerializer(allow_null=True))
    def get_joining(self, seat: Seat) -> Any:
        """For a remote seat, how to join; from the day before."""
        return JoiningSerializer.shown(joining_of(seat.workshop, seat))
