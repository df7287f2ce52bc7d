from django.urls import URLPattern

app_name = "workshops_api"

urlpatterns: list[URLPattern] = []
