from django.urls import URLPattern

app_name = "core_desk"

urlpatterns: list[URLPattern] = []
