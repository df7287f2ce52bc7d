from django.urls import include, path

from workshops.calendars.views import workshop_calendar
from workshops.schedule.views import workshop_detail

app_name = "workshops"

urlpatterns = [
    path("", include("workshops.near.urls")),
    path("", include("workshops.waiting.urls")),
    path("alerts/", include("workshops.alerts.urls")),
    path("wanted/", include("workshops.demand.urls")),
    path("", include("workshops.roster.urls")),
    path("", include("workshops.leaving.urls")),
    path("", include("workshops.transferring.urls")),
    path("", include("workshops.booking.urls")),
    path("", include("workshops.cancelling.urls")),
    path("", include("workshops.moving.urls")),
    path("checkin/", include("workshops.checkin.urls")),
    path("<slug:slug>/", workshop_detail, name="workshop_detail"),
    path("<slug:slug>/calendar.ics", workshop_calendar, name="workshop_calendar"),
]
