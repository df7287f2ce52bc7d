"""Addresses of planning; in the namespace `workshops_api`."""

from django.urls import path

from workshops.schedule import planning_api as api

urlpatterns = [
    path("plans/", api.PlanListView.as_view(), name="plan-list"),
    path("venues/", api.VenueListView.as_view(), name="venue-list"),
    path("venues/<int:pk>/", api.VenueView.as_view(), name="venue-detail"),
    path("series/", api.SeriesListView.as_view(), name="series-list"),
    path("series/<int:pk>/", api.SeriesView.as_view(), name="series-detail"),
    path("<slug:slug>/plan/", api.PlanView.as_view(), name="workshop-plan"),
    path("<slug:slug>/announce/", api.AnnounceView.as_view(), name="workshop-announce"),
]
