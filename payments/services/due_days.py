"""The day of a rest follows what it is for to another date. Decision 0046."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import OperationalError
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.audit import record_audit
from core.money import format_money
from payments.models import Balance, Order, OrderLine
from payments.services.balances import BalanceRefused

NOTICE = timedelta(days=7)  # nobody has to pay sooner after a change


@dataclass(frozen=True)
class MovedDay:
    """A rest, until when it was due, and until when it will be."""

    balance: Balance
    before: date
    after: date

    @property
    def line(self) -> OrderLine:
        return self.balance.line

    @property
    def amount(self) -> str:
        return format_money(self.balance.amount_cents, self.line.order.currency)

    @property
    def is_told(self) -> bool:
        """Whether anybody pays it, or is about to: an order that is over may come back, and its day follows unsaid."""
        return self.balance.is_owed or self.line.order.state == Order.State.OPEN


def moved_days(*, subject: str, before: date, after: date, zone: str) -> list[MovedDay]:
    """What becomes of the days of all rests of `subject` when it begins on `after` instead of `before`. One query; nothing is written.

    A rest stays due so many days before the beginning, but no sooner than `NOTICE` from today, and always before it begins.
    """
    if before == after:
        return []
    today = clock.civil_date(clock.now(), zone)
    rows = Balance.objects.filter(line__subject=subject, state=Balance.State.DUE).with_lines().order_by("pk")
    moved = [MovedDay(row, row.due_on, _day(row, before, after, today)) for row in rows]
    return [one for one in moved if one.before != one.after]


def _day(balance: Balance, before: date, after: date, today: date) -> date:
    lead = before - balance.due_on  # as agreed, or as staff set it
    if lead < timedelta(days=1):
        lead = timedelta(days=balance.balance_days)
    return max(today, min(max(after - lead, today + NOTICE), after - timedelta(days=1)))


def lock_rests(*, subjects: Collection[str], waits: bool) -> None:
    """Lock the rests that are still to be paid for `subjects`, and before them their orders: all that before what they are for.

    With `waits` false that is locked already, and only what came since is still to be had: raises BalanceRefused where
    somebody has it, instead of waiting for who waits for us.
    """
    rests = Balance.objects.filter(line__subject__in=subjects, state=Balance.State.DUE).order_by("pk")
    try:
        orders = Order.objects.filter(pk__in=rests.order_by().values("line__order")).order_by("pk")
        list(orders.select_for_update(no_key=True, nowait=not waits))
        list(rests.select_for_update(no_key=True, of=("self",), nowait=not waits))
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != "55P03":  # lock_not_available
            raise
        raise BalanceRefused(_("Somebody is paying for a seat at this moment. Try again in a few seconds."), code="being_paid") from error


def follow_beginning(*, moved: Sequence[MovedDay], by: User | None, reason: str) -> None:
    """Write the new days down; the letters before and after them are for the new day. The caller holds the locks of the rests."""
    for one in moved:
        balance = one.balance
        balance.due_on, balance.warned_at = one.after, None
        balance.save(update_fields=["due_on", "warned_at", "updated_at"])
        record_audit(actor=by, action="payments.move_balance_day", record=balance, reason=reason, before=one.before.isoformat(), after=one.after.isoformat())


def follow_zone(*, subject: str, zone: str) -> None:
    """By whose calendar the days count. The caller holds the locks of the rests."""
    Balance.objects.filter(line__subject=subject, state=Balance.State.DUE).exclude(time_zone=zone).update(time_zone=zone, updated_at=clock.now())
