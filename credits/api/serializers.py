from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User, validate_time_zone
from credits.days import IN_OUR_TIME
from credits.held_awards import hold_of
from credits.licence_facts import licence_facts, missing_facts
from credits.models import Accreditation, Activity, Award, AwardEntry, Board, Claim, Dossier, Licence, LicenceStatus, RevocationReason
from credits.prospects.values import worth_of_activity


class BoardSerializer(serializers.ModelSerializer):
    """A board with how sure its facts are; `is_verified` is true once a person at the school re-read its own text."""

    accepts_approvals_of: serializers.SlugRelatedField[Board] = serializers.SlugRelatedField(slug_field="code", many=True, read_only=True)
    is_verified = serializers.BooleanField(read_only=True)

    class Meta:
        model = Board
        fields = [
            "code", "name", "kind", "jurisdiction", "unit_singular", "unit_plural", "unit_printed", "certificate_fields", "forbidden_words",
            "accepts_approvals_of", "retention_years", "website", "sources", "confidence", "as_of", "is_verified", "verified_on",
        ]  # fmt: skip


class CategoryPartSerializer(serializers.Serializer):
    """Units of one category; `category` is its code in the boards' rules, `name` its word."""

    category = serializers.CharField()
    name = serializers.CharField()
    units = serializers.CharField()


class FormulaSerializer(serializers.Serializer):
    """What the body's own definition of an hour gives; `units` is null while its rounding is not established."""

    units = serializers.DecimalField(max_digits=9, decimal_places=6, normalize_output=True, allow_null=True)
    exact = serializers.DecimalField(max_digits=9, decimal_places=6, normalize_output=True)
    sentence = serializers.CharField()
    warning = serializers.CharField(allow_blank=True)


class ApprovalSerializer(serializers.ModelSerializer):
    board: serializers.SlugRelatedField[Board] = serializers.SlugRelatedField(slug_field="code", read_only=True)
    unit = serializers.CharField(source="unit_printed", read_only=True)
    category_split = CategoryPartSerializer(many=True, source="split_shown", read_only=True)
    formula = serializers.SerializerMethodField()

    class Meta:
        model = Accreditation
        fields = ["id", "board", "approved_title", "units", "unit", "mode", "category_split", "approval_number", "valid_from", "valid_to", "formula"]

    @extend_schema_field(FormulaSerializer(allow_null=True))
    def get_formula(self, row: Accreditation) -> Any:
        worth = worth_of_activity(row.activity, row)
        if worth is None:
            return None
        return FormulaSerializer({"units": worth.units, "exact": worth.exact, "sentence": worth.sentence, "warning": worth.warning(row.units)}).data


class ComponentSerializer(serializers.Serializer):
    """A part of an activity. What is not given is left out; `kind` is then what its way of delivery is usually made of."""

    mode = serializers.CharField()
    kind = serializers.CharField(required=False)
    minutes = serializers.IntegerField()
    break_minutes = serializers.IntegerField(required=False)
    words = serializers.IntegerField(required=False)
    questions = serializers.IntegerField(required=False)
    difficulty = serializers.IntegerField(required=False)


class ActivitySerializer(serializers.ModelSerializer):
    """An activity with the approvals in force today."""

    components = ComponentSerializer(many=True)
    approvals = ApprovalSerializer(many=True, source="approvals_in_force")

    class Meta:
        model = Activity
        fields = ["id", "title", "instructor_name", "instructor_credentials", "description", "kind", "components", "approvals"]


LICENCE_FACTS = {
    "type": "object",
    "nullable": True,
    "description": "The `licence` object of a case of the rules engine; null while the issue date is missing.",
    "required": ["issued_on"],
    "properties": {
        **{name: {"type": "string", "format": "date"} for name in ("issued_on", "born_on", "practising_since")},
        "number": {"type": "string"},
        **{
            name: {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "string"}}}
            for name in ("status_history", "credentials", "renewals", "overrides", "met_before")
        },
    },
}


class LicenceSerializer(serializers.ModelSerializer):
    """One's own licence. `missing` names the facts that its board's calendar and rules ask for and nobody gave."""

    board: serializers.SlugRelatedField[Board] = serializers.SlugRelatedField(slug_field="code", read_only=True)
    facts = serializers.SerializerMethodField()
    missing = serializers.SerializerMethodField()

    class Meta:
        model = Licence
        fields = [
            "id", "board", "number", "jurisdiction", "name_on_licence", "issued_on", "expires_on", "practising_since", "archived_at", "facts", "missing",
        ]  # fmt: skip

    @extend_schema_field(LICENCE_FACTS)
    def get_facts(self, licence: Licence) -> dict[str, Any] | None:
        return licence_facts(licence, licence.user) if licence.issued_on else None

    def get_missing(self, licence: Licence) -> list[str]:
        return missing_facts(licence, licence.user)


