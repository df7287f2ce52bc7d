from rest_framework import serializers

from payments.models import AccessGrant


class AccessGrantSerializer(serializers.ModelSerializer):
    class Meta:
        model = AccessGrant
        fields = ["id", "subject", "source", "starts_at", "expires_at"]
        read_only_fields = fields
