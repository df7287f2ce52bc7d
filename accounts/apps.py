from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from core import desk

        desk.register("People", "accounts_desk:person_list", roles=("staff",), group="People", order=10)
