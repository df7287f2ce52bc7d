from django.urls import path

from workshops.leaving import views

urlpatterns = [
    path("<slug:slug>/cancel/", views.seat_cancel, name="seat_cancel"),
    path("<slug:slug>/offer-seat/", views.seat_offer, name="seat_offer"),
    path("<slug:slug>/keep-seat/", views.seat_keep, name="seat_keep"),
]
