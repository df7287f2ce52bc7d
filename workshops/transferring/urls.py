from django.urls import path

from workshops.transferring import views

urlpatterns = [
    path("seats/<int:pk>/pass-on/", views.transfer_create, name="transfer_create"),
    path("transfers/<int:pk>/withdraw/", views.transfer_withdraw, name="transfer_withdraw"),
    path("transfers/<str:token>/", views.transfer_detail, name="transfer_detail"),
    path("transfers/<str:token>/decline/", views.transfer_decline, name="transfer_decline"),
]
