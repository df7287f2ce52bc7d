"""The cancellation policy of a workshop: what a seat keeps of it, and its words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.money import format_money
from workshops.models import CancellationPolicy, Workshop


def policy_of(workshop: Workshop) -> CancellationPolicy | None:
    """The workshop's own policy, else the school's; None where the school has none and decides by hand."""
    return workshop.policy or CancellationPolicy.objects.filter(is_default=True).first()


def terms_of(workshop: Workshop) -> dict[str, Any] | None:
    """What a seat taken now keeps of the policy; None for a free workshop and where the school decides by hand."""
    if workshop.is_free:
        return None
    policy = policy_of(workshop)
    return policy.as_terms() if policy else None


def policy_words(terms: dict[str, Any], *, currency: str, starts_at: datetime | None = None) -> list[str]:
    """The terms in sentences, made from the tiers, so that what is read is what is reckoned. With `starts_at` they name the instants."""
    sentences, last = [], None
    for tier in sorted(terms["tiers"], key=lambda tier: -tier["days"]):
        sentences.append(_tier_words(tier, starts_at))
        last = tier
    if last is None:
        sentences.append(_("Nothing goes back once you have a seat."))
    else:
        sentences.append(_("After that nothing goes back."))
    if terms["fee_cents"]:
        sentences.append(_("A fee of %(fee)s is kept.") % {"fee": format_money(terms["fee_cents"], currency)})
        resale = _("Or offer your seat to the waiting list: when somebody takes it, everything but the fee goes back.")
    else:
        resale = _("Or offer your seat to the waiting list: when somebody takes it, everything goes back.")
    return [*sentences, resale]


def _tier_words(tier: dict[str, int], starts_at: datetime | None) -> str:
    until = date_format(starts_at - timedelta(days=tier["days"]), "N j, Y, g:i a") if starts_at else ""
    days = ngettext("one day before it begins", "%(days)s days before it begins", tier["days"]) % {"days": tier["days"]} if tier["days"] else _("it begins")
    words = {"until": f"{until} ({days})" if until else days, "percent": tier["percent"]}
    if tier["percent"] == 100:
        return _("Until %(until)s everything goes back.") % words
    return _("Until %(until)s %(percent)s percent goes back.") % words


def words_for(workshop: Workshop) -> list[str]:
    """What the page of a workshop says before somebody takes a seat; nothing where it costs nothing or the school decides by hand."""
    terms = terms_of(workshop)
    if terms is None:
        return []
    starts_at = workshop.starts_at.astimezone(workshop.zone) if workshop.starts_at else None
    return policy_words(terms, currency=settings.PAYMENTS_CURRENCY, starts_at=starts_at)
