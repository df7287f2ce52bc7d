from django.urls import path

from payments.views import access as views

app_name = "payments_desk"

urlpatterns = [
    path("", views.grant_list, name="grant_list"),
    path("new/", views.grant_create, name="grant_create"),
    path("<int:pk>/revoke/", views.grant_revoke, name="grant_revoke"),
]
