from typing import Any, cast

from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.models import User
from payments.api.serializers import AccessGrantSerializer
from payments.models import AccessGrant


class AccessGrantViewSet(ReadOnlyModelViewSet):
    """What the caller may open now: their own live grants."""

    serializer_class = AccessGrantSerializer
    queryset = AccessGrant.objects.none()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return AccessGrant.objects.live().filter(user=cast(User, self.request.user))
