from rest_framework.routers import SimpleRouter

from payments.api.views import AccessGrantViewSet

router = SimpleRouter()
router.register("access", AccessGrantViewSet, basename="payments-access")

urlpatterns = router.urls
