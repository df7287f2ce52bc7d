from django.urls import path

from streaming.api import sessions

app_name = "streaming_api"

urlpatterns = [
    path("sessions", sessions.OpenSessionView.as_view(), name="session_open"),
    path("sessions/<uuid:token>/beats", sessions.session_beats, name="session_beats"),
    path("sessions/<uuid:token>/address", sessions.SessionAddressView.as_view(), name="session_address"),
    path("sessions/<uuid:token>/close", sessions.session_close, name="session_close"),
]
