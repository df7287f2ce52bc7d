"""Orders: begun here, before the payment provider hears of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.invitations import PersonRefused
from accounts.models import Organization, User
from core import clock
from core.errors import DomainError
from core.jobs import enqueue
from payments import subjects
from payments.gateway.client import PaymentsClosed, environment, is_open
from payments.models import AccessGrant, CheckoutAttempt, Order, OrderLine, Price, Product, ProductItem, PromotionCode, Subscription
from payments.services.checkout import cancel_order
from payments.services.deposits import OfferedDeposit, deposit_of, keep_balances, offered_deposit
from payments.services.holds import HOLD, may_be_asked_until
from payments.services.promotions import claim_promotion, discount_of
from payments.services.settling import settle_order
from payments.shares import least_charge, parts_of, split_amount

ROUNDS = 3  # tries to let go of an earlier order before this one
FREE = "free"
MOST_PEOPLE = 20  # of one order
SETTING_UP = timedelta(hours=6)  # an outage may last; after that the school is asked anyway


@dataclass(frozen=True)
class QuotedLine:
    item: ProductItem
    person: User | None  # an organization's people come later
    title: str
    unit_cents: int
    subtotal_cents: int
    discount_cents: int


@dataclass(frozen=True)
class Quote:
    """What an order of `price` would cost now, before tax."""

    lines: list[QuotedLine]
    promotion: PromotionCode | None
    has_trial: bool

    @property
    def subtotal_cents(self) -> int:
        return sum(line.subtotal_cents for line in self.lines)

    @property
    def discount_cents(self) -> int:
        return sum(line.discount_cents for line in self.lines)

    @property
    def total_cents(self) -> int:
        """What is paid at once: nothing while a trial lasts."""
        return 0 if self.has_trial else self.subtotal_cents - self.discount_cents


def start_order(
    *,
    user: User,
    price: Price,
    quantity: int = 1,
    promotion: str = "",
    organization: Organization | None = None,
    people: Sequence[User] = (),
    with_deposit: bool = False,
) -> Order:
    """Begin to buy: an open order that holds what it is for, or, when nothing is to be paid, one that is paid already.

    `people` are those who get a place, one line each; empty is the buyer alone, who need not be among them. Who is named
    gets the seat and the access, and never the order. `quantity` counts an organization's seats. `with_deposit` asks for
    the product's deposit now; what is left is a `Balance` of each line.

    A repeat (a double click) returns the open order. An open order for other people, with another code, or for the same
    subject by another product, is let go of first, as `cancel_order` does it: Stripe is asked to let nobody pay it, so
    this may call the network and must not run inside a transaction. If it turns out to be paid, that is what counts.
    Refusals are DomainErrors that say what to do; nothing is let go of for an order that would be refused.
    """
    wanted = sorted({person.pk for person in people} or {user.pk})
    for _round in range(ROUNDS):
        with transaction.atomic():
            # One order at a time for each person, always locked in one order.
            locked = {person.pk: person for person in User.objects.select_for_update(no_key=True).filter(pk__in={user.pk, *wanted}).order_by("pk")}
            buyer, named = locked[user.pk], [locked[pk] for pk in wanted]
            if organization:
                Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)  # and for each organization's managers
            in_the_way = open_orders_of(buyer, price, price.product.items.values("subject"), organization)
            for order in in_the_way:
                is_same = _is_repeat(order, price, quantity if organization else len(named), promotion, set() if organization else set(wanted))
                if is_same and (deposit_of(order) > 0) == with_deposit and is_payable(order):
                    return order
            offered = offered_deposit(price=price, people=len(named), organization=organization, promotion=promotion) if with_deposit else None
            quote = quote_order(user=buyer, price=price, quantity=quantity, promotion=promotion, organization=organization, replacing=in_the_way, people=named)
            if not in_the_way:
                return _make(buyer, price, quantity if organization else len(named), quote, organization, offered)
        for order in in_the_way:
            cancel_order(order=order, by=user)
    raise DomainError(_("Another order of yours is being changed at this moment. Try again in a minute."), code="order_busy")


def quote_order(
    *,
    user: User,
    price: Price,
    quantity: int = 1,
    promotion: str = "",
    organization: Organization | None = None,
    replacing: Collection[Order] = (),
    people: Sequence[User] = (),
) -> Quote:
    """What `user` would pay, or the refusal they would get. Call inside a transaction: the code is locked until its end."""
    items = list(price.product.items.all())
    named: Sequence[User | None] = [None] if organization else list(people) or [user]
    if organization is None and quantity != 1:
        raise DomainError(_("“%(product)s” is bought one at a time.") % {"product": price.product}, code="one_at_a_time")
    _check_sale(user, price, quantity if organization else len(named), organization, items)
    if organization is None:
        _check_people(user, price.product, items, [person for person in named if person])
    for person in named:
        if person:
            _check_not_owned(person, [item.subject for item in items], by=user)
    units = parts_of(price, items)
    wanted = [(item, person) for item in items for person in named]
    subtotals = [units[item.pk] * quantity for item, _person in wanted]
    code = claim_promotion(text=promotion, user=user, price=price, replacing=replacing, people=len(named)) if promotion.strip() else None
    least = 0 if price.is_recurring else least_charge(price.currency)
    discounts = split_amount(discount_of(code, sum(subtotals), least_cents=least), subtotals) if code else [0] * len(wanted)
    titles = _titles(price, items)
    lines = [
        QuotedLine(item, person, titles[item.subject], units[item.pk], subtotal, discount)
        for (item, person), subtotal, discount in zip(wanted, subtotals, discounts, strict=True)
    ]
    quote = Quote(lines, code, has_trial=bool(price.trial_days) and organization is None and not _has_used_trial(user, replacing))
    if (quote.total_cents or price.is_recurring) and not is_open():
        raise PaymentsClosed(_("Payments are not open here yet. Write to the school."))
    return quote


def is_payable(order: Order) -> bool:
    """Whether the person can still go and pay this open order, or its payment is on its way."""
    if order.processing_at or order.cancel_requested_at:
        return bool(order.processing_at)
    now = clock.now()
    opened = order.attempts.filter(state=CheckoutAttempt.State.OPEN, expires_at__gt=now + timedelta(minutes=1)).exists()
    return order.environment == environment() and (opened or now < may_be_asked_until(order))


def open_orders_of(user: User, price: Price, names: Collection[str] | QuerySet[Any], organization: Organization | None = None) -> list[Order]:
    """The person's (or the organization's) open orders at `price` or for any of the same subjects: only one of them may be paid."""
    theirs = {"organization": organization} if organization else {"user": user, "organization": None}
    same = Q(lines__subject__in=names) | Q(price=price)
    return list(Order.objects.open().filter(same, **theirs).select_related("promotion_code").distinct().order_by("pk"))


def _is_repeat(order: Order, price: Price, quantity: int, promotion: str, people: set[int]) -> bool:
    code = order.promotion_code.code if order.promotion_code else ""
    named = set(order.lines.exclude(beneficiary=None).values_list("beneficiary", flat=True))
    return (order.price_id, order.quantity, code, named) == (price.pk, quantity, promotion.strip().upper(), people)


def _check_sale(user: User, price: Price, quantity: int, organization: Organization | None, items: list[ProductItem]) -> None:
    product = price.product
    if not user.is_active:
        raise DomainError(_("This account is closed. Write to the school if you want to buy something."), code="deactivated")
    sold_so = not price.is_recurring or all(item.subject == subjects.LIBRARY for item in items)
    if not (product.is_active and price.is_active and items and sold_so):
        raise DomainError(_("“%(product)s” is not on sale at this price. See what is on sale now.") % {"product": product}, code="not_on_sale")
    if organization is not None:
        _check_bulk(user, product, organization, items)
    if quantity < max(1, price.min_quantity):
        message = _("This price is for %(count)s or more. Choose more, or the price for fewer.")
        raise DomainError(message % {"count": price.min_quantity}, code="too_few")


def _check_people(user: User, product: Product, items: list[ProductItem], people: list[User]) -> None:
    """Places are bought for several people at once; what is never scarce is bought for oneself, or by an organization."""
    others = [person for person in people if person != user]
    if not others:
        return
    if any(not subjects.kind_of(item.subject).is_scarce for item in items):
        raise DomainError(
            _("“%(product)s” is bought for oneself. Ask each person to buy it with their own account.") % {"product": product}, code="for_oneself"
        )
    if len(people) > MOST_PEOPLE:
        raise DomainError(_("An order is for %(most)s people at most. Make another one for the others.") % {"most": MOST_PEOPLE}, code="too_many_people")
    for person in others:
        if not person.is_active:
            raise PersonRefused(person.email)
    # A place that somebody pays for is theirs to lose: another person's order does not take it over.
    names = [item.subject for item in items]
    theirs = OrderLine.objects.filter(order__in=Order.objects.open().exclude(user=user), subject__in=names, beneficiary__in=others)
    for line in theirs.select_related("order", "beneficiary"):
        if is_payable(line.order):
            raise PersonRefused(line.person.email)


def _check_bulk(user: User, product: Product, organization: Organization, items: list[ProductItem]) -> None:
    if not Organization.objects.managed_by(user).filter(pk=organization.pk).exists():
        raise DomainError(_("Only its managers buy for an organization. Ask one of them."), code="not_manager")
    if not product.for_organizations or any(subjects.kind_of(item.subject).is_scarce for item in items):
        raise DomainError(_("“%(product)s” is not sold to organizations. Write to the school.") % {"product": product}, code="not_for_organizations")


def _check_not_owned(user: User, names: list[str], *, by: User) -> None:
    grants = AccessGrant.objects.standing().filter(user=user, subject__in=names, source=AccessGrant.Source.ORDER)
    for grant in grants:
        if grant.phase == "expired":
            continue
        title = subjects.title_of(grant.subject)
        if user != by:
            if not OrderLine.objects.filter(grant=grant, order__user=by).exists():
                raise PersonRefused(user.email)
            message = _("You have registered %(person)s for “%(title)s” already. Leave them out.")
            raise DomainError(message % {"person": user.email, "title": title}, code="already_owned")
        if grant.suspended_at:
            message = _("Your bank questions the payment you made for “%(title)s”. Write to the school before you buy it again.")
            raise DomainError(message % {"title": title}, code="payment_disputed")
        if grant.expires_at is None:
            raise DomainError(_("You own “%(title)s” already, for good. Open it instead.") % {"title": title}, code="already_owned")
        message = _("You own “%(title)s” until %(day)s. You can buy it again after that day.")
        raise DomainError(message % {"title": title, "day": date_format(grant.expires_at, "DATE_FORMAT")}, code="already_owned")
    if subjects.LIBRARY in names and _is_library_suspended(user):
        raise DomainError(_("Your bank questions a payment of your membership. Write to the school before you begin another."), code="payment_disputed")
    if subjects.LIBRARY in names and _is_membership_beginning(user):
        raise DomainError(_("You have paid for a membership, and it is being set up. It opens in a few minutes."), code="membership_begins")
    if subjects.LIBRARY in names and Subscription.objects.running().filter(user=user, environment=environment()).exists():
        raise DomainError(_("You have a membership already. Change or renew it on the page of your membership."), code="already_member")


def _is_membership_beginning(user: User) -> bool:
    """Whether one was paid for of which Stripe could not be asked yet: another one would be billed beside it."""
    lately = Order.objects.paid().filter(user=user, environment=environment(), paid_at__gt=clock.now() - SETTING_UP)
    return lately.exclude(price__interval=Price.Interval.ONCE).filter(subscriptions__isnull=True).exists()


def _is_library_suspended(user: User) -> bool:
    """A new membership would share the grant that the bank's question suspended: paid for, and closed."""
    theirs = AccessGrant.objects.standing().filter(user=user, subject=subjects.LIBRARY, source=AccessGrant.Source.SUBSCRIPTION)
    return theirs.filter(suspended_at__isnull=False).exists()


