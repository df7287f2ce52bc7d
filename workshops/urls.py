from django.urls import path

from workshops import views

app_name = "workshops"

urlpatterns = [
    path("", views.workshop_list, name="workshop_list"),
    path("<slug:slug>/", views.workshop_detail, name="workshop_detail"),
    path("<slug:slug>/register/", views.workshop_register, name="workshop_register"),
    path("<slug:slug>/cancel/", views.seat_cancel, name="seat_cancel"),
    path("<slug:slug>/calendar.ics", views.workshop_calendar, name="workshop_calendar"),
]
