from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core import (
            desk,
            isolation,  # noqa: F401  (connects the assertion)
        )

        desk.register("Background jobs", "core_desk:job_list", roles=("staff",), group="System")

        autodiscover_modules("tasks")  # each app's job functions register themselves
