"""Below a workshop's own address on the desk."""

from django.urls import path

from workshops.moving import desk

urlpatterns = [
    path("seats/<int:seat>/move/", desk.seat_move, name="seat_move"),
    path("seats/<int:seat>/move/<int:to>/", desk.seat_move_confirm, name="seat_move_confirm"),
]
