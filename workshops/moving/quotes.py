"""What a move of a seat to another date costs or gives back, and why it may not be had."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Role
from core import clock
from core.money import format_money
from payments.models import Balance, OrderLine, Price
from payments.selectors import LineMoney, money_of, offers_for, unpaid_of
from payments.shares import least_charge
from workshops.errors import SeatRefused
from workshops.leaving.quotes import most_of_a_difference
from workshops.models import Attendance, Seat, SeatMove, Workshop
from workshops.payers import line_paying
from workshops.services.opening import may_register

ROWS = 40  # other dates that a page offers


@dataclass(frozen=True)
class MoveQuote:
    """One date to which a seat may go. Above zero `difference_cents` is to be paid, below zero it goes back."""

    to: Workshop
    difference_cents: int = 0
    currency: str = ""
    before_cents: int = 0  # what the seat counts for at the list's prices
    price: Price | None = None
    rest_cents: int = 0  # what is still to be paid after a deposit, before that
    rest_less_cents: int = 0  # what is taken off the rest that is still to be paid
    kept_cents: int = 0  # what it costs less and does not go back, by the policy of the seat
    why_not: str = ""
    code: str = ""
    notice: str = ""  # what staff should know before they move it there all the same

    @property
    def waived_cents(self) -> int:
        """The difference when nobody is asked for more."""
        return min(0, self.difference_cents)

    def listed_after(self, difference_cents: int) -> int:
        """What the seat counts for once that difference is paid (or went back): the price there, as far as it was paid."""
        if difference_cents > 0 or self.price is None or self.to.is_free:
            return self.before_cents + difference_cents if difference_cents > 0 else 0
        return min(self.before_cents, self.price.amount_cents)

    @property
    def rest(self) -> str:
        """What is still to be paid afterwards."""
        return format_money(self.rest_cents - self.rest_less_cents, self.currency)

    @property
    def rest_less(self) -> str:
        return format_money(self.rest_less_cents, self.currency) if self.rest_less_cents else ""

    @property
    def kept(self) -> str:
        return format_money(self.kept_cents, self.currency) if self.kept_cents else ""

    @property
    def to_pay(self) -> str:
        return format_money(self.difference_cents, self.currency) if self.difference_cents > 0 else ""

    @property
    def goes_back(self) -> str:
        return format_money(-self.difference_cents, self.currency) if self.difference_cents < 0 else ""


def move_until(seat: Seat) -> datetime | None:
    """Until when its person may move the seat by themselves: some days before it begins, or its beginning when its terms were changed."""
    starts_at, changed_at = seat.workshop.starts_at, seat.workshop.terms_changed_at
    if starts_at is None or (changed_at and changed_at > seat.created_at):
        return starts_at
    return starts_at - timedelta(days=settings.WORKSHOP_MOVE_DAYS)


def check_may_move(seat: Seat, by: Any) -> None:
    """Raise SeatRefused, with what to do, when `by` cannot move `seat` at all at this moment."""
    workshop = seat.workshop
    if seat.state != Seat.State.CONFIRMED:
        raise SeatRefused(_("This seat is not confirmed, so there is nothing to move."), code="no_seat")
    if workshop.has_started and workshop.state != Workshop.State.CANCELLED:
        raise SeatRefused(_("This workshop has begun, so the seat can no longer be moved. Write to the school."), code="has_started")
    if Attendance.objects.filter(seat=seat).exists():
        raise SeatRefused(_("Attendance is recorded for this seat, so it stays where it is."), code="attended")
    until = move_until(seat)
    if not by.has_role(Role.STAFF) and until and until < clock.now():
        words = {"day": date_format(until.astimezone(workshop.zone), "N j, Y, g:i a T"), "email": settings.SCHOOL_EMAIL}
        raise SeatRefused(_("Seats could be moved until %(day)s. Write to %(email)s: the school may still help.") % words, code="too_late_to_move")


def other_dates(workshop: Workshop) -> QuerySet[Workshop]:
    """The dates of the same activity or series: where a seat of `workshop` goes first."""
    same = Q(activity=workshop.activity_id) | (Q(series=workshop.series_id) if workshop.series_id else Q())
    return any_dates(workshop).filter(same)


def any_dates(workshop: Workshop) -> QuerySet[Workshop]:
    """Every date to come but this one."""
    rows = Workshop.objects.coming().exclude(pk=workshop.pk).select_related("venue", "activity")
    return rows.with_seats_taken().order_by("starts_at", "pk")


def quotes_for(seat: Seat, dates: Sequence[Workshop], *, by: Any = None) -> list[MoveQuote]:
    """A quote for each of `dates` (with `seats_taken`), in a constant number of queries. `by` the seat's own person its policy counts."""
    line = line_paying(seat)
    money = money_of([line])[line.pk] if line else None
    prices = prices_of(dates, money.currency if money else None)
    unpaid = unpaid_of([line.pk]) if line else {}
    rest = rest_of(line, unpaid)
    listed = listed_of({seat.pk: money} if money else {}, unpaid).get(seat.pk, 0)
    is_own = by is not None and by.pk == seat.learner_id
    most = most_of_a_difference(seat, line, money.left_cents) if is_own and line and money else None
    kept = _kept_by_a_move(seat)
    taken = Seat.objects.taken().filter(learner=seat.learner_id, workshop__in=[date.pk for date in dates])
    held = set(taken.exclude(pk__in=kept.values()).values_list("workshop", flat=True))
    found = []
    for date in dates:
        quote = _quote(seat, date, money, prices.get(date.pk), listed, rest, by, is_held=date.pk in held, is_kept=date.pk in kept)
        found.append(_by_rule(quote, most, unpaid[line.pk] if line and rest else None) if is_own else quote)
    return found


