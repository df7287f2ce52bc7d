from rest_framework import serializers

from payments.models import AccessGrant


class AccessGrantSerializer(serializers.ModelSerializer):
    class Meta:
        model = AccessGrant
        fields = ["id", "subject", "source", "starts_at", "expires_at"]
        read_only_fields = fields


class MembershipSerializer(serializers.Serializer):
    """Read only. Without a membership there are `state` and `is_open` alone."""

    state = serializers.ChoiceField(["none", "trial", "open", "late", "paused", "ending", "waiting", "suspended", "needs_card", "ended"])
    is_open = serializers.BooleanField()
    open_until = serializers.DateTimeField(default=None)
    renews_at = serializers.DateTimeField(default=None)
    resumes_at = serializers.DateTimeField(default=None)
    product = serializers.CharField(default="")
    amount_cents = serializers.IntegerField(default=None)
    currency = serializers.CharField(default="")
    interval = serializers.CharField(default="")
