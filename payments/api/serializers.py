from rest_framework import serializers

from payments.models import AccessGrant, Balance
from payments.models.deposits import Rule


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


class BalanceSerializer(serializers.ModelSerializer):
    """What is still owed after a deposit; `terms` says what happens if it is not paid, as it read before buying."""

    order = serializers.CharField(source="line.order.number")
    person = serializers.EmailField(source="line.person.email")
    title = serializers.CharField(source="line.title")
    subject = serializers.CharField(source="line.subject")
    currency = serializers.CharField(source="line.order.currency")
    last_day = serializers.DateField(help_text="The last day on which it can be paid before the seat is given back.")
    is_owed = serializers.BooleanField()
    state = serializers.ChoiceField(Balance.State.choices)
    rule = serializers.ChoiceField(Rule.choices)

    class Meta:
        model = Balance
        fields = ["id", "order", "person", "title", "subject", "amount_cents", "currency", "due_on", "last_day", "state", "is_owed", "rule", "terms"]
        read_only_fields = fields


class BalancePaymentSerializer(serializers.Serializer):
    """The order of the rest, and where it is paid."""

    order = serializers.CharField()
    pay_at = serializers.URLField(allow_blank=True)


class WaiveSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class ExtendSerializer(WaiveSerializer):
    until = serializers.DateField()
