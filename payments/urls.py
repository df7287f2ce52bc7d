"""What people buy, pay and have bought; and Stripe's own way in."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "payments"

urlpatterns: list[URLPattern | URLResolver] = []
