"""What a member is told: each thing once, and a reminder only while it is still true."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from core import clock
from core.jobs import enqueue
from notifications.services import send_mail_once
from payments.entitlement import library_open_until
from payments.models import Subscription

TRIAL_NOTICE = timedelta(days=3)
ENDING_NOTICE = timedelta(days=2)
Status = Subscription.Status


def tell_member(*, subscription: Subscription, new_invoices: Collection[str] = ()) -> None:
    """Queue what is to be said about `subscription` as it stands now. Inside the transaction that wrote it."""
    row = subscription
    for payment in row.payments.filter(stripe_invoice_id__in=new_invoices, order__isnull=True):  # an order's own mail tells of the first
        _send(row, "membership_paid", payment.stripe_invoice_id, payment=payment)
    if row.status == Status.PAST_DUE and row.open_invoice_id:
        _send(row, "membership_late", row.open_invoice_id, until=_open_until(row))
        if until := _open_until(row):
            _remind(row, "ending", until, until - ENDING_NOTICE)
    if row.status == Status.TRIALING and row.trial_end and row.cancel_at is None:
        _remind(row, "trial", row.trial_end, row.trial_end - TRIAL_NOTICE)
    if row.status == Status.CANCELED:
        _send(row, "membership_ended", row.stripe_subscription_id, until=_open_until(row))


def remind_member(*, subscription: Subscription, about: str, until: str) -> None:
    """Send the reminder that was planned for the end at `until`, unless it has moved or something was paid or cancelled meanwhile."""
    row, key = subscription, f"{subscription.stripe_subscription_id}:{until}"
    if about == "ending" and row.status == Status.PAST_DUE and (end := _open_until(row)) and end.isoformat() == until and end > clock.now():
        _send(row, "membership_ending", key, until=end)
    trial_ends = row.trial_end if row.status == Status.TRIALING and row.cancel_at is None else None
    if about == "trial" and trial_ends and trial_ends.isoformat() == until:
        _send(row, "membership_trial_ends", key)


def _remind(row: Subscription, about: str, until: datetime, at: datetime) -> None:
    stamp = until.isoformat()
    args = {"subscription": row.pk, "about": about, "until": stamp}
    enqueue("payments.remind_member", key=f"membership-{about}:{row.pk}:{stamp}", args=args, run_after=at)


def _open_until(row: Subscription) -> datetime | None:
    return library_open_until(row, timedelta(days=settings.PAYMENTS_GRACE_DAYS))


def _send(row: Subscription, template: str, key: str, **context: object) -> None:
    values = {"subscription": row, "product": row.price.product, "page": reverse("payments:membership"), **context}
    send_mail_once(key=f"{template}:{key}", template=f"payments/mail/{template}", context=values, recipient=row.user)
