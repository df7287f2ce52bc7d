from django.urls import include, path

from workshops.reminding.api import RemindersView
from workshops.roster import api, api_seats

roster = [
    path("", api.RosterView.as_view(), name="roster"),
    path("seats/", api_seats.GiveSeatView.as_view(), name="roster-give-seat"),
    path("seats/<int:seat>/take-back/", api_seats.TakeBackView.as_view(), name="roster-take-back"),
    path("seats/<int:seat>/move/", api_seats.StaffMoveView.as_view(), name="roster-move"),
    path("seats/<int:seat>/entries/", api.EntryView.as_view(), name="roster-entry"),
    path("seats/<int:seat>/marks/", api.MarkView.as_view(), name="roster-mark"),
    path("seats/<int:seat>/outcomes/", api.OutcomesView.as_view(), name="roster-outcomes"),
    path("blocks/<int:block>/everyone/", api.MarkRestView.as_view(), name="roster-mark-rest"),
    path("entries/<int:entry>/annul/", api.AnnulView.as_view(), name="roster-annul"),
    path("completion/", api.DecidingView.as_view(), name="roster-completion"),
    path("corrections/", api.CorrectionsView.as_view(), name="roster-corrections"),
    path("corrections/<int:correction>/answer/", api.AnswerView.as_view(), name="roster-answer"),
    path("reminders/", RemindersView.as_view(), name="roster-reminders"),
    path("messages/", api.MessagesView.as_view(), name="roster-messages"),
    path("papers/<slug:kind>/", api.PaperView.as_view(), name="roster-paper"),
    path("csv/", api.RosterCsvView.as_view(), name="roster-csv"),
]

urlpatterns = [
    path("rosters/<int:pk>/", include(roster)),
    path("<slug:slug>/attendance/", api.OwnAttendanceView.as_view(), name="attendance"),
]
