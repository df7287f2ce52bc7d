"""Below a workshop's own address on the desk."""

from django.urls import path

from workshops.cancelling import desk

urlpatterns = [
    path("cancel/", desk.workshop_cancel, name="workshop_cancel"),
    path("cancel/progress/", desk.call_off_progress, name="call_off_progress"),
    path("cancel/again/", desk.call_off_again, name="call_off_again"),
]
