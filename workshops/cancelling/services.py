"""Calling a workshop off: at once for everybody outside, then seat by seat, as often as it takes. Decision 0041."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import enqueue
from core.money import format_money
from notifications.services import send_mail_once
from payments.gateway.client import GatewayRefused
from payments.models import Order, Refund
from payments.selectors import line_of, money_of, unpaid_of
from payments.services import cancel_order, give_back, lock_line
from workshops.calendars.services import send_cancellation
from workshops.cancelling.plans import Plan, PlannedSeat, plan_call_off
from workshops.errors import ScheduleRefused, SeatRefused, SeatsBusy
from workshops.models import CallOff, CallOffEntry, Seat, Workshop
from workshops.moving.quotes import MoveQuote, listed_of, priced, prices_of, rest_of
from workshops.moving.services import move_now
from workshops.payers import payer_besides
from workshops.services.offerings import note_workshop
from workshops.services.seats import change_seat
from workshops.signals import workshop_changed
from workshops.waiting.turns import close_list

logger = logging.getLogger(__name__)
Action, Outcome = CallOffEntry.Action, CallOffEntry.Outcome


def call_off(
    *,
    workshop: Workshop,
    by: Any,
    reason: str,
    default: str = Action.REFUND,
    to: Workshop | None = None,
    choices: Mapping[int, str] | None = None,
    choose_until: datetime | None = None,
    expected: str = "",
) -> CallOff:
    """Call `workshop` off for good: nobody registers any more, everybody is told, and a job sees to seats and money.

    `default` and `choices` are as in `plan_call_off`; `expected` is the digest of the plan that was agreed to. A second
    call returns the first one. Raises ScheduleRefused.
    """
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update(of=("self",)).select_related("venue").get(pk=workshop.pk)
        if earlier := CallOff.objects.filter(workshop=workshop).first():
            return earlier
        _check(workshop, to, default, choices or {}, choose_until)
        plan = plan_call_off(workshop, default=default, to=to, choices=choices)
        if expected and plan.digest != expected:
            raise ScheduleRefused(_("Seats or payments have changed while you looked. Look at the new totals, then confirm."), code="plan_changed")
        workshop.state = Workshop.State.CANCELLED
        workshop.save(update_fields=["state", "updated_at"])
        made = CallOff.objects.create(workshop=workshop, by=by, reason=reason.strip(), to=to, choose_until=choose_until)
        CallOffEntry.objects.bulk_create(_entry(made, row) for row in plan.rows)
        record_audit(actor=by, action="workshops.call_off", record=workshop, reason=reason, seats=len(plan.rows), back=plan.back)
        note_workshop(workshop=workshop)
        close_list(workshop)
        workshop_changed.send(sender=Workshop, workshop=workshop)
        _tell(made, plan)
        _begin(made)
    return made


def work_off(*, call_off: CallOff, report: Any = None) -> CallOff:
    """Do what is still to do for each seat, one transaction each. Safe to repeat, beside itself and after a kill anywhere."""
    entries = list(call_off.entries.filter(outcome=Outcome.WAITING).order_by("pk"))
    for done, entry in enumerate(entries):
        if report:
            report(100 * done // len(entries), _("%(done)s of %(all)s seats") % {"done": done, "all": len(entries)})
        if entry.action == Action.ASK and call_off.choose_until and call_off.choose_until > clock.now():
            continue
        _settle(entry)
    return _finish(call_off)


def choose(*, entry: CallOffEntry, to: Workshop | None, by: Any) -> CallOffEntry:
    """The person decides: the date `to`, or (None) the money. Raises SeatRefused when the time to choose is over."""
    with transaction.atomic():
        entry = _locked(entry)
        if not entry.is_waiting:
            return entry
        if entry.action != Action.ASK or by.pk != entry.seat.learner_id:
            raise SeatRefused(_("There is nothing to choose here any more. Your orders say what became of the money."), code="nothing_to_choose")
        if to is None:
            _refund(entry)
        else:
            _move(entry, to, by)
    _finish(entry.call_off)
    return entry


def try_again(*, call_off: CallOff, by: Any) -> CallOff:
    """Begin anew with what failed."""
    with transaction.atomic():
        call_off = CallOff.objects.select_for_update(of=("self",)).get(pk=call_off.pk)
        failed = call_off.entries.filter(outcome=Outcome.FAILED)
        if failed.update(outcome=Outcome.WAITING, decided_at=None, note="", updated_at=clock.now()):
            call_off.finished_at = None
            call_off.save(update_fields=["finished_at", "updated_at"])
            record_audit(actor=by, action="workshops.call_off_again", record=call_off)
            _begin(call_off)
    return call_off


def _check(workshop: Workshop, to: Workshop | None, default: str, choices: Mapping[int, str], choose_until: datetime | None) -> None:
    if workshop.state == Workshop.State.COMPLETED:
        raise ScheduleRefused(_("This workshop has taken place, so it cannot be cancelled."), code="completed")
    wishes = {default, *choices.values()}
    if Action.MOVE in wishes and (to is None or to.state != Workshop.State.PUBLISHED or to.has_started or to.pk == workshop.pk):
        raise ScheduleRefused(_("Choose a coming date that is announced, so that people can be moved to it."), code="no_other_date")
    if Action.ASK in wishes and (choose_until is None or choose_until <= clock.now()):
        raise ScheduleRefused(_("Say until which day people may choose; it must be a day to come."), code="no_day_to_choose")


def _entry(made: CallOff, row: PlannedSeat) -> CallOffEntry:
    return CallOffEntry(call_off=made, seat=row.seat, action=row.action, back_cents=row.back_cents, currency=row.currency, note=row.note[:400])


def _begin(made: CallOff) -> None:
    """Queue the work, and once more for when the time to choose is over."""
    made.runs += 1
    made.save(update_fields=["runs", "updated_at"])
    key, args = f"call-off:{made.pk}:{made.runs}", {"call_off": made.pk}
    enqueue("workshops.work_off", key=key, args=args)
    if made.choose_until:
        enqueue("workshops.work_off", key=f"{key}:choices", args=args, run_after=made.choose_until)


def _tell(made: CallOff, plan: Plan) -> None:
    """Everybody who has a seat, and once everybody who pays for others. Whom somebody still pays for has not heard of a seat yet."""
    entries = {entry.seat_id: entry for entry in made.entries.all()}
    for_others: dict[int, list[PlannedSeat]] = {}
    payers: dict[int, Any] = {}
    for row in plan.rows:
        row.seat.workshop = made.workshop  # locked, with what calendars were told last
        if payer := payer_besides(row.seat):
            payers[payer.pk] = payer
            for_others.setdefault(payer.pk, []).append(row)
            if row.seat.is_held:
                continue
        words = {"reason": made.reason, "entry": entries[row.seat.pk], "row": row, "to": made.to, "call_off": made}
        key = f"workshop-cancelled:{made.workshop_id}:{row.seat.pk}"
        send_cancellation(seat=row.seat, key=key, template="workshops/mail/workshop_cancelled", context=words)
    for pk, rows in for_others.items():
        words = {"reason": made.reason, "rows": rows, "to": made.to, "call_off": made, "workshop": made.workshop}
        key, template = f"workshop-cancelled:{made.workshop_id}:payer:{pk}", "workshops/mail/workshop_cancelled_to_payer"
        send_mail_once(key=key, template=template, context=words, recipient=payers[pk])


def _locked(entry: CallOffEntry) -> CallOffEntry:
    rows = CallOffEntry.objects.select_for_update(of=("self",))
    return rows.select_related("call_off__workshop__venue", "call_off__to__venue", "call_off__by", "seat__learner", "seat__workshop").get(pk=entry.pk)


def _settle(entry: CallOffEntry) -> None:
    """One seat. What is refused is written down for staff; a busy database is asked again by the job."""
    try:
        if entry.action == Action.RELEASE:
            _release_order(entry)
        with transaction.atomic():
            entry = _locked(entry)
            if entry.is_waiting:
                _act(entry)
    except SeatsBusy:
        raise
    except (DomainError, GatewayRefused) as refusal:
        logger.warning("Seat %s of a workshop that was called off: %s", entry.seat_id, refusal)
        note = refusal.message if isinstance(refusal, DomainError) else _("The payment service refused to answer. Try again.")
        with transaction.atomic():
            entry = _locked(entry)
            if entry.is_waiting:
                _done(entry, Outcome.FAILED, note)


def _act(entry: CallOffEntry) -> None:
    if entry.action == Action.MOVE and entry.call_off.to:
        try:
            with transaction.atomic():
                _move(entry, entry.call_off.to, entry.call_off.by)
        except SeatsBusy:
            raise
        except DomainError as refusal:  # the last seat there went to somebody else meanwhile
            _refund(entry, _("Not moved: %(why)s") % {"why": refusal.message})
    elif entry.action in (Action.RELEASE, Action.KEEP):
        _done(entry, Outcome.DONE, entry.note)
    else:
        _refund(entry)


def _refund(entry: CallOffEntry, note: str = "") -> None:
    """End the seat and give back all that can go back. What a bank questions stays where it is; staff are told."""
    made, seat = entry.call_off, entry.seat
    line = line_of(seat.reference, seat.workshop.subject, seat.learner) if seat.reference else None
    if line:
        line = lock_line(line)  # orders before workshops
    change_seat(workshop=seat.workshop, learner=seat.learner, to="cancelled", by=made.by, reference=seat.reference, is_quiet=True)
    found: list[Refund] = []
    if line:
        money = money_of([line])[line.pk]
        reason = _("“%(title)s” does not take place.") % {"title": seat.workshop.title}
        if money.questioned_cents:
            why = _("A bank questions the payment, so nothing goes back from here. If the bank decides for the school, refund it from the order.")
            _done(entry, Outcome.FAILED, why, back_cents=0)
            return
        key, who = f"call-off:{made.pk}:{entry.pk}", made.by
        found = give_back(line=line, by=who, reason=reason, reason_class=Refund.ReasonClass.SCHOOL, key=key)
    if entry.action == Action.MOVE:
        entry.action = Action.REFUND if found else Action.END
    _done(entry, Outcome.DONE, note or entry.note, back_cents=sum(refund.amount_cents for refund in found), currency=line.order.currency if line else "")


def _move(entry: CallOffEntry, to: Workshop, by: Any) -> None:
    """Nobody pays more because the school called a date off; what the other one costs less goes back."""
    seat, quote = entry.seat, MoveQuote(to)
    line = line_of(seat.reference, seat.workshop.subject, seat.learner) if seat.reference else None
    if line:
        money = money_of([line])[line.pk]
        unpaid = unpaid_of([line.pk])
        listed = listed_of({seat.pk: money}, unpaid)[seat.pk]
        known = priced(to, money, prices_of([to], money.currency).get(to.pk), listed, rest_of(line, unpaid))
        quote = known if not known.why_not else MoveQuote(to, currency=money.currency)  # not on sale there: staff's word stands
    reason = _("“%(title)s” does not take place.") % {"title": seat.workshop.title}
    move_now(seat=seat, quote=quote, by=by, reason=reason)
    entry.action = Action.MOVE
    day = date_format(to.starts_at.astimezone(to.zone), "N j, Y") if to.starts_at else ""
    now_in = _("Now in “%(title)s”, %(day)s, %(town)s.") % {"title": to.title, "day": day, "town": to.venue.town}
    _done(entry, Outcome.DONE, now_in, back_cents=-quote.waived_cents, currency=quote.currency)


def _release_order(entry: CallOffEntry) -> None:
    """Let go of the order that holds the seat; the payment provider is asked, outside of any transaction."""
    seat = Seat.objects.select_related("learner").get(pk=entry.seat_id)
    prefix, _colon, key = seat.reference.partition(":")
    order = Order.objects.filter(pk=key).select_related("user").first() if prefix == "order" and key.isdecimal() else None
    if order and order.is_open:
        cancel_order(order=order, by=entry.call_off.by)


def _done(entry: CallOffEntry, outcome: str, note: str, *, back_cents: int | None = None, currency: str | None = None) -> None:
    entry.outcome, entry.note, entry.decided_at = Outcome(outcome), note[:400], clock.now()
    entry.back_cents = entry.back_cents if back_cents is None else back_cents
    entry.currency = entry.currency if currency is None else currency
    entry.save(update_fields=["action", "outcome", "note", "decided_at", "back_cents", "currency", "updated_at"])


def _finish(call_off: CallOff) -> CallOff:
    """When nothing waits any more: say so once to who called it off, with what needs a person."""
    with transaction.atomic():
        call_off = CallOff.objects.select_for_update(of=("self",)).select_related("workshop__venue", "by").get(pk=call_off.pk)
        if call_off.finished_at or call_off.entries.filter(outcome=Outcome.WAITING).exists():
            return call_off
        call_off.finished_at = clock.now()
        call_off.save(update_fields=["finished_at", "updated_at"])
        entries = list(call_off.entries.select_related("seat__learner"))
        failed = [entry for entry in entries if entry.outcome == Outcome.FAILED]
        context = {"call_off": call_off, "workshop": call_off.workshop, "entries": entries, "failed": failed, "back": summed(entries)}
        send_mail_once(key=f"call-off-done:{call_off.pk}:{call_off.runs}", template="workshops/mail/call_off_done", context=context, recipient=call_off.by)
    return call_off


def summed(entries: list[CallOffEntry]) -> str:
    """What went back, or will, in words; "" for nothing."""
    sums: dict[str, int] = {}
    for entry in entries:
        if entry.back_cents and entry.outcome != Outcome.FAILED:
            sums[entry.currency] = sums.get(entry.currency, 0) + entry.back_cents
    return ", ".join(format_money(cents, currency) for currency, cents in sorted(sums.items()))
