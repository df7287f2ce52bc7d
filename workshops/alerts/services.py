"""Verbs on alerts: set, confirm, change, stop, keep for another year; and the mail that tells of what is new."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from core.jobs import enqueue
from credits.models import Board
from notifications.models import MailMessage
from notifications.services import send_mail_once
from workshops.asking.links import link_token
from workshops.asking.services import ASKED_AGAIN_BEFORE, AskingRefused, begin, close, locked, sign, today
from workshops.models import AlertedWorkshop, Announcement, SearchAlert, Workshop
from workshops.near.geo import Point, distance_km
from workshops.near.places import nearest_place
from workshops.near.searches import NearSearch, SearchRefused

State = SearchAlert.State
MORNING = 7  # the hour of the school from which the day's mail goes out
LISTED = 20  # in one mail; the page has the rest
STILL_NEWS = timedelta(days=14)  # a worker that was away so long finds everything all the same


def set_alert(*, search: NearSearch, pace: str, user: Any = None, email: str = "") -> SearchAlert:
    """Watch for a search. Of a person signed in it counts at once; an address is written to and counts once confirmed.

    Raises AskingRefused. The same search of the same person, while it is watched, is returned with the pace asked for.
    """
    if search.problem:
        raise AskingRefused(search.problem, code="unknown_place")
    if search.last and search.last < today():
        raise AskingRefused(_("The last day of this search is over. Search without it, or with a later one."), code="past_dates")
    if search.board and not Board.objects.filter(code=search.board).exists():  # its words would stand in a letter, too
        raise AskingRefused(_("We do not know the body that this search names, so nothing would ever fit it. Choose another one."), code="unknown_board")
    search = search.settled()
    if search.lat is not None and search.lng is not None:  # beside a position any words may stand, and a letter to an address repeats them
        town = nearest_place(Point(search.lat, search.lng))
        search = search.but(place=town.label if town else "")
    with transaction.atomic():
        if user is not None and (twin := SearchAlert.objects.filter(user=user, state=State.ACTIVE, search=search.query()).first()):
            return twin if twin.pace == pace else change_alert(alert=twin, pace=pace)
        origin = search.origin if search.is_by_distance and search.radius is not None else None
        where = {"lat": origin.lat, "lng": origin.lng, "radius_km": search.radius_km} if origin else {}
        alert = SearchAlert(search=search.query(), words=search.words()[:400], pace=pace, **where)
        counts = sign(alert, user=user, email=email)
        _end_with_search(alert)
        alert.save()
        _mail(alert, "alert_set" if counts else "alert_confirm", key=f"alert-asked:{alert.pk}")
    return alert


def search_of(alert: SearchAlert) -> NearSearch | None:
    """What it looks for; None when its parameters mean nothing any more."""
    try:
        return NearSearch.from_query(QueryDict(alert.search))
    except SearchRefused:
        return None


def _end_with_search(alert: SearchAlert) -> None:
    """A search that ends on a day is not watched after it."""
    search = search_of(alert)
    if alert.expires_on and search and search.last:
        alert.expires_on = min(alert.expires_on, search.last)


def alert_address(alert: SearchAlert) -> str:
    return f"{settings.SITE_URL}{reverse('workshops:alert_detail', args=[link_token(alert)])}"


def stop_address(alert: SearchAlert) -> str:
    return f"{settings.SITE_URL}{reverse('workshops:alert_stop', args=[link_token(alert)])}"


def _mail(alert: SearchAlert, template: str, *, key: str, **more: Any) -> MailMessage:
    to = {"recipient": alert.user} if alert.user else {"to_address": alert.email}
    search_url = f"{settings.SITE_URL}{reverse('workshops:workshop_list')}?{alert.search}"
    context = {"alert": alert, "alert_url": alert_address(alert), "stop_url": stop_address(alert), "search_url": search_url, **more}
    stop = "" if alert.state == State.UNCONFIRMED else stop_address(alert)
    return send_mail_once(key=key, template=f"workshops/alerts/mail/{template}", context=context, stop_address=stop, **to)


def confirm_alert(*, alert: SearchAlert) -> SearchAlert:
    """The address is the asker's. A second call changes nothing. Raises AskingRefused for one stopped meanwhile."""
    with locked(alert) as alert:
        if alert.state == State.UNCONFIRMED:
            begin(alert)
            _end_with_search(alert)
            alert.save()
        elif alert.state == State.WITHDRAWN:
            raise AskingRefused(_("This alert was stopped. Set it again if you want it after all."), code="withdrawn")
    return alert


def change_alert(*, alert: SearchAlert, pace: str) -> SearchAlert:
    """How often it writes from now on. Raises AskingRefused for one that is over."""
    with locked(alert) as alert:
        if not alert.is_open:
            raise AskingRefused(_("This alert is off. Switch it on first."), code="not_open")
        alert.pace = pace
        alert.save(update_fields=["pace", "updated_at"])
    return alert


