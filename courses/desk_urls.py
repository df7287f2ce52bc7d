from django.urls import URLPattern

app_name = "courses_desk"

urlpatterns: list[URLPattern] = []
