from django.urls import URLPattern

app_name = "streaming_api"

urlpatterns: list[URLPattern] = []
