from django.urls import include, path
from rest_framework.routers import SimpleRouter

from credits.worklist import api

router = SimpleRouter()
router.register("tasks", api.TaskViewSet, basename="task")

urlpatterns = [
    path("tasks/<int:pk>/settle/", api.SettleTaskView.as_view(), name="task-settle"),
    path("", include(router.urls)),
]
