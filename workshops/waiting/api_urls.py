from django.urls import path

from workshops.waiting import api

urlpatterns = [
    path("waiting/", api.WaitingListView.as_view(), name="waiting-own"),
    path("<slug:slug>/waiting/join/", api.JoinView.as_view(), name="waiting-join"),
    path("<slug:slug>/waiting/accept/", api.AcceptView.as_view(), name="waiting-accept"),
    path("<slug:slug>/waiting/leave/", api.LeaveListView.as_view(), name="waiting-leave"),
    path("<slug:slug>/waiting-list/", api.StaffListView.as_view(), name="waiting-list"),
    path("<slug:slug>/waiting-list/add/", api.AddView.as_view(), name="waiting-add"),
    path("<slug:slug>/waiting-list/<int:pk>/priority/", api.PriorityView.as_view(), name="waiting-priority"),
    path("<slug:slug>/waiting-list/<int:pk>/remove/", api.RemoveView.as_view(), name="waiting-remove"),
    path("<slug:slug>/capacity/", api.CapacityView.as_view(), name="workshop-capacity"),
]
