from django.urls import path

from credits.retention import desk

urlpatterns = [
    path("", desk.overview, name="retention"),
    path("removals/", desk.removal_list, name="removal_list"),
    path("holds/", desk.hold_list, name="hold_list"),
    path("holds/add/", desk.hold_add, name="hold_add"),
    path("holds/<int:pk>/lift/", desk.hold_lift, name="hold_lift"),
]
