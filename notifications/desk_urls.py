from django.urls import URLPattern

app_name = "notifications_desk"

urlpatterns: list[URLPattern] = []
