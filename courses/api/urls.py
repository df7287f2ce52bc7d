from django.urls import URLPattern

app_name = "courses_api"

urlpatterns: list[URLPattern] = []
