from django.urls import include, path

from workshops import desk_views as views

app_name = "workshops_desk"

urlpatterns = [
    path("", include("workshops.schedule.desk_urls")),
    path("", include("workshops.demand.desk_urls")),
    path("", include("workshops.leaving.desk_urls")),
    path("<int:pk>/", include("workshops.waiting.desk_urls")),
    path("<int:pk>/", include("workshops.roster.desk_urls")),
    path("<int:pk>/cancel/", views.workshop_cancel, name="workshop_cancel"),
]
