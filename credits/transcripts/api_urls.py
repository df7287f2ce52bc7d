from django.urls import include, path
from rest_framework.routers import SimpleRouter

from credits.transcripts import api

router = SimpleRouter()
router.register("transcript/links", api.LinkViewSet, basename="transcript-link")

urlpatterns = [
    path("transcript/", api.TranscriptView.as_view(), name="transcript"),
    path("transcript/pdf/", api.TranscriptPdfView.as_view(), name="transcript-pdf"),
    path("transcript/csv/", api.TranscriptCsvView.as_view(), name="transcript-csv"),
    path("transcript/links/add/", api.MakeLinkView.as_view(), name="transcript-link-add"),
    path("transcript/links/<int:pk>/revoke/", api.RevokeLinkView.as_view(), name="transcript-link-revoke"),
    path("transcript/shared/<str:token>/", api.SharedTranscriptView.as_view(), name="transcript-shared"),
    path("", include(router.urls)),
]
