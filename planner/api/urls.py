from django.urls import include, path
from rest_framework.routers import SimpleRouter

from planner.api import views

app_name = "planner_api"

router = SimpleRouter()
router.register("routes", views.RouteViewSet, basename="route")

urlpatterns = [
    path("plans/", views.PlanView.as_view(), name="plan"),
    path("routes/save/", views.SaveRouteView.as_view(), name="route-save"),
    path("routes/<int:pk>/drop/", views.DropRouteView.as_view(), name="route-drop"),
    path("routes/<int:pk>/events/", views.RouteEventsView.as_view(), name="route-events"),
    path("routes/<int:pk>/follow/", views.FollowRouteView.as_view(), name="route-follow"),
    path("routes/<int:pk>/look/", views.LookRouteView.as_view(), name="route-look"),
    path("routes/<int:pk>/mail/", views.RouteMailView.as_view(), name="route-mail"),
    path("routes/<int:pk>/rename/", views.RenameRouteView.as_view(), name="route-rename"),
    path("", include(router.urls)),
]
