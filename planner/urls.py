from django.urls import path

from planner import views

app_name = "planner"

urlpatterns = [
    path("routes/", views.route_list, name="route_list"),
    path("routes/<int:pk>/", views.route_detail, name="route_detail"),
]
