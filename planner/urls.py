from django.urls import path

from planner import views

app_name = "planner"

urlpatterns = [
    path("", views.plan, name="plan"),
    path("routes/", views.route_list, name="route_list"),
    path("routes/save/", views.route_save, name="route_save"),
    path("routes/<int:pk>/", views.route_detail, name="route_detail"),
    path("routes/<int:pk>/again/", views.route_replan, name="route_replan"),
    path("routes/<int:pk>/drop/", views.route_drop, name="route_drop"),
    path("routes/<int:pk>/follow/", views.route_follow, name="route_follow"),
    path("routes/<int:pk>/look/", views.route_look, name="route_look"),
    path("routes/<int:pk>/mail/", views.route_mail, name="route_mail"),
    path("routes/<int:pk>/name/", views.route_rename, name="route_rename"),
]
