from django.apps import AppConfig


class WorkshopsConfig(AppConfig):
    name = "workshops"

    def ready(self) -> None:
        from workshops import receivers  # noqa: F401  (connects the listeners)
        from workshops.demand import receivers as demand_receivers  # noqa: F401  (the same)
        from workshops.moving import receivers as moving_receivers  # noqa: F401
        from workshops.registrations import register

        register()
