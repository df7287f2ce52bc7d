from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core import clock
from credits.api.prospects import ProspectSerializer
from workshops.models import Block, Seat, Venue, Workshop


class VenueSerializer(serializers.ModelSerializer):
    class Meta:
        model = Venue
        fields = ["name", "street", "city", "region", "postal_code", "country", "lat", "lng", "time_zone"]


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

    class Meta:
        model = Workshop
        fields = [
            "slug",
            "title",
            "summary",
            "state",
            "starts_at",
            "ends_at",
            "instructor_name",
            "capacity",
            "seats_left",
            "registration_opens_at",
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

    @extend_schema_field(ProspectSerializer(many=True))
    def get_prospects(self, workshop: Workshop) -> Any:
        """For each licence of the caller's, while the workshop can be taken."""
        return ProspectSerializer(self.context["prospects"].get(workshop.subject, ()), many=True).data

    def get_distance_km(self, workshop: Workshop) -> float | None:
        distance = getattr(workshop, "distance_km", None)
        return None if distance is None else round(distance, 3)


class SeatSerializer(serializers.ModelSerializer):
    workshop: serializers.SlugRelatedField = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = Seat
        fields = ["id", "workshop", "state", "hold_until", "created_at", "cancelled_at"]
