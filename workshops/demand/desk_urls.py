from django.urls import path

from workshops.demand import desk

urlpatterns = [
    path("demand/", desk.demand_map, name="demand_map"),
    path("demand/points.json", desk.demand_points, name="demand_points"),
    path("demand/thresholds/<slug:level>/", desk.threshold_edit, name="threshold_edit"),
    path("demand/<int:pk>/", desk.call_detail, name="call_detail"),
    path("demand/<int:pk>/draft/", desk.call_draft, name="call_draft"),
    path("demand/<int:pk>/aside/", desk.call_aside, name="call_aside"),
    path("<int:pk>/first-booking/", desk.first_booking, name="first_booking"),
]
