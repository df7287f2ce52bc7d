"""Below a workshop's own address on the desk."""

from django.urls import path

from workshops.roster import desk

urlpatterns = [
    path("", desk.workshop_roster, name="workshop_roster"),
    path("complete/", desk.workshop_complete, name="workshop_complete"),
    path("seats/", desk.seat_add, name="seat_add"),
    path("seats/<int:seat>/remove/", desk.seat_remove, name="seat_remove"),
    path("blocks/<int:block>/everyone/", desk.attendance_mark_all, name="attendance_mark_all"),
    path("seats/<int:seat>/blocks/<int:block>/mark/", desk.attendance_mark, name="attendance_mark"),
    path("seats/<int:seat>/blocks/<int:block>/", desk.attendance_edit, name="attendance_edit"),
    path("attendance/<int:entry>/annul/", desk.attendance_annul, name="attendance_annul"),
]
