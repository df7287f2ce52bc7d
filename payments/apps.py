from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from accounts import panels
        from core import desk
        from payments import checks  # noqa: F401  (registers the system checks)
        from payments.balance_subjects import BalanceKind
        from payments.selectors import access_panel
        from payments.selectors.sales import orders_panel
        from payments.subjects import register

        register(BalanceKind())
        desk.register("Access", "payments_desk:grant_list", roles=("staff",), group="People", order=20)
        desk.register("Products", "payments_sales:product_list", roles=("staff",), group="Sales", order=10)
        desk.register("Promotion codes", "payments_sales:code_list", roles=("staff",), group="Sales", order=11)
        desk.register("Payment news", "payments_sales:event_list", roles=("staff",), group="Sales", order=90)
        sales = [("Revenue", "revenue"), ("Orders", "order_list"), ("Payments", "payment_list"), ("Memberships", "subscription_list")]
        sales += [("Disputes", "dispute_list"), ("Deposits", "balance_list"), ("Payouts", "payout_list")]
        for order, (title, name) in enumerate(sales):
            desk.register(title, f"payments_sales:{name}", roles=("staff",), group="Sales", order=order)
        panels.register(_("Orders"), "payments/desk/_orders_panel.html", load=orders_panel, order=15)
        panels.register(_("Access"), "payments/desk/_person_panel.html", load=access_panel, order=20)
