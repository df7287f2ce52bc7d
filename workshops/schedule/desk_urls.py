"""Addresses of the schedule at the desk; in the namespace `workshops_desk`."""

from django.urls import path

from workshops.schedule.desk import series, venues, workshops

urlpatterns = [
    path("", workshops.workshop_list, name="workshop_list"),
    path("new/", workshops.workshop_create, name="workshop_create"),
    path("<int:pk>/edit/", workshops.workshop_edit, name="workshop_edit"),
    path("<int:pk>/publish/", workshops.workshop_publish, name="workshop_publish"),
    path("<int:pk>/copy/", series.workshop_duplicate, name="workshop_duplicate"),
    path("<int:pk>/repeat/", series.workshop_repeat, name="workshop_repeat"),
    path("series/", series.series_list, name="series_list"),
    path("series/new/", series.series_edit, name="series_create"),
    path("series/<int:pk>/", series.series_detail, name="series_detail"),
    path("series/<int:pk>/edit/", series.series_edit, name="series_edit"),
    path("venues/", venues.venue_list, name="venue_list"),
    path("venues/new/", venues.venue_edit, name="venue_create"),
    path("venues/<int:pk>/", venues.venue_edit, name="venue_edit"),
]
