from django.urls import path

from workshops.moving import views

urlpatterns = [
    path("<slug:slug>/move/", views.seat_move, name="seat_move"),
    path("<slug:slug>/move/<int:to>/", views.seat_move_confirm, name="seat_move_confirm"),
]
