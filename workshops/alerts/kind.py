"""Alerts as one of the things that are asked by mail."""

from django.utils.translation import gettext_lazy

from workshops.alerts import services
from workshops.alerts.forms import PaceForm
from workshops.asking.kinds import Kind
from workshops.models import SearchAlert

ALERTS: Kind[SearchAlert] = Kind(
    model=SearchAlert,
    limit="alerts",
    templates="workshops/alerts/alert",
    detail="workshops:alert_detail",
    shown=lambda alert: {"alert": alert},
    form=lambda data, alert: PaceForm(data, initial={"pace": alert.pace}),
    change=lambda alert, typed: services.change_alert(alert=alert, pace=typed.wish),
    confirm=lambda alert: services.confirm_alert(alert=alert),
    renew=lambda alert: services.renew_alert(alert=alert),
    stop=lambda alert: services.stop_alert(alert=alert),
    confirmed_words=gettext_lazy("The alert is on. We write when a workshop is announced that fits."),
    renewed_words=gettext_lazy("The alert is on for another year."),
)