class DayField(serializers.DateField):
    """A civil day that can be meant."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validators=IN_OUR_TIME, **options)


class LicenceChangeSerializer(serializers.Serializer):
    number = serializers.CharField(max_length=60, allow_blank=True, default="")
    jurisdiction = serializers.CharField(max_length=12, allow_blank=True, default="")
    name_on_licence = serializers.CharField(max_length=200, allow_blank=True, default="")
    issued_on = DayField(allow_null=True, default=None)
    expires_on = DayField(allow_null=True, default=None)
    practising_since = DayField(allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["issued_on"] and attrs["expires_on"] and attrs["expires_on"] < attrs["issued_on"]:
            raise serializers.ValidationError({"expires_on": "A licence expires after it is issued."})
        return attrs


class LicenceAddSerializer(LicenceChangeSerializer):
    board = serializers.SlugRelatedField(slug_field="code", queryset=Board.objects.licensing())


class StatusSerializer(serializers.Serializer):
    begins_on = DayField()
    status = serializers.ChoiceField(choices=LicenceStatus.Status.choices)


class RenewalSerializer(serializers.Serializer):
    """Give at least one of the three dates."""

    cycle_end = DayField()
    submitted_on = DayField(allow_null=True, default=None)
    late_fee_paid_on = DayField(allow_null=True, default=None)
    renewed_on = DayField(allow_null=True, default=None)


class MetDutySerializer(serializers.Serializer):
    code = serializers.CharField(max_length=120)
    cycle_end = DayField()


class EntrySerializer(serializers.ModelSerializer):
    class Meta:
        model = AwardEntry
        fields = ["kind", "at"]


class AwardHoldSerializer(serializers.Serializer):
    """An award counts nowhere while it is held. `codes` say why: what is missing, `payment_disputed` or `under_review`."""

    since = serializers.DateTimeField()
    codes = serializers.ListField(child=serializers.CharField())


class AwardSerializer(serializers.ModelSerializer):
    """An award with its status, what a held one waits for, the public reason of a revoked one, and why it was made."""

    board: serializers.SlugRelatedField[Board] = serializers.SlugRelatedField(slug_field="code", read_only=True, allow_null=True)
    category_split = CategoryPartSerializer(many=True, source="split_shown", read_only=True)
    status = serializers.ChoiceField(choices=Award.Status.choices, read_only=True)
    missing = serializers.ListField(child=serializers.CharField(), read_only=True)
    revoked_because = serializers.CharField(read_only=True)
    completion = serializers.IntegerField(source="dossier_id", read_only=True)
    hold = serializers.SerializerMethodField()
    entries = EntrySerializer(many=True, read_only=True)
    trace = serializers.JSONField(read_only=True)

    class Meta:
        model = Award
        fields = [
            "id", "completion", "version", "supersedes", "board", "board_name", "approval_board_name", "title", "units", "unit_printed", "category_split",
            "mode", "contact_minutes", "approval_number", "provider_number", "provider_name", "instructor_name", "completed_on", "status", "missing",
            "revoked_because", "hold", "entries", "trace",
        ]  # fmt: skip

    @extend_schema_field(AwardHoldSerializer(allow_null=True))
    def get_hold(self, award: Award) -> dict[str, Any] | None:
        hold = hold_of(award)
        return dict(AwardHoldSerializer(hold).data) if hold else None


class ClaimSerializer(serializers.ModelSerializer):
    trace = serializers.JSONField(read_only=True)

    class Meta:
        model = Claim
        fields = ["licence", "state", "code", "explanation", "trace", "award"]


class CompletionSerializer(serializers.ModelSerializer):
    """One's own completion: its trace, and what was decided about each claim on it."""

    activity = serializers.CharField(source="activity.title", read_only=True)
    claims = ClaimSerializer(many=True, source="decided_claims", read_only=True)
    trace = serializers.JSONField(read_only=True)

    class Meta:
        model = Dossier
        fields = ["id", "activity", "kind", "completed_at", "zone", "completed_on", "trace", "claims"]


class ClaimInputSerializer(serializers.Serializer):
    licence = serializers.PrimaryKeyRelatedField(queryset=Licence.objects.none())

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        request = self.context.get("request")
        if request and request.user.is_authenticated:
            fields["licence"].queryset = Licence.objects.visible_to(request.user).on_file()  # type: ignore[attr-defined]  # a choice field
        return fields


class IssueSerializer(serializers.Serializer):
    learner = serializers.SlugRelatedField(slug_field="email", queryset=User.objects.filter(is_active=True))
    activity = serializers.PrimaryKeyRelatedField(queryset=Activity.objects.all())
    accreditation = serializers.PrimaryKeyRelatedField(queryset=Accreditation.objects.select_related("board"), allow_null=True, default=None)
    licence = serializers.PrimaryKeyRelatedField(queryset=Licence.objects.select_related("board"), allow_null=True, default=None)
    completed_on = serializers.DateField()
    zone = serializers.CharField(default=settings.SCHOOL_TIME_ZONE, validators=[validate_time_zone])
    evidence = serializers.CharField()
    reason = serializers.CharField()


class CorrectSerializer(serializers.Serializer):
    """Give only what should change."""

    legal_name = serializers.CharField(max_length=250, required=False)
    licence_number = serializers.CharField(max_length=60, required=False)
    completed_on = serializers.DateField(required=False)
    accreditation = serializers.PrimaryKeyRelatedField(queryset=Accreditation.objects.select_related("board"), required=False)
    reason = serializers.CharField()


class RevokeSerializer(serializers.Serializer):
    reason_class = serializers.ChoiceField(choices=RevocationReason.choices)
    reason = serializers.CharField()
