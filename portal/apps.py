from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        from accounts.models import Role
        from core import desk

        desk.register("What waits", "desk:home", roles=tuple(Role.values), group="Overview", order=0)
