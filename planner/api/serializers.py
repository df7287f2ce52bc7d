"""Plans and routes as JSON. Amounts of credit are decimal text in the board's own unit, money is in the smallest unit."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from credits.models import Licence
from credits.reviews.serializers import HeldCreditSerializer
from planner.models import Goal, Route, RouteEvent, RouteStep
from planner.wishes import HOURS_PER_WEEK, MARGIN_DAYS, Origin, Wishes
from planner.words import sentence_of
from workshops.near.places import find_places


class WishesSerializer(serializers.Serializer):
    """For which licences (all on file when none is named), from where, how early, how much study a week."""

    licences = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=50)
    place = serializers.CharField(required=False, allow_blank=True, max_length=80)
    lat = serializers.FloatField(min_value=-90, max_value=90, required=False)
    lng = serializers.FloatField(min_value=-180, max_value=180, required=False)
    margin_days = serializers.IntegerField(min_value=0, max_value=365, default=MARGIN_DAYS)
    hours_per_week = serializers.IntegerField(min_value=1, max_value=60, default=HOURS_PER_WEEK)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("lat" in attrs) != ("lng" in attrs):
            raise serializers.ValidationError(_("Give lat and lng together."))
        own = set(Licence.objects.visible_to(self.context["request"].user).on_file().values_list("pk", flat=True))
        if set(attrs.get("licences", [])) - own:
            raise serializers.ValidationError({"licences": _("These are not all licences of yours that you keep up.")})
        attrs["origin"] = self._origin(attrs)
        return attrs

    def _origin(self, attrs: dict[str, Any]) -> Origin | None:
        place = attrs.get("place", "").strip()
        if "lat" in attrs:
            return Origin(place or _("Your position"), attrs["lat"], attrs["lng"])
        if not place:
            return None
        found = find_places(place)
        if not found:
            raise serializers.ValidationError({"place": _("We do not know this place. Give a ZIP code, or a town with its state, such as “Mobile, AL”.")})
        return Origin(found[0].label, found[0].lat, found[0].lng)

    @property
    def wishes(self) -> Wishes:
        values = self.validated_data
        return Wishes(tuple(values.get("licences", ())), values["origin"], values["margin_days"], values["hours_per_week"])


class SaveSerializer(WishesSerializer):
    """The wishes of the plan, and which of its answers: its goal and the keys of its steps."""

    goal = serializers.ChoiceField(choices=Goal.choices)
    steps = serializers.ListField(child=serializers.CharField(max_length=40), max_length=50)
    name = serializers.CharField(required=False, allow_blank=True, max_length=100)
    replaces = serializers.IntegerField(required=False, min_value=1)


class StillMissingSerializer(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the form field of that name is not used here
    units = serializers.DecimalField(max_digits=12, decimal_places=6, normalize_output=True)


class LicenceGapSerializer(serializers.Serializer):
    """One licence: what is missing now, and with all that is booked. Without a `deadline`, `gap_code` and `gap` say why."""

    licence = serializers.IntegerField(source="licence.pk")
    board = serializers.CharField(source="licence.board.code")
    gap_code = serializers.CharField(source="gap.code", default="")
    gap = serializers.CharField(source="gap.explanation", default="")
    deadline = serializers.DateField(source="need.deadline", default=None)
    be_done_by = serializers.DateField(source="limit", allow_null=True)
    needed = serializers.DecimalField(source="need.needed", max_digits=12, decimal_places=6, normalize_output=True, default=None)
    needed_with_booked = serializers.DecimalField(source="with_booked", max_digits=12, decimal_places=6, normalize_output=True)
    missing = StillMissingSerializer(source="need.missing", many=True, default=())
    unit = serializers.CharField(source="need.unit.plural", default="")
    is_verified = serializers.BooleanField(source="need.is_verified", default=False)
    held = HeldCreditSerializer(many=True)


class StepCountSerializer(serializers.Serializer):
    licence = serializers.IntegerField(source="licence.pk")
    units = serializers.DecimalField(max_digits=12, decimal_places=6, normalize_output=True)
    worth = serializers.DecimalField(max_digits=12, decimal_places=6, normalize_output=True)
    why = serializers.CharField()


class PlanStepSerializer(serializers.Serializer):
    """A workshop or a course; `units` of a count are those that count within the set, `worth` those the board would credit."""

    key = serializers.CharField(source="choice.key")
    title = serializers.CharField(source="choice.title")
    url = serializers.CharField(source="choice.url")
    starts_at = serializers.DateTimeField(source="choice.starts_at", allow_null=True)
    day = serializers.DateField(source="choice.day")
    where = serializers.CharField(source="choice.where")
    study_minutes = serializers.IntegerField(source="choice.minutes")
    travel_m = serializers.IntegerField(source="choice.travel_m", allow_null=True)
    seats_left = serializers.IntegerField(source="choice.seats_left", allow_null=True)
    is_yours = serializers.BooleanField(source="choice.is_booked")
    price_cents = serializers.IntegerField(source="choice.alone_cents")
    counts = StepCountSerializer(many=True)


class RoutePurchaseSerializer(serializers.Serializer):
    title = serializers.CharField(source="offer.product.title")
    url = serializers.CharField(source="offer.url")
    price = serializers.CharField(source="offer.label")
    cents = serializers.IntegerField()
    times = serializers.IntegerField()
    opens = serializers.ListField(child=serializers.CharField())


class LicenceAfterSerializer(serializers.Serializer):
    licence = serializers.IntegerField(source="licence.pk")
    needed = serializers.DecimalField(max_digits=12, decimal_places=6, normalize_output=True)
    missing = StillMissingSerializer(many=True)


class FoundSerializer(serializers.Serializer):
    """The best set for one goal. `is_proven`: every other set is no better."""

    goal = serializers.ChoiceField(choices=Goal.choices)
    is_closing = serializers.BooleanField()
    is_proven = serializers.BooleanField()
    cents = serializers.IntegerField()
    currency = serializers.CharField()
    travel_m = serializers.IntegerField(allow_null=True)
    finishes_on = serializers.DateField(allow_null=True)
    booked = PlanStepSerializer(many=True)
    steps = PlanStepSerializer(many=True)
    purchases = RoutePurchaseSerializer(many=True)
    after = LicenceAfterSerializer(many=True)


class PlanSerializer(serializers.Serializer):
    """What is missing, and the best sets that close it; none where nothing has to be added or nothing can be."""

    licences = LicenceGapSerializer(source="deficits", many=True)
    answers = FoundSerializer(many=True)
    full = serializers.IntegerField(source="shelf.full")
    not_on_sale = serializers.IntegerField(source="shelf.unsold")
    clashing = serializers.IntegerField(source="shelf.clashing")
    compared = serializers.IntegerField(source="looked_at")
    not_compared = serializers.IntegerField(source="left_out")


class RouteStepSerializer(serializers.ModelSerializer):
    key = serializers.CharField()

    class Meta:
        model = RouteStep
        fields = [
            "key", "position", "title", "state", "reason", "where", "starts_at", "day", "minutes", "price_cents", "travel_m", "book_by", "is_spare", "counts",
        ]  # fmt: skip


class RouteSerializer(serializers.ModelSerializer):
    licences: serializers.PrimaryKeyRelatedField = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
    steps = RouteStepSerializer(many=True)

    class Meta:
        model = Route
        fields = [
            "id", "name", "goal", "state", "licences", "place_label", "margin_days", "hours_per_week", "wants_mail", "is_closing", "outlook", "purchases",
            "total_cents", "currency", "travel_m", "finishes_on", "looked_at", "created_at", "steps",
        ]  # fmt: skip


class RouteEventSerializer(serializers.ModelSerializer):
    sentence = serializers.SerializerMethodField()

    class Meta:
        model = RouteEvent
        fields = ["id", "code", "at", "sentence"]

    def get_sentence(self, event: RouteEvent) -> str:
        return sentence_of(event)


class RouteNameSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=100)


class RouteMailSerializer(serializers.Serializer):
    wants_mail = serializers.BooleanField()
