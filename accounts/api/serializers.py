from rest_framework import serializers

from accounts.models import User


class MeSerializer(serializers.ModelSerializer):
    roles = serializers.SerializerMethodField(help_text="Empty for a learner.")
    legal_name = serializers.SerializerMethodField(help_text="As certificates print it; null until confirmed.")

    class Meta:
        model = User
        fields = ["id", "email", "display_name", "time_zone", "roles", "legal_name"]
        read_only_fields = fields

    def get_roles(self, user: User) -> list[str]:
        return sorted(user.roles)

    def get_legal_name(self, user: User) -> str | None:
        return user.legal_name.printed if user.legal_name else None
