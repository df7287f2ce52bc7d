"""What a deposit is at this moment, in sums and sentences, and what an order keeps of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.money import format_money
from payments import subjects
from payments.models import Balance, Deposit, Order, OrderLine, Price, Product
from payments.models.deposits import Rule
from payments.shares import least_charge


class DepositRefused(DomainError):
    code = "deposit_refused"


@dataclass(frozen=True)
class OfferedDeposit:
    """A deposit as it can be chosen now: so much for each person, the rest by `due_on` in `time_zone`."""

    deposit: Deposit
    due_on: date
    time_zone: str
    rest_cents: int
    people: int = 1

    @property
    def now(self) -> str:
        return format_money(self.deposit.amount_cents * self.people, self.deposit.currency)

    @property
    def rest(self) -> str:
        return format_money(self.rest_cents * self.people, self.deposit.currency)

    @property
    def words(self) -> str:
        """What happens if the rest is not paid: made from the data, and kept with the order."""
        deposit = self.deposit
        amounts = {"rest": format_money(self.rest_cents, deposit.currency), "day": _day(self.due_on), "last": _day(self.due_on + timedelta(deposit.grace_days))}
        said = _("The rest, %(rest)s for each seat, is due by %(day)s. We write to you a week before, on that day, and after it.") % amounts
        lost = _("If it is not paid by %(last)s, the seat is given back and somebody else may have it.") % amounts
        kept = {"deposit": format_money(deposit.amount_cents, deposit.currency)}
        if deposit.rule == Rule.KEPT:
            money = _("The deposit of %(deposit)s is kept then.") % kept
        else:
            money = _("Of the deposit of %(deposit)s then goes back what the cancellation policy gives back on that day.") % kept
        return " ".join([said, lost, money])


def _day(day: date) -> str:
    return date_format(day, "N j, Y")


def deposit_for(price: Price, *, people: int = 1) -> OfferedDeposit | None:
    """The deposit that can be chosen with `price` now; None where there is none, or the day of the rest has passed."""
    deposit = Deposit.objects.filter(product=price.product_id, currency=price.currency).first()
    items = list(price.product.items.all())
    if deposit is None or len(items) != 1 or price.is_recurring or price.amount_cents - deposit.amount_cents < least_charge(price.currency):
        return None
    begins = subjects.kind_of(items[0].subject).begins(items[0].subject)
    if begins is None:
        return None
    starts_at, zone = begins
    due_on = clock.civil_date(starts_at, zone) - timedelta(days=deposit.balance_days)
    if due_on <= clock.civil_date(clock.now(), zone):
        return None
    return OfferedDeposit(deposit, due_on, zone, price.amount_cents - deposit.amount_cents, people)


def offered_deposit(*, price: Price, people: int, organization: Any, promotion: str) -> OfferedDeposit:
    """The deposit an order is begun with. Raises DepositRefused, with what to do, when it cannot be chosen."""
    offered = None if organization else deposit_for(price, people=people)
    if offered is None:
        raise DepositRefused(_("A deposit can no longer be chosen for this. Choose to pay all now."), code="no_deposit")
    if promotion.strip():
        raise DepositRefused(_("A promotion code is for the whole price. Choose to pay all now, or leave the code out."), code="code_with_deposit")
    return offered


def deposit_of(order: Order) -> int:
    """How many lines of `order` are paid in two parts."""
    return Balance.objects.filter(line__order=order).count()


def keep_balances(*, lines: Sequence[OrderLine], offered: OfferedDeposit) -> None:
    """Write down what each line still owes, with the words that were read. The caller holds the order's transaction."""
    deposit = offered.deposit
    Balance.objects.bulk_create(
        Balance(
            line=line,
            due_on=offered.due_on,
            time_zone=offered.time_zone,
            amount_cents=offered.rest_cents,
            balance_days=deposit.balance_days,
            grace_days=deposit.grace_days,
            rule=deposit.rule,
            terms=offered.words,
        )
        for line in lines
    )


def set_deposit(*, product: Product, currency: str, amount_cents: int, balance_days: int, grace_days: int, rule: str, by: User) -> Deposit | None:
    """Sell `product` for this deposit from now on; an amount of nothing takes the deposit off. Who has ordered keeps theirs."""
    with transaction.atomic():
        Product.objects.select_for_update(no_key=True).get(pk=product.pk)
        if not amount_cents:
            Deposit.objects.filter(product=product, currency=currency).delete()
            record_audit(actor=by, action="payments.take_deposit_off", record=product, currency=currency)
            return None
        if product.kind != Product.Kind.WORKSHOP or product.items.count() != 1:
            raise DepositRefused(_("Only the seat of one workshop is sold for a deposit."), code="not_a_workshop")
        price = product.prices.active().filter(currency=currency).order_by("amount_cents").first()
        if price is None:
            raise DepositRefused(_("Set a price in this currency first."), code="no_price")
        least = least_charge(currency)
        if amount_cents < least or price.amount_cents - amount_cents < least:
            raise DepositRefused(_("A deposit is less than the price, and deposit and rest are each 0.50 or more."), code="bad_amount")
        if not 1 <= grace_days < balance_days:
            raise DepositRefused(_("The days of grace must be fewer than the days before it begins, and at least one."), code="bad_days")
        values: dict[str, Any] = {"amount_cents": amount_cents, "balance_days": balance_days, "grace_days": grace_days, "rule": rule}
        deposit = Deposit.objects.update_or_create(product=product, currency=currency, defaults=values)[0]
        record_audit(actor=by, action="payments.set_deposit", record=product, currency=currency, **values)
    return deposit