def stop_alert(*, alert: SearchAlert) -> SearchAlert:
    """No more mail; a second call changes nothing. It and its address are deleted later."""
    with locked(alert) as alert:
        if alert.is_open:
            close(alert, State.WITHDRAWN)
            alert.save()
    return alert


def renew_alert(*, alert: SearchAlert) -> SearchAlert:
    """Watch another year, or again. Raises AskingRefused for one never confirmed, or whose dates are over."""
    with locked(alert) as alert:
        if alert.confirmed_at is None:
            raise AskingRefused(_("Confirm the alert first: the mail with the link says how."), code="unconfirmed")
        search = search_of(alert)
        if search is None or (search.last and search.last < today()):
            raise AskingRefused(_("The dates of this search are over. Search anew, and set an alert for that."), code="past_dates")
        if alert.state != State.ACTIVE:
            alert.confirmed_at = clock.now()  # what came while it was off is no news
        begin(alert)
        _end_with_search(alert)
        alert.save()
    return alert


def match_alerts(*, workshop: Workshop) -> int:
    """Queue the alerts that a workshop just opened may concern and that want to know at once; returns how many."""
    if workshop.state != Workshop.State.PUBLISHED:
        return 0
    far = distance_km(Point(workshop.lat, workshop.lng))
    alerts = SearchAlert.objects.filter(state=State.ACTIVE, pace=SearchAlert.Pace.AT_ONCE).annotate(far=far)
    near = alerts.filter(Q(radius_km=None) | Q(far__lte=F("radius_km"))).order_by("pk").values_list("pk", flat=True)
    queued = 0
    for pk in near.iterator():
        enqueue("workshops.mail_alert", key=f"alert:{pk}:{workshop.pk}", args={"alert": pk})
        queued += 1
    return queued


def begin_alerts() -> None:
    """Queue the day's mail once, in the school's morning."""
    if clock.now().astimezone(ZoneInfo(settings.SCHOOL_TIME_ZONE)).hour >= MORNING:
        day = today().isoformat()
        enqueue("workshops.queue_alerts", key=f"alerts:{day}", args={"day": day})


def queue_alerts(*, day: str) -> int:
    """Queue every daily alert, if anything was announced lately; a second run queues what the first did not come to."""
    lately = Announcement.objects.filter(opens_at__gt=clock.now() - STILL_NEWS, opens_at__lte=clock.now())
    if not lately.filter(workshop__in=Workshop.objects.coming()).exists():
        return 0
    queued = 0
    for pk in SearchAlert.objects.filter(state=State.ACTIVE, pace=SearchAlert.Pace.DAILY).order_by("pk").values_list("pk", flat=True).iterator():
        enqueue("workshops.mail_alert", key=f"alert:{pk}:{day}", args={"alert": pk})
        queued += 1
    return queued


def mail_alert(*, alert: SearchAlert) -> MailMessage | None:
    """Write of the workshops that are new to this alert; None when nothing is. A workshop is told of once, whatever happens.

    New is what opened for everybody since the alert was confirmed, and still fits the search now.
    """
    with locked(alert) as alert:
        search = search_of(alert)
        if alert.state != State.ACTIVE or not alert.reaches_somebody or search is None:
            return None
        opened = Workshop.objects.coming().filter(announcement__opens_at__gt=alert.confirmed_at, announcement__opens_at__lte=clock.now())
        found = list(search.results(opened).exclude(pk__in=alert.told.values("workshop")).select_related("venue"))
        if not found:
            return None
        told = AlertedWorkshop.objects.bulk_create(AlertedWorkshop(alert=alert, workshop=workshop) for workshop in found)
        more = len(found) - LISTED
        return _mail(alert, "alert_news", key=f"alert-news:{alert.pk}:{told[0].pk}", workshops=found[:LISTED], count=len(found), more=max(0, more))


def ask_again(*, alert: SearchAlert) -> None:
    """Write once, two weeks before its year is over; a search that ends by itself is not asked about."""
    with locked(alert) as alert:
        search = search_of(alert)
        if alert.state != State.ACTIVE or alert.expires_on is None or not alert.reaches_somebody or search is None or search.last == alert.expires_on:
            return
        if today() >= alert.expires_on - ASKED_AGAIN_BEFORE:
            _mail(alert, "alert_runs_out", key=f"alert-runs-out:{alert.pk}:{alert.expires_on:%Y%m%d}")


def expire_alerts() -> int:
    """Close those whose time is over; returns how many. A second run changes nothing."""
    now = clock.now()
    return SearchAlert.objects.filter(state=State.ACTIVE, expires_on__lt=today()).update(state=State.EXPIRED, closed_at=now, updated_at=now)
