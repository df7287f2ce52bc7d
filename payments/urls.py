"""What people buy, pay and have bought; and Stripe's own way in."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from payments.views import orders, shop, webhook

app_name = "payments"

urlpatterns: list[URLPattern | URLResolver] = [
    path("products/<slug:slug>/", shop.product_detail, name="product_detail"),
    path("orders/<int:pk>/", orders.order_detail, name="order_detail"),
    path("stripe/webhook/", webhook.stripe_webhook, name="stripe_webhook"),
]
