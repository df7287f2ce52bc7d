from django.urls import path

from workshops.checkin import api

urlpatterns = [
    path("checkin/claim/", api.ClaimView.as_view(), name="checkin-claim"),
    path("checkin/roster/", api.PhoneRosterView.as_view(), name="checkin-roster"),
    path("checkin/sync/", api.SyncView.as_view(), name="checkin-sync"),
    path("checkin/conflicts/<uuid:nonce>/settle/", api.SettleOnPhoneView.as_view(), name="checkin-settle"),
    path("<slug:slug>/checkin/devices/", api.DevicesView.as_view(), name="checkin-desk-devices"),
    path("<slug:slug>/checkin/devices/<int:pk>/revoke/", api.RevokeView.as_view(), name="checkin-desk-revoke"),
    path("<slug:slug>/checkin/conflicts/", api.ConflictsView.as_view(), name="checkin-desk-conflicts"),
    path("<slug:slug>/checkin/conflicts/<uuid:nonce>/settle/", api.SettleView.as_view(), name="checkin-desk-settle"),
    path("<slug:slug>/checkin/walk-ins/", api.WalkInsView.as_view(), name="checkin-desk-walk-ins"),
    path("<slug:slug>/checkin/walk-ins/<uuid:nonce>/settle/", api.SettleWalkInView.as_view(), name="checkin-desk-settle-walk-in"),
    path("<slug:slug>/checkin/paper/", api.PaperView.as_view(), name="checkin-desk-paper"),
    path("<slug:slug>/checkin/sheets/", api.SheetsView.as_view(), name="checkin-desk-sheets"),
    path("<slug:slug>/checkin/sheets/<int:pk>/", api.SheetView.as_view(), name="checkin-desk-sheet"),
    path("<slug:slug>/checkin/signatures/<int:entry>/", api.SignatureView.as_view(), name="checkin-desk-signature"),
]
