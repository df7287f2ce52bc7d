from django.urls import URLPattern

app_name = "payments_desk"

urlpatterns: list[URLPattern] = []
