"""When alerts write."""

from __future__ import annotations

from datetime import timedelta

from core.jobs import RunningJob, job, periodic
from workshops.models import SearchAlert, Workshop


@job("workshops.match_alerts")
def match_alerts(job: RunningJob, *, workshop: int) -> None:
    from workshops.alerts import services

    services.match_alerts(workshop=Workshop.objects.get(pk=workshop))


@job("workshops.begin_alerts", forget_done=True)
def begin_alerts(job: RunningJob) -> None:
    from workshops.alerts import services

    services.begin_alerts()


@job("workshops.queue_alerts", forget_done=True)
def queue_alerts(job: RunningJob, *, day: str) -> None:
    from workshops.alerts import services

    services.queue_alerts(day=day)


@job("workshops.mail_alert", forget_done=True)
def mail_alert(job: RunningJob, *, alert: int) -> None:
    from workshops.alerts import services

    if row := SearchAlert.objects.filter(pk=alert).first():  # it may be deleted by now
        services.mail_alert(alert=row)


@job("workshops.look_after_alerts", forget_done=True)
def look_after_alerts(job: RunningJob) -> None:
    """Once a day: ask whose year ends soon, close what is over, delete what is long over."""
    from workshops.alerts.services import ask_again, expire_alerts
    from workshops.asking.services import ASKED_AGAIN_BEFORE, forget_old, today

    ending = SearchAlert.objects.filter(state=SearchAlert.State.ACTIVE, expires_on__lte=today() + ASKED_AGAIN_BEFORE)
    for alert in ending.order_by("pk").iterator():
        ask_again(alert=alert)
    expire_alerts()
    forget_old(SearchAlert)


periodic("workshops.begin_alerts", every=timedelta(hours=1))
periodic("workshops.look_after_alerts", every=timedelta(days=1))
