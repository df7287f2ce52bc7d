"""Below a workshop's own address on the desk."""

from django.urls import path

from workshops.waiting import desk

urlpatterns = [
    path("waiting/", desk.waiting_list, name="waiting_list"),
    path("waiting/add/", desk.waiting_add, name="waiting_add"),
    path("waiting/<int:entry>/priority/", desk.waiting_priority, name="waiting_priority"),
    path("waiting/<int:entry>/remove/", desk.waiting_remove, name="waiting_remove"),
    path("capacity/", desk.capacity_change, name="capacity_change"),
]
