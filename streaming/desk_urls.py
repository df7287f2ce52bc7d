from django.urls import URLPattern

app_name = "streaming_desk"

urlpatterns: list[URLPattern] = []
