"""Below a workshop's own address on the desk."""

from django.urls import path

from workshops.reminding.desk import reminder_list
from workshops.roster import desk, desk_completion, desk_messages, desk_papers

urlpatterns = [
    path("", desk.workshop_roster, name="workshop_roster"),
    path("complete/", desk_completion.workshop_complete, name="workshop_complete"),
    path("complete/progress/", desk_completion.completion_progress, name="completion_progress"),
    path("seats/<int:seat>/outcomes/", desk.outcome_list, name="outcome_list"),
    path("corrections/<int:correction>/", desk.correction_answer, name="correction_answer"),
    path("seats/", desk.seat_add, name="seat_add"),
    path("seats/<int:seat>/remove/", desk.seat_remove, name="seat_remove"),
    path("blocks/<int:block>/everyone/", desk.attendance_mark_all, name="attendance_mark_all"),
    path("seats/<int:seat>/blocks/<int:block>/mark/", desk.attendance_mark, name="attendance_mark"),
    path("seats/<int:seat>/blocks/<int:block>/", desk.attendance_edit, name="attendance_edit"),
    path("attendance/<int:entry>/annul/", desk.attendance_annul, name="attendance_annul"),
    path("messages/", desk_messages.message_list, name="message_list"),
    path("messages/reminders/", reminder_list, name="reminder_list"),
    path("messages/<int:message>/", desk_messages.message_detail, name="message_detail"),
    path("roster.csv", desk_papers.roster_export, name="roster_csv"),
    path("<slug:kind>.pdf", desk_papers.paper, name="paper"),
]
