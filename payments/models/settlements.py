"""Money that moved: what was captured, what went back, what a bank disputes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel
from payments.models.catalogue import CURRENCY
from payments.models.orders import Order, OrderLine
from payments.models.subscriptions import Subscription

if TYPE_CHECKING:
    from accounts.models import User


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, user: User) -> PaymentQuerySet:
        return self if user.has_role("staff") else self.filter(user=user)


class Payment(TimeStampedModel):
    """One captured charge: of an order, or of a period of a subscription. Its row is the lock for every refund of it.

    `refunded_cents` holds what went back or is on its way back; the constraint keeps it within what was captured.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="payments")
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="payments")
    subscription = models.ForeignKey(Subscription, null=True, blank=True, on_delete=models.PROTECT, related_name="payments")
    environment = models.CharField(max_length=20)
    stripe_payment_intent_id = models.CharField(max_length=80, blank=True)
    stripe_charge_id = models.CharField(max_length=80, blank=True)
    stripe_invoice_id = models.CharField(max_length=80, blank=True)
    currency = models.CharField(max_length=3, validators=[CURRENCY])
    amount_cents = models.PositiveIntegerField(help_text=_("Captured."))
    tax_cents = models.PositiveIntegerField(default=0)
    refunded_cents = models.PositiveIntegerField(default=0)
    fee_cents = models.PositiveIntegerField(null=True, blank=True, help_text=_("Stripe's fee, once known."))
    method = models.CharField(max_length=60, blank=True, help_text=_("For people: Visa ending in 4242."))
    paid_at = models.DateTimeField()
    period_start = models.DateTimeField(null=True, blank=True)
    period_end = models.DateTimeField(null=True, blank=True)
    receipt_url = models.URLField(max_length=2000, blank=True)
    invoice_url = models.URLField(max_length=2000, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["-paid_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(refunded_cents__lte=F("amount_cents")), name="refunds_never_pass_what_was_captured"),
            models.CheckConstraint(condition=Q(order__isnull=False) | Q(subscription__isnull=False), name="a_payment_is_for_something"),
            models.UniqueConstraint(fields=["stripe_payment_intent_id"], condition=~Q(stripe_payment_intent_id=""), name="one_payment_per_intent"),
            models.UniqueConstraint(fields=["stripe_charge_id"], condition=~Q(stripe_charge_id=""), name="one_payment_per_charge"),
            models.UniqueConstraint(fields=["stripe_invoice_id"], condition=~Q(stripe_invoice_id=""), name="one_payment_per_invoice"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} {self.currency} of {self.user}"

    @property
    def refundable_cents(self) -> int:
        return self.amount_cents - self.refunded_cents


class RefundQuerySet(models.QuerySet["Refund"]):
    def failed_for_good(self) -> RefundQuerySet:
        """Those that did not reach the buyer and that no later refund of the same payment made up for."""
        later = Refund.objects.filter(payment=OuterRef("payment"), pk__gt=OuterRef("pk"), state__in=[Refund.State.PENDING, Refund.State.SUCCEEDED])
        return self.filter(~Exists(later), state=Refund.State.FAILED)


class Refund(TimeStampedModel):
    """Money on its way back. The row and its key are written before Stripe is asked, so a crash between the two heals."""

    class State(models.TextChoices):
        PENDING = "pending", _("On its way")
        SUCCEEDED = "succeeded", _("Refunded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class ReasonClass(models.TextChoices):
        REQUESTED = "requested_by_customer", _("The customer asked")
        DUPLICATE = "duplicate", _("Paid twice")
        UNAVAILABLE = "unavailable", _("Could not be given")
        SCHOOL = "school", _("The school cancelled")
        FRAUDULENT = "fraudulent", _("Fraud")
        EXTERNAL = "external", _("Made at the payment provider")

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    amount_cents = models.PositiveIntegerField()
    key = models.CharField(max_length=80, unique=True)
    stripe_refund_id = models.CharField(max_length=80, blank=True)
    reason_class = models.CharField(max_length=24, choices=ReasonClass)
    reason = models.TextField(blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True)
    ends_membership = models.BooleanField(default=False, help_text=_("The membership that the payment is for ends with it."))

    objects = RefundQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gte=1), name="a_refund_gives_something_back"),
            models.UniqueConstraint(fields=["stripe_refund_id"], condition=~Q(stripe_refund_id=""), name="one_row_per_stripe_refund"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents} of {self.payment}"

    @property
    def is_external(self) -> bool:
        return self.reason_class == self.ReasonClass.EXTERNAL


class RefundLine(models.Model):
    """What part of a refund is for which line, and whether that line's access ends with it."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="refund_lines")
    amount_cents = models.PositiveIntegerField()
    closes_access = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["refund", "line"], name="one_refund_line_per_line")]

    def __str__(self) -> str:
        return f"{self.amount_cents} of {self.line}"


DISPUTE_WORDS = {
    "warning_needs_response": _("The bank asks; answer"),
    "warning_under_review": _("The bank asks; answered"),
    "warning_closed": _("The bank let it rest"),
    "needs_response": _("Waits for your answer"),
    "under_review": _("With the bank"),
    "won": _("Decided for the school"),
    "lost": _("Decided for the buyer"),
    "prevented": _("Settled before it began"),
}


class Dispute(TimeStampedModel):
    """A charge that the buyer's bank questions. While it is open, what was paid by it is suspended, never deleted."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    stripe_dispute_id = models.CharField(max_length=80, unique=True)
    status = models.CharField(max_length=40, help_text=_("In Stripe's words."))
    reason = models.CharField(max_length=60, blank=True)
    amount_cents = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    evidence_due_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.stripe_dispute_id} ({self.status})"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def status_words(self) -> str:
        return str(DISPUTE_WORDS.get(self.status) or self.status.replace("_", " "))

    @property
    def reason_words(self) -> str:
        return self.reason.replace("_", " ")
