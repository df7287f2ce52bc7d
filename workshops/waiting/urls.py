from django.urls import path

from workshops.waiting import views

urlpatterns = [
    path("waiting/leave/<str:token>/", views.waiting_leave, name="waiting_leave"),
    path("<slug:slug>/waiting/", views.waiting_join, name="waiting_join"),
    path("<slug:slug>/waiting/leave/", views.waiting_leave_own, name="waiting_leave_own"),
]
