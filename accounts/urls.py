from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("details/", views.profile, name="profile"),
    path("legal-name/", views.legal_name_confirm, name="legal_name_confirm"),
]
