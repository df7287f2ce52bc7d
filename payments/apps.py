from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from core import desk

        desk.register("Access", "payments_desk:grant_list", roles=("staff",), group="People")
