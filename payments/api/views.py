from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.models import User
from payments.api.serializers import AccessGrantSerializer, MembershipSerializer
from payments.models import AccessGrant
from payments.selectors import has_access, membership_of
from payments.subjects import LIBRARY


class AccessGrantViewSet(ReadOnlyModelViewSet):
    """What the caller may open now: their own live grants."""

    serializer_class = AccessGrantSerializer
    queryset = AccessGrant.objects.none()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return AccessGrant.objects.live().filter(user=cast(User, self.request.user))


class MembershipView(APIView):
    """GET: the caller's membership as it stands now; `state` is "none" for somebody who never had one."""

    @extend_schema(responses=MembershipSerializer)
    def get(self, request: Request) -> Response:
        user = cast(User, request.user)
        found = membership_of(user)
        facts: dict[str, Any] = {"state": "none", "is_open": has_access(user, LIBRARY)}
        if found:
            row = found.subscription
            renews = row.current_period_end if found.state in ("open", "trial") else None
            facts = {"state": found.state, "is_open": found.is_open, "open_until": found.open_until, "renews_at": renews}
            facts |= {"resumes_at": row.resumes_at, "product": row.price.product.title, "amount_cents": row.price.amount_cents}
            facts |= {"currency": row.price.currency, "interval": row.price.interval}
        return Response(MembershipSerializer(facts).data)
