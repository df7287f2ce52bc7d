from django.urls import path

from credits.retention import api

urlpatterns = [
    path("retention/", api.RetentionView.as_view(), name="retention"),
    path("retention/due/<slug:source>/", api.DueView.as_view(), name="retention-due"),
    path("retention/removals/", api.RemovalsView.as_view(), name="retention-removals"),
    path("legal-holds/", api.HoldListView.as_view(), name="hold-list"),
    path("legal-holds/place/", api.PlaceHoldView.as_view(), name="hold-place"),
    path("legal-holds/<int:pk>/lift/", api.LiftHoldView.as_view(), name="hold-lift"),
]
