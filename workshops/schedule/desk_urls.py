"""Addresses of the schedule at the desk; in the namespace `workshops_desk`."""

from django.urls import path

from workshops.schedule.desk import venues, workshops

urlpatterns = [
    path("", workshops.workshop_list, name="workshop_list"),
    path("new/", workshops.workshop_create, name="workshop_create"),
    path("<int:pk>/edit/", workshops.workshop_edit, name="workshop_edit"),
    path("<int:pk>/publish/", workshops.workshop_publish, name="workshop_publish"),
    path("venues/", venues.venue_list, name="venue_list"),
    path("venues/new/", venues.venue_edit, name="venue_create"),
    path("venues/<int:pk>/", venues.venue_edit, name="venue_edit"),
]
