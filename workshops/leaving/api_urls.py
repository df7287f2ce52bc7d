from django.urls import path

from workshops.leaving import api

urlpatterns = [
    path("cancellation-policies/", api.PoliciesView.as_view(), name="policy-list"),
    path("cancellation-policies/<int:pk>/", api.PolicyView.as_view(), name="policy-detail"),
    path("<slug:slug>/leaving/", api.LeavingView.as_view(), name="workshop-leaving"),
    path("<slug:slug>/cancel/", api.CancelSeatView.as_view(), name="workshop-cancel"),
    path("<slug:slug>/offer-seat/", api.OfferSeatView.as_view(), name="seat-offer"),
    path("<slug:slug>/keep-seat/", api.KeepSeatView.as_view(), name="seat-keep"),
]
