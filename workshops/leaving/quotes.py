"""What goes back to somebody who cannot come, to the cent, before they decide. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import clock
from core.money import format_money
from payments.models import OrderLine, Payment
from payments.selectors import money_of
from workshops.models import Seat, SeatMove, Workshop
from workshops.payers import line_paying

FULL = 100


@dataclass(frozen=True)
class Quote:
    """What giving `seat` back at one moment brings. `code` says by which rule, `sentence` says it to the person.

    "unpaid": nothing was paid · "by_hand": the school has no policy and decides · "terms_changed": date, place or time
    changed after the seat was taken, so everything goes back · "policy": by the seat's terms.
    """

    seat: Seat
    code: str
    sentence: str
    line: OrderLine | None = None
    payment: Payment | None = None
    paid_cents: int = 0
    percent: int = 0
    fee_cents: int = 0
    refund_cents: int = 0
    resale_cents: int = 0
    currency: str = ""

    @property
    def paid(self) -> str:
        return format_money(self.paid_cents, self.currency)

    @property
    def refund(self) -> str:
        return format_money(self.refund_cents, self.currency)

    @property
    def resale(self) -> str:
        return format_money(self.resale_cents, self.currency)

    @property
    def fee(self) -> str:
        return format_money(self.fee_cents, self.currency)

    @property
    def may_be_offered(self) -> bool:
        """Whether offering it to the waiting list brings more than giving it back now."""
        return self.code == "policy" and self.resale_cents > self.refund_cents


def percent_at(tiers: Sequence[dict[str, int]], *, starts_at: datetime, now: datetime) -> int:
    """The percentage that goes back at `now`: of the first tier, the longest first, whose end is not over."""
    for tier in sorted(tiers, key=lambda tier: -tier["days"]):
        if now <= tier_end(tier, starts_at=starts_at):
            return tier["percent"]
    return 0


def tier_end(tier: dict[str, int], *, starts_at: datetime) -> datetime:
    """Until when a tier holds: so many days before the beginning, at the same time of day by `starts_at`'s own zone."""
    return starts_at - timedelta(days=tier["days"])


def share_of(paid_cents: int, *, percent: int, fee_cents: int) -> int:
    """What goes back of what was paid: the percentage, rounded to the nearest cent, less the fee, never below nothing."""
    return max(0, (paid_cents * percent + 50) // 100 - fee_cents)


def quote_leaving(seat: Seat, *, at: datetime | None = None) -> Quote:
    """What giving `seat` back now (or `at`) would bring. `seat` with its workshop and venue."""
    workshop, now = seat.workshop, at or clock.now()
    line = line_paying(seat)
    paid = money_of([line])[line.pk] if line else None  # with what another date cost more
    if line is None or paid is None or not (line.total_cents or paid.paid_cents):
        return Quote(seat, "unpaid", _("Nothing was paid for this seat, so nothing goes back."))
    by_hand = _("Giving the seat back does not move money by itself. The school is told at once and decides by the policy you bought it under:")
    if not paid.parts:
        return Quote(seat, "by_hand", by_hand, line=line)
    payment = paid.parts[0].payment
    left = paid.left_cents + paid.questioned_cents  # what a bank questions is refused when it is asked for
    money: dict[str, Any] = {"line": line, "payment": payment, "paid_cents": left, "currency": payment.currency}
    if _terms_changed(seat):
        sentence = _("Date, place or time changed after you took the seat: all that you paid goes back, whenever you decide.")
        return Quote(seat, "terms_changed", sentence, percent=FULL, refund_cents=left, resale_cents=left, **money)
    if seat.terms is None or workshop.starts_at is None:
        return Quote(seat, "by_hand", by_hand, **money)
    fee = min(seat.terms["fee_cents"], left)
    percent, most = _percent(seat, now), _most_of_a_moved(line)
    sentence = _says(workshop, seat.terms["tiers"], percent, now)
    if most < percent:
        percent, sentence = most, _("You moved from a date of which %(percent)s percent still went back, and that stays so.") % {"percent": most}
    refund = share_of(left, percent=percent, fee_cents=fee)
    resale = share_of(left, percent=FULL, fee_cents=fee)
    return Quote(seat, "policy", sentence, percent=percent, fee_cents=fee, refund_cents=refund, resale_cents=resale, **money)


def _percent(seat: Seat, now: datetime) -> int:
    """What the seat's own terms give back at `now`; everything where it has none that say."""
    workshop = seat.workshop
    if seat.terms is None or workshop.starts_at is None:
        return FULL
    return percent_at(seat.terms["tiers"], starts_at=workshop.starts_at.astimezone(workshop.zone), now=now)


def most_of_a_difference(seat: Seat, line: OrderLine, left_cents: int) -> int:
    """The most that goes back when the person of `seat` moves it to a date that costs less, of `left_cents` that are paid.

    All but the fee while the seat's terms give everything back; nothing once they do not: the money stays with the seat, and
    giving that back counts all of it. Else a move to a free date would be a way round the policy.
    """
    if _terms_changed(seat):
        return left_cents
    if min(_percent(seat, clock.now()), _most_of_a_moved(line)) < FULL:
        return 0
    return max(0, left_cents - (seat.terms["fee_cents"] if seat.terms else 0))


def _most_of_a_moved(line: OrderLine) -> int:
    """The most that goes back of a seat that its person moved: what went back of the one before, at that moment.

    Else a far date would buy back, by a move, what the policy no longer gives. The moves of what was paid count, whoever has
    the seat by now: passing it on, or taking it anew, forgets none. Moves by the school, away from a date it called off or
    changed, cost nobody anything.
    """
    most = FULL
    for move in SeatMove.objects.filter(line=line, state=SeatMove.State.DONE).select_related("seat__workshop__venue").order_by("-pk"):
        seat = move.seat
        if move.decided_at is None or move.asked_by_id != seat.learner_id or seat.workshop.state == Workshop.State.CANCELLED or _terms_changed(seat):
            break
        most = min(most, _percent(seat, move.decided_at))
    return most


def _terms_changed(seat: Seat) -> bool:
    changed_at = seat.workshop.terms_changed_at
    return changed_at is not None and changed_at > seat.created_at


def _says(workshop: Workshop, tiers: Sequence[dict[str, int]], percent: int, now: datetime) -> str:
    if workshop.starts_at is None or not percent:
        return _("By the policy of your seat nothing goes back so shortly before it begins.")
    starts_at = workshop.starts_at.astimezone(workshop.zone)
    until = min(end for tier in tiers if (end := tier_end(tier, starts_at=starts_at)) >= now)
    with timezone.override(workshop.zone):
        words = {"percent": percent, "until": date_format(timezone.localtime(until), "N j, Y, g:i a")}
    return _("By the policy of your seat %(percent)s percent goes back until %(until)s, at the venue's time.") % words
