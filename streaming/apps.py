from django.apps import AppConfig


class StreamingConfig(AppConfig):
    name = "streaming"

    def ready(self) -> None:
        from core import desk
        from streaming import checks, receivers  # noqa: F401  (registers the system checks, connects the listeners)

        desk.register("Videos", "streaming_desk:asset_list", roles=("staff", "instructor"), group="Teaching", order=20)
