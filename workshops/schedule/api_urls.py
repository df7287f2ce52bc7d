"""Addresses of the schedule below a workshop's own; in the namespace `workshops_api`."""

from django.urls import path

from workshops.schedule.api import RepeatDaysView, RepeatView, ScheduleView

urlpatterns = [
    path("schedule/", ScheduleView.as_view(), name="workshop-schedule"),
    path("repeats/days/", RepeatDaysView.as_view(), name="workshop-repeat-days"),
    path("repeats/", RepeatView.as_view(), name="workshop-repeats"),
]
