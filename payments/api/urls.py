from django.urls import path
from rest_framework.routers import SimpleRouter

from payments.api.views import AccessGrantViewSet, MembershipView

router = SimpleRouter()
router.register("access", AccessGrantViewSet, basename="payments-access")

urlpatterns = [*router.urls, path("membership/", MembershipView.as_view(), name="payments-membership")]
