from django.urls import path

from workshops.near.feeds import near_calendar, near_points, near_rss
from workshops.near.views import workshop_list

urlpatterns = [
    path("", workshop_list, name="workshop_list"),
    path("near.rss", near_rss, name="near_rss"),
    path("near.ics", near_calendar, name="near_calendar"),
    path("near.geojson", near_points, name="near_points"),
]
