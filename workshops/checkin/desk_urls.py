"""Below a workshop's own address on the desk: its phones, what waits for a person, and sheets of paper."""

from django.urls import path

from workshops.checkin import desk

urlpatterns = [
    path("", desk.checkin_desk, name="checkin_desk"),
    path("phones/<int:device>/", desk.device_enrolled, name="checkin_device"),
    path("phones/<int:device>/revoke/", desk.device_revoke, name="checkin_device_revoke"),
    path("conflicts/<int:conflict>/", desk.conflict_settle, name="checkin_conflict"),
    path("walk-ins/<int:walk_in>/", desk.walk_in_settle, name="checkin_walk_in"),
    path("paper/<int:block>/", desk.paper, name="checkin_paper"),
    path("sheets/<int:sheet>/", desk.sheet_file, name="checkin_sheet"),
    path("signatures/<int:entry>/", desk.signature_picture, name="checkin_signature"),
]
