from django.urls import path

from streaming.api import editions, sessions, transcripts

app_name = "streaming_api"

urlpatterns = [
    path("grants/<int:pk>/edition", editions.GrantEditionView.as_view(), name="grant_edition"),
    path("sessions", sessions.OpenSessionView.as_view(), name="session_open"),
    path("sessions/<uuid:token>/beats", sessions.session_beats, name="session_beats"),
    path("sessions/<uuid:token>/address", sessions.SessionAddressView.as_view(), name="session_address"),
    path("sessions/<uuid:token>/close", sessions.session_close, name="session_close"),
    path("grants/<int:pk>/transcript", transcripts.GrantTranscriptView.as_view(), name="grant_transcript"),
    path("previews/<str:key>/transcript", transcripts.PreviewTranscriptView.as_view(), name="preview_transcript"),
]
