from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        from accounts import panels
        from core import desk
        from notifications.selectors import mail_panel

        desk.register("Mail", "notifications_desk:message_list", roles=("staff",), group="People", order=30)
        panels.register(_("Mail"), "notifications/desk/_person_panel.html", load=mail_panel, order=30)
