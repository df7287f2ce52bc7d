"""What people buy, pay and have bought; and Stripe's own way in."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from payments.views import balances, membership, orders, organizations, shop, webhook

app_name = "payments"

urlpatterns: list[URLPattern | URLResolver] = [
    path("organizations/", organizations.organization_list, name="organization_list"),
    path("organizations/new/", organizations.organization_create, name="organization_create"),
    path("organizations/<int:pk>/", organizations.organization_detail, name="organization_detail"),
    path("organizations/<int:pk>/edit/", organizations.organization_edit, name="organization_edit"),
    path("organizations/<int:pk>/buy/<slug:slug>/", organizations.seats_buy, name="seats_buy"),
    path("organizations/<int:pk>/managers/<int:user_pk>/remove/", organizations.manager_remove, name="manager_remove"),
    path("seats/pools/<int:pk>/", organizations.pool_detail, name="pool_detail"),
    path("seats/pools/<int:pk>/link/", organizations.pool_link, name="pool_link"),
    path("seats/pools/<int:pk>/report.csv", organizations.pool_report, name="pool_report"),
    path("seats/<int:pk>/free/", organizations.seat_free, name="seat_free"),
    path("seats/<int:pk>/invite/", organizations.seat_invite_again, name="seat_invite_again"),
    path("seats/take/<str:token>/", organizations.seat_take, name="seat_take"),
    path("products/<slug:slug>/", shop.product_detail, name="product_detail"),
    path("orders/", orders.order_list, name="order_list"),
    path("orders/<int:pk>/", orders.order_detail, name="order_detail"),
    path("orders/<int:pk>/pay/", orders.order_pay, name="order_pay"),
    path("orders/<int:pk>/cancel/", orders.order_cancel, name="order_cancel"),
    path("orders/<int:pk>/receipt/", orders.order_receipt, name="order_receipt"),
    path("orders/<int:pk>/receipt.pdf", orders.order_receipt_pdf, name="order_receipt_pdf"),
    path("balances/<int:pk>/", balances.balance_detail, name="balance_detail"),
    path("balances/<int:pk>/pay/", balances.balance_pay, name="balance_pay"),
    path("balances/<int:pk>/pay-all/", balances.balance_pay_all, name="balance_pay_all"),
    path("receipts/", orders.receipt_list, name="receipt_list"),
    path("receipts/<int:pk>/", orders.payment_receipt, name="payment_receipt"),
    path("receipts/<int:pk>/receipt.pdf", orders.payment_receipt_pdf, name="payment_receipt_pdf"),
    path("membership/", membership.membership, name="membership"),
    path("membership/portal/", membership.membership_portal, name="membership_portal"),
    path("membership/pause/", membership.membership_pause, name="membership_pause"),
    path("membership/resume/", membership.membership_resume, name="membership_resume"),
    path("membership/keep/", membership.membership_keep, name="membership_keep"),
    path("membership/pay/", membership.membership_pay, name="membership_pay"),
    path("stripe/webhook/", webhook.stripe_webhook, name="stripe_webhook"),
]
