"""What a buyer reads about a product before paying, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import clock
from core.money import format_money
from payments import subjects
from payments.models import Order, Price, Product, ProductItem, Subscription
from payments.selectors.access import subjects_open_to
from payments.selectors.offers import offers_for
from payments.shares import parts_of


@dataclass(frozen=True)
class Part:
    """One thing that a product opens. `alone` is what it costs by itself in the same currency, None when it is not sold so."""

    subject: str
    title: str
    url: str
    notice: str
    part: str
    alone_cents: int | None
    alone: str
    is_open_to_viewer: bool


def parts_for(user: Any, items: Sequence[ProductItem], price: Price | None) -> list[Part]:
    names = [item.subject for item in items]
    titles, opened = subjects.titles_of(names), subjects_open_to(user)
    opened |= subjects.library_among(names) if subjects.LIBRARY in opened else set()
    shares = parts_of(price, items) if price else {}
    alone = offers_for(names, price.currency) if price and len(items) > 1 else {}
    found = []
    for item in items:
        kind = subjects.kind_of(item.subject)
        own = next((offer.price for offer in alone.get(item.subject, []) if offer.is_alone and price and offer.price.currency == price.currency), None)
        found.append(
            Part(
                subject=item.subject,
                title=titles[item.subject],
                url=kind.url(item.subject),
                notice=kind.notice(user, item.subject),
                part=format_money(shares[item.pk], price.currency) if price else "",
                alone_cents=own.amount_cents if own else None,
                alone=format_money(own.amount_cents, own.currency) if own else "",
                is_open_to_viewer=item.subject in opened,
            )
        )
    return found


def saved_by(price: Price, parts: Sequence[Part]) -> str:
    """What a bundle costs less than its parts alone; "" when a part is not sold alone or nothing is saved."""
    alone = [part.alone_cents for part in parts]
    if len(parts) < 2 or None in alone:
        return ""
    saved = sum(cents for cents in alone if cents is not None) - price.amount_cents
    return format_money(saved, price.currency) if saved > 0 else ""


def access_words(product: Product, *, zone: str) -> str:
    """How long access lasts, with the last day if it is bought today where the buyer is."""
    if product.kind == Product.Kind.MEMBERSHIP:
        return _("Every course of the library is open to watch while your membership runs.")
    if not product.access_days:
        if product.items.exclude(subject__startswith="workshop:").exists():
            return _("It stays open to you for good.")
        return ""
    until = (clock.now() + timedelta(days=product.access_days)).astimezone(ZoneInfo(zone))
    words = ngettext(
        "It is open to you for one day: bought today, until %(day)s.", "It is open to you for %(count)s days: bought today, until %(day)s.", product.access_days
    )
    return words % {"count": product.access_days, "day": date_format(until, "DATE_FORMAT")}


def streams_words(product: Product, items: Iterable[ProductItem]) -> str:
    """On how many devices it may be watched; "" for what is no video."""
    if all(item.subject.startswith("workshop:") for item in items):
        return ""
    words = ngettext("Watch on one device at a time.", "Watch on up to %(count)s devices at once; the newest is counted for credit.", product.streams)
    return words % {"count": product.streams}


def zone_of(user: Any) -> str:
    return user.time_zone if user.is_authenticated else settings.SCHOOL_TIME_ZONE


def every(price: Price) -> str:
    """ "every month" """
    return _("every year") if price.interval == Price.Interval.YEAR else _("every month")


def renewal_words(price: Price) -> str:
    """The terms of a membership in a sentence or two; "" for what is bought once."""
    if not price.is_recurring:
        return ""
    amount = format_money(price.amount_cents, price.currency)
    words = _("It renews by itself: %(amount)s %(every)s until you cancel. You can cancel at any time on the page of your membership; what is paid stays open.")
    return words % {"amount": amount, "every": every(price)}


def trial_words(price: Price, *, has_trial: bool, used_at: datetime | None, first_payment: int) -> str:
    """ "Free for 14 days, then $19.00 every month until you cancel; one trial per person." """
    if not price.trial_days:
        return ""
    amount = format_money(price.amount_cents, price.currency)
    if not has_trial:
        if used_at is None:
            return _("One trial per person; you have used yours.")
        return _("One trial per person; you used yours on %(day)s.") % {"day": date_format(timezone.localtime(used_at), "DATE_FORMAT")}
    words = ngettext(
        "Free for one day, then %(amount)s %(every)s until you cancel; one trial per person.",
        "Free for %(days)s days, then %(amount)s %(every)s until you cancel; one trial per person.",
        price.trial_days,
    )
    sentence = words % {"days": price.trial_days, "amount": amount, "every": every(price)}
    if first_payment != price.amount_cents:
        sentence += " " + _("The first payment is %(amount)s.") % {"amount": format_money(first_payment, price.currency)}
    return sentence


def trial_used_at(user: Any) -> datetime | None:
    """When `user` began a trial, None for never."""
    if not user.is_authenticated:
        return None
    order = Order.objects.filter(user=user, has_trial=True).exclude(state=Order.State.CLOSED).order_by("created_at").first()
    membership = Subscription.objects.filter(user=user, trial_end__isnull=False).order_by("created_at").first()
    return min((row.created_at for row in (order, membership) if row), default=None)


def open_order_for(user: Any, product: Product) -> Order | None:
    """An order of this product that the person has begun and not paid."""
    if not user.is_authenticated:
        return None
    return Order.objects.open().filter(user=user, price__product=product).order_by("-pk").first()
