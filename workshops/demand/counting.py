"""Counting: which towns reach the threshold of a level, and the one task for the staff that follows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from notifications.services import send_mail_once
from workshops.asking.services import today
from workshops.demand.clusters import Cluster, PinFacts, clusters, kilometres
from workshops.demand.drafts import open_draft, suggestion_for
from workshops.demand.locking import lock_the_map
from workshops.demand.words import COUNTED
from workshops.models import DemandCall, DemandThreshold, Pin, Workshop

State = DemandCall.State


def thresholds() -> list[DemandThreshold]:
    """One for each level, in the order in which they are counted; what nobody has set is as the model begins."""
    present = {row.level: row for row in DemandThreshold.objects.all()}
    return [present.get(level) or DemandThreshold(level=level) for level in Workshop.Level.values]


def facts_of(pins: Iterable[Pin]) -> list[PinFacts]:
    return [PinFacts(pin.pk, pin.label, pin.lat, pin.lng, pin.radius_km, pin.people, pin.level, tuple(pin.months)) for pin in pins]


def count_demand() -> list[DemandCall]:
    """Let pins join the towns that call already, and call for those that are many enough now. Returns the new calls.

    Runs one at a time and again without harm: a pin belongs to one call at most, so no town calls twice.
    """
    with transaction.atomic():
        lock_the_map()
        _bring_back(today())
        return [call for threshold in thresholds() if threshold.is_on for call in _count_level(threshold)]


def _bring_back(day: date) -> None:
    """What was set aside until today is counted anew."""
    over = DemandCall.objects.filter(state=State.SET_ASIDE, look_again_on__lte=day)
    Pin.objects.filter(call__in=over).update(call=None)


def _count_level(threshold: DemandThreshold) -> list[DemandCall]:
    levels = COUNTED[Workshop.Level(threshold.level)]
    waiting = facts_of(Pin.objects.filter(state=Pin.State.ACTIVE, call=None, level__in=levels).order_by("pk"))
    for call in DemandCall.objects.filter(state__in=[State.OPEN, State.DRAFTED], level=threshold.level).order_by("pk"):
        joining = {pin.pk for pin in waiting if kilometres(pin.lat, pin.lng, call.lat, call.lng) <= pin.radius_km}
        Pin.objects.filter(pk__in=joining).update(call=call)
        waiting = [pin for pin in waiting if pin.pk not in joining]
    return [_call(threshold, cluster) for cluster in clusters(waiting) if cluster.seats >= threshold.seats]


def _call(threshold: DemandThreshold, cluster: Cluster) -> DemandCall:
    call = DemandCall.objects.create(level=threshold.level, label=cluster.label, lat=cluster.lat, lng=cluster.lng)
    Pin.objects.filter(pk__in=[pin.pk for pin in cluster.pins]).update(call=call)
    record_audit(actor=None, action="workshops.demand_call", record=call, seats=cluster.seats, threshold=threshold.seats)
    suggestion = suggestion_for(call, seats=cluster.seats)
    if suggestion.wish:
        try:
            with transaction.atomic():
                open_draft(call=call, wish=suggestion.wish, by=None)
        except DomainError as refusal:
            call.gap = refusal.message[:300]
    else:
        call.gap = suggestion.gap
    call.save(update_fields=["gap", "updated_at"])
    call.refresh_from_db()
    context = {"call": call, "seats": cluster.seats, "people": len(cluster.pins), "threshold": threshold.seats}
    send_mail_once(key=f"demand-call:{call.pk}", template="workshops/demand/mail/call", context=context, to_address=settings.SCHOOL_EMAIL)
    return call


def set_threshold(*, level: str, seats: int, is_on: bool, by: object) -> DemandThreshold:
    """How many seats it takes from now on; what called already stays. The towns are counted anew by the caller's job."""
    with transaction.atomic():
        row, _created = DemandThreshold.objects.update_or_create(level=level, defaults={"seats": seats, "is_on": is_on})
        record_audit(actor=by, action="workshops.set_threshold", record=row, seats=seats, is_on=is_on)
    return row


class CallRefused(DomainError):
    code = "call_refused"


def set_aside(*, call: DemandCall, until: date, note: str, by: object) -> DemandCall:
    """Not now: its pins stay and are counted again on `until`. A call that has a draft is settled by the draft. Raises CallRefused."""
    with transaction.atomic():
        call = DemandCall.objects.select_for_update().get(pk=call.pk)
        if call.state == State.SET_ASIDE and call.look_again_on == until:
            return call
        if call.state not in (State.OPEN, State.SET_ASIDE):
            raise CallRefused(_("A draft is open for this town. Announce it or cancel it; then its people are counted again."), code="has_draft")
        if until <= clock.civil_date(clock.now(), settings.SCHOOL_TIME_ZONE):
            raise CallRefused(_("Choose a day that is still to come."), code="past_day")
        call.state, call.look_again_on, call.note, call.settled_by = State.SET_ASIDE, until, note, by  # type: ignore[assignment]  # a user
        call.save(update_fields=["state", "look_again_on", "note", "settled_by", "updated_at"])
        record_audit(actor=by, action="workshops.set_call_aside", record=call, reason=note, until=until.isoformat())
    return call