def _kept_by_a_move(seat: Seat) -> dict[int, int]:
    """The seat that is held while the difference of this one's move is paid, by its workshop: who comes back goes on with it."""
    move = SeatMove.objects.filter(seat=seat, state=SeatMove.State.PAYING, order__isnull=False).select_related("order").first()
    if move is None or move.order is None:
        return {}
    rows = Seat.objects.held().filter(workshop=move.to_id, learner=seat.learner_id, reference=move.order.reference)
    return dict(rows.values_list("workshop", "pk"))


def _by_rule(quote: MoveQuote, most: int | None, balance: Balance | None) -> MoveQuote:
    """What holds for the seat's own person, and not for staff: a rest keeps its day, and money goes back as the policy has it."""
    starts_at, rest = quote.to.starts_at, quote.rest_cents - quote.rest_less_cents
    if balance and starts_at and not quote.why_not and rest >= least_charge(quote.currency):
        due_on = clock.civil_date(starts_at, quote.to.venue.time_zone) - timedelta(days=balance.balance_days)
        if due_on <= balance.today:
            words = _("The rest after your deposit would be due before that: %(rest)s. Pay what is left first, then move.")
            return replace(quote, why_not=words % {"rest": quote.rest}, code="rest_first")
    back = -quote.difference_cents
    if most is None or back <= most:
        return quote
    return replace(quote, difference_cents=-most, kept_cents=back - most)


def prices_of(dates: Collection[Workshop], currency: str | None) -> dict[int, Price]:
    """What a seat of each of `dates` costs by itself, by primary key of those on sale."""
    offers = offers_for([date.subject for date in dates], currency)
    alone = {date.pk: [offer.price for offer in offers.get(date.subject, []) if offer.is_alone and not offer.price.is_recurring] for date in dates}
    return {pk: prices[0] for pk, prices in alone.items() if prices}


def quote_move(seat: Seat, to: Workshop, *, by: Any = None) -> MoveQuote:
    to = Workshop.objects.with_seats_taken().select_related("venue", "activity").get(pk=to.pk)
    return quotes_for(seat, [to], by=by)[0]


def _quote(
    seat: Seat, to: Workshop, money: LineMoney | None, price: Price | None, listed: int, rest: int, by: Any, *, is_held: bool, is_kept: bool
) -> MoveQuote:
    if to.pk == seat.workshop_id:
        return MoveQuote(to, why_not=_("This is the date the seat is for."), code="same_date")
    if to.state != Workshop.State.PUBLISHED or to.has_started:
        return MoveQuote(to, why_not=_("Registration for it is closed."), code="not_open")
    if is_held:
        return MoveQuote(to, why_not=_("There is a seat in it for this person already."), code="already_seated")
    if not is_kept and not _has_place(seat, to):
        return MoveQuote(to, why_not=_("It is full."), code="full")
    opening = may_register(to, seat.learner)
    if opening.is_open:
        return priced(to, money, price, listed, rest)
    if by is None or not by.has_role(Role.STAFF):
        return MoveQuote(to, why_not=opening.sentence, code=opening.code)
    words = _("This date is in first booking. %(why)s Staff can move a seat there all the same.") % {"why": opening.sentence}
    return replace(priced(to, money, price, listed, rest), notice=words)


def _has_place(seat: Seat, to: Workshop) -> bool:
    """A first look; the lock decides. Of a hybrid workshop each place has its own number."""
    return to.free_in(to.place_or_only(seat.place)) > 0


def rest_of(line: OrderLine | None, unpaid: Mapping[int, Balance]) -> int:
    """What is still owed for the seat of `line`."""
    balance = unpaid.get(line.pk) if line else None
    return balance.amount_cents if balance and balance.state == Balance.State.DUE else 0


def listed_of(money: Mapping[int, LineMoney], unpaid: Mapping[int, Balance]) -> dict[int, int]:
    """What each paid seat counts for at the list's prices, by the key of its money: as it was bought, or since it was moved. One query.

    The moves are those of what was paid: whoever was given the seat, or took it anew, has what is left of it. What is not
    paid after a deposit (`unpaid`, by line) counts too: it goes along, or was let off.
    """
    moves = SeatMove.objects.filter(line__in=[paid.line.pk for paid in money.values()], state=SeatMove.State.DONE)
    moved = dict(moves.order_by("pk").values_list("line", "listed_cents"))
    rests = {line: balance.amount_cents for line, balance in unpaid.items()}
    return {key: moved.get(paid.line.pk, paid.listed_cents + rests.get(paid.line.pk, 0)) for key, paid in money.items()}


def priced(to: Workshop, money: LineMoney | None, price: Price | None, listed: int, rest: int = 0) -> MoveQuote:
    """The difference between what the seat counts for and what `to` costs; a `rest` that is owed is lowered before money goes back."""
    if money is None:
        if to.is_free:
            return MoveQuote(to)
        return MoveQuote(to, why_not=_("Nobody paid for this seat, and that date costs something. Register there, then give this seat back."), code="not_paid")
    costs = 0 if to.is_free else price.amount_cents if price else None
    if costs is None or (price and not to.is_free and price.currency != money.currency):
        return MoveQuote(to, why_not=_("It is not on sale by itself in the currency you paid in. Write to the school."), code="no_price")
    difference, less = costs - listed, 0
    if difference < 0:
        less = min(rest, -difference)
        # With a discount or tax, what goes back is the same share of what is really paid.
        difference = -(money.left_cents * (-difference - less) // max(1, listed - rest))
    elif difference < least_charge(money.currency):
        difference = 0  # less than can be charged
    return MoveQuote(to, difference, money.currency, listed, price, rest, less)
