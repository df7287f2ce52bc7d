from typing import Any

from django.apps import AppConfig


class PlannerConfig(AppConfig):
    name = "planner"

    def ready(self) -> None:
        from django.urls import reverse
        from django.utils.translation import gettext_lazy as _

        from credits import onward
        from planner import receivers  # noqa: F401  # connects the listeners

        def plan_of(licence: Any) -> str:
            return f"{reverse('planner:plan')}?licences={licence.pk}"

        onward.register("planner", _("Plan what is missing"), address=plan_of)