def _has_used_trial(user: User, replacing: Collection[Order]) -> bool:
    """A trial is given once: a second one is bought without it."""
    orders = Order.objects.filter(user=user, has_trial=True, state__in=[Order.State.OPEN, Order.State.PAID])
    if orders.exclude(pk__in=[order.pk for order in replacing]).exists():
        return True
    return Subscription.objects.filter(user=user, trial_end__isnull=False).exists()


def _titles(price: Price, items: list[ProductItem]) -> dict[str, str]:
    if len(items) == 1:
        return {items[0].subject: price.product.title}
    named = subjects.titles_of([item.subject for item in items])
    return {subject: f"{price.product.title}: {title}"[:250] for subject, title in named.items()}


def _make(buyer: User, price: Price, quantity: int, quote: Quote, organization: Organization | None, offered: OfferedDeposit | None) -> Order:
    if offered:
        now = offered.deposit.amount_cents
        quote = replace(quote, lines=[replace(line, unit_cents=now, subtotal_cents=now) for line in quote.lines])
    costs_something = bool(quote.total_cents or price.is_recurring)
    order = Order.objects.create(
        user=buyer,
        organization=organization,
        price=price,
        quantity=quantity,
        environment=environment() if costs_something else FREE,
        currency=price.currency,
        subtotal_cents=quote.subtotal_cents,
        discount_cents=quote.discount_cents,
        total_cents=quote.total_cents,
        promotion_code=quote.promotion,
        has_trial=quote.has_trial,
        hold_until=clock.now() + HOLD,
    )
    made = OrderLine.objects.bulk_create(_line(order, line, quote) for line in quote.lines)
    if offered:
        keep_balances(lines=made, offered=offered)
    for line in quote.lines if organization is None else []:  # an organization's people come later
        kind = subjects.kind_of(line.item.subject)
        try:
            kind.reserve(user=line.person, subject=line.item.subject, reference=order.reference, until=order.hold_until)
        except PersonRefused:
            raise
        except DomainError as refusal:
            if line.person and line.person != buyer:  # whose place it is, of several
                refusal.message = _("%(person)s: %(why)s") % {"person": line.person.email, "why": refusal.message}
            raise
    if not costs_something:
        return settle_order(order=order, facts=None)
    enqueue("payments.check_order", key=f"check-order:{order.pk}", args={"order": order.pk}, run_after=order.hold_until + timedelta(minutes=1))
    return order


def _line(order: Order, line: QuotedLine, quote: Quote) -> OrderLine:
    product = order.price.product
    return OrderLine(
        order=order,
        item=line.item,
        beneficiary=line.person,
        subject=line.item.subject,
        title=line.title,
        quantity=1 if line.person else order.quantity,
        unit_cents=line.unit_cents,
        subtotal_cents=line.subtotal_cents,
        discount_cents=line.discount_cents,
        total_cents=0 if quote.has_trial else line.subtotal_cents - line.discount_cents,
        access_days=product.access_days,
        finish_by=product.finish_by,
        finish_note=product.finish_note,
        refund_policy=product.refund_policy,
    )
