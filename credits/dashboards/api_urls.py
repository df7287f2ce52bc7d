from django.urls import path

from credits.dashboards import api

urlpatterns = [
    path("standings/", api.StandingsView.as_view(), name="standings"),
    path("endings/", api.ExpiriesView.as_view(), name="endings"),
    path("unverified/", api.UnverifiedView.as_view(), name="unverified"),
]
