from django.urls import URLPattern

app_name = "credits_api"

urlpatterns: list[URLPattern] = []
