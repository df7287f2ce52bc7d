from django.urls import path

from workshops.transferring import api

urlpatterns = [
    path("transfers/", api.TransferListView.as_view(), name="transfer-list"),
    path("seats/<int:pk>/transfer/", api.OfferSeatView.as_view(), name="transfer-offer"),
    path("transfers/<int:pk>/withdraw/", api.WithdrawTransferView.as_view(), name="transfer-withdraw"),
    path("transfers/<int:pk>/accept/", api.AcceptTransferView.as_view(), name="transfer-accept"),
    path("transfers/<int:pk>/decline/", api.DeclineTransferView.as_view(), name="transfer-decline"),
]
