from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from accounts import panels
        from core import desk
        from payments.selectors import access_panel

        desk.register("Access", "payments_desk:grant_list", roles=("staff",), group="People", order=20)
        desk.register("Products", "payments_sales:product_list", roles=("staff",), group="Sales", order=10)
        desk.register("Promotion codes", "payments_sales:code_list", roles=("staff",), group="Sales", order=11)
        desk.register("Payment news", "payments_sales:event_list", roles=("staff",), group="Sales", order=90)
        panels.register(_("Access"), "payments/desk/_person_panel.html", load=access_panel, order=20)
