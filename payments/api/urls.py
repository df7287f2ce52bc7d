from django.urls import path
from rest_framework.routers import SimpleRouter

from payments.api.balances import BalanceViewSet
from payments.api.views import AccessGrantViewSet, MembershipView

router = SimpleRouter()
router.register("access", AccessGrantViewSet, basename="payments-access")
router.register("balances", BalanceViewSet, basename="payments-balance")

urlpatterns = [*router.urls, path("membership/", MembershipView.as_view(), name="payments-membership")]
