from django.urls import URLPattern

app_name = "credits_desk"

urlpatterns: list[URLPattern] = []
