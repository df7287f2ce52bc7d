from django.urls import URLPattern

app_name = "workshops_desk"

urlpatterns: list[URLPattern] = []
