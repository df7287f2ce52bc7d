"""Seats given back by staff, and the policies; in the namespace `workshops_desk`."""

from django.urls import path

from workshops.leaving import desk

urlpatterns = [
    path("policies/", desk.policy_list, name="policy_list"),
    path("policies/new/", desk.policy_edit, name="policy_create"),
    path("policies/<int:pk>/", desk.policy_edit, name="policy_edit"),
    path("<int:pk>/seats/<int:seat>/leave/", desk.seat_leave, name="seat_leave"),
]
