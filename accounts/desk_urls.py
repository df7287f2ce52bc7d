from django.urls import URLPattern

app_name = "accounts_desk"

urlpatterns: list[URLPattern] = []
