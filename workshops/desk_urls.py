from django.urls import include, path

app_name = "workshops_desk"

urlpatterns = [
    path("", include("workshops.schedule.desk_urls")),
    path("", include("workshops.demand.desk_urls")),
    path("", include("workshops.leaving.desk_urls")),
    path("<int:pk>/", include("workshops.waiting.desk_urls")),
    path("", include("workshops.booking.desk_urls")),
    path("<int:pk>/", include("workshops.roster.desk_urls")),
    path("<int:pk>/", include("workshops.cancelling.desk_urls")),
    path("<int:pk>/", include("workshops.moving.desk_urls")),
    path("<int:pk>/checkin/", include("workshops.checkin.desk_urls")),
]
