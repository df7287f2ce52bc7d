from django.urls import path

from credits.reminders import api

urlpatterns = [
    path("reminders/", api.RemindersView.as_view(), name="reminders"),
    path("reminders/days/", api.ChooseDaysView.as_view(), name="reminders-days"),
    path("reminders/all/", api.SwitchView.as_view(), name="reminders-all"),
    path("licences/<int:pk>/reminders/", api.SwitchLicenceView.as_view(), name="licence-reminders"),
]
