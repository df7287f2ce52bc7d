from django.apps import AppConfig


class WorkshopsConfig(AppConfig):
    name = "workshops"

    def ready(self) -> None:
        from workshops import receivers  # noqa: F401  (connects the listeners)
        from workshops.registrations import register

        register()
