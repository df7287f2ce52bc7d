"""The staff desk for sales: products, orders, money."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from payments.views import balances, events, money, products, refunds, sales

app_name = "payments_sales"

urlpatterns: list[URLPattern | URLResolver] = [
    path("orders/", sales.order_list, name="order_list"),
    path("orders/<int:pk>/", sales.order_detail, name="order_detail"),
    path("orders/<int:pk>/check/", sales.order_check, name="order_check"),
    path("orders/<int:pk>/cancel/", sales.order_cancel, name="order_cancel"),
    path("payments/", sales.payment_list, name="payment_list"),
    path("payments/<int:pk>/refund/", refunds.payment_refund, name="payment_refund"),
    path("refunds/<int:pk>/", refunds.refund_detail, name="refund_detail"),
    path("memberships/", sales.subscription_list, name="subscription_list"),
    path("balances/", balances.balance_list, name="balance_list"),
    path("balances/<int:pk>/", balances.balance_decide, name="balance_decide"),
    path("disputes/", sales.dispute_list, name="dispute_list"),
    path("revenue/", money.revenue, name="revenue"),
    path("movements.csv", money.movements_csv, name="movements_csv"),
    path("payouts/", money.payout_list, name="payout_list"),
    path("payouts/<str:payout_id>/", money.payout_detail, name="payout_detail"),
    path("products/", products.product_list, name="product_list"),
    path("products/new/", products.product_create, name="product_create"),
    path("products/split/", products.product_split, name="product_split"),
    path("products/sync/", products.prices_sync, name="prices_sync"),
    path("products/<int:pk>/", products.product_detail, name="product_detail"),
    path("products/<int:pk>/edit/", products.product_edit, name="product_edit"),
    path("products/<int:pk>/sale/", products.product_sale, name="product_sale"),
    path("products/<int:pk>/prices/", products.price_set, name="price_set"),
    path("products/<int:pk>/deposit/", products.deposit_set, name="deposit_set"),
    path("prices/<int:pk>/take-off/", products.price_take_off, name="price_take_off"),
    path("codes/", products.code_list, name="code_list"),
    path("codes/new/", products.code_create, name="code_create"),
    path("codes/<int:pk>/", products.code_edit, name="code_edit"),
    path("events/", events.event_list, name="event_list"),
    path("events/reconcile/", events.reconcile_now, name="reconcile_now"),
]
