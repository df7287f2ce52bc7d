"""The staff desk for sales: products, orders, money."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "payments_sales"

urlpatterns: list[URLPattern | URLResolver] = []
