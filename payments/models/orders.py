"""Orders: what a person asked for, at the words and prices of that moment, and the ways to pay that were opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel
from payments.models.access import AccessGrant
from payments.models.catalogue import CURRENCY, Price, ProductItem, PromotionCode

if TYPE_CHECKING:
    from accounts.models import User


class Customer(TimeStampedModel):
    """A person as Stripe knows them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="stripe_customers")
    environment = models.CharField(max_length=20)
    stripe_customer_id = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "environment"], name="one_customer_per_person"),
            models.UniqueConstraint(fields=["environment", "stripe_customer_id"], condition=~Q(stripe_customer_id=""), name="one_person_per_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.stripe_customer_id})"


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: User) -> OrderQuerySet:
        return self if user.has_role("staff") else self.filter(user=user)

    def open(self) -> OrderQuerySet:
        return self.filter(state=Order.State.OPEN)

    def paid(self) -> OrderQuerySet:
        return self.filter(state=Order.State.PAID)


class Order(TimeStampedModel):
    """One purchase. Open until it is paid or closed; never both."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for payment")
        PAID = "paid", _("Paid")
        CLOSED = "closed", _("Closed")

    class Closing(models.TextChoices):
        EXPIRED = "expired", _("Not paid in time")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Payment failed")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="orders")
    organization = models.ForeignKey("accounts.Organization", null=True, blank=True, on_delete=models.PROTECT, related_name="orders")
    quantity = models.PositiveSmallIntegerField(default=1, help_text=_("For how many people it is."))
    environment = models.CharField(max_length=20, help_text=_("Where it is paid: stand-in, test or live; “free” for an order that costs nothing."))
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    currency = models.CharField(max_length=3, validators=[CURRENCY])
    subtotal_cents = models.PositiveIntegerField()
    discount_cents = models.PositiveIntegerField(default=0)
    tax_cents = models.PositiveIntegerField(default=0)
    total_cents = models.PositiveIntegerField(help_text=_("What Stripe charged once it is paid; what we expect without tax before."))
    promotion_code = models.ForeignKey(PromotionCode, null=True, blank=True, on_delete=models.PROTECT, related_name="orders")
    has_trial = models.BooleanField(default=False)
    hold_until = models.DateTimeField(help_text=_("Until when what was ordered is held."))
    processing_at = models.DateTimeField(null=True, blank=True, help_text=_("Since when a bank works on a payment that takes days."))
    paid_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True, help_text=_("Since when Stripe is asked to let nobody pay it any more."))
    closed_at = models.DateTimeField(null=True, blank=True)
    closing = models.CharField(max_length=10, choices=Closing, blank=True)
    note = models.CharField(max_length=300, blank=True, help_text=_("For staff: what is unusual about it."))

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "hold_until"], name="order_by_state_and_hold")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", paid_at__isnull=True, closed_at__isnull=True, closing="")
                | Q(state="paid", paid_at__isnull=False, closed_at__isnull=True, closing="")
                | (Q(state="closed", paid_at__isnull=True, closed_at__isnull=False) & ~Q(closing="")),
                name="an_order_is_open_paid_or_closed",
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="an_order_is_for_one_at_least"),
            models.CheckConstraint(condition=Q(discount_cents__lte=F("subtotal_cents")), name="a_discount_is_at_most_the_price"),
            models.UniqueConstraint(fields=["user"], condition=Q(has_trial=True, state__in=["open", "paid"]), name="one_trial_per_person"),
            models.UniqueConstraint(fields=["user", "price"], condition=Q(state="open", organization__isnull=True), name="one_open_order_per_person_and_price"),
            models.UniqueConstraint(
                fields=["organization", "price"], condition=Q(state="open", organization__isnull=False), name="one_open_order_per_organization_and_price"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("payments:order_detail", args=[self.pk])

    @property
    def number(self) -> str:
        """What people call it: the year and a running number."""
        return f"{self.created_at:%Y}-{self.pk:06d}"

    @property
    def reference(self) -> str:
        """What other apps know it by."""
        return f"order:{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_paid(self) -> bool:
        return self.state == self.State.PAID


class OrderLine(TimeStampedModel):
    """One subject of an order, in the words, price and policy the buyer saw."""

    class Outcome(models.TextChoices):
        PENDING = "pending", _("Waiting")
        FULFILLED = "fulfilled", _("Given")
        UNAVAILABLE = "unavailable", _("Could not be given; refunded")
        RELEASED = "released", _("Let go")
        TAKEN_BACK = "taken_back", _("Taken back")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    beneficiary = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="lines_for_them",
        help_text=_("Whom it is for: the buyer, or somebody they named. Empty for an organization, whose people take their seats later."),
    )
    item = models.ForeignKey(ProductItem, on_delete=models.PROTECT, related_name="order_lines")
    subject = models.CharField(max_length=120, help_text=_("What it gives now; `item` keeps what was sold, which another date may have replaced."))
    adds_to = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="additions",
        help_text=_("The line whose price this completes: what another date costs more."),
    )
    title = models.CharField(max_length=250)
    quantity = models.PositiveSmallIntegerField(default=1)
    unit_cents = models.PositiveIntegerField()
    subtotal_cents = models.PositiveIntegerField()
    discount_cents = models.PositiveIntegerField(default=0)
    tax_cents = models.PositiveIntegerField(default=0)
    total_cents = models.PositiveIntegerField()
    access_days = models.PositiveSmallIntegerField(null=True, blank=True)
    finish_by = models.DateField(null=True, blank=True)
    finish_note = models.CharField(max_length=200, blank=True)
    refund_policy = models.TextField(help_text=_("As it read when the order was made."))
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.PENDING)
    decided_at = models.DateTimeField(null=True, blank=True)
    grant = models.OneToOneField(AccessGrant, null=True, blank=True, on_delete=models.PROTECT, related_name="order_line")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "item", "beneficiary"],
                condition=Q(outcome__in=["pending", "fulfilled"]),
                nulls_distinct=False,
                name="one_standing_line_per_item_and_person",
            ),
            models.CheckConstraint(condition=Q(outcome="pending") | Q(decided_at__isnull=False), name="a_decided_line_says_when"),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.title}"

    @property
    def person(self) -> User:
        """Whom it is for. Load `beneficiary` and `order__user` with it."""
        return self.beneficiary or self.order.user

    @property
    def was_moved(self) -> bool:
        """Whether it gives something else than what was sold. Load `item` with it."""
        return self.adds_to_id is None and self.subject != self.item.subject

    @property
    def whom(self) -> str:
        """The address of whom it is for, where that needs saying: an order for oneself alone does not."""
        is_plain = self.beneficiary_id == self.order.user_id and self.order.quantity == 1
        return "" if self.beneficiary is None or is_plain else self.beneficiary.email

    @property
    def named(self) -> str:
        """The title, and for whom where that needs saying."""
        return self.named_as(self.title)

    def named_as(self, title: str) -> str:
        return gettext("%(title)s, for %(person)s") % {"title": title, "person": self.whom} if self.whom else title


class CheckoutAttempt(TimeStampedModel):
    """One Checkout Session asked of Stripe. Key and parameters are kept, so that a repeat asks for the very same one."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        COMPLETE = "complete", _("Complete")
        EXPIRED = "expired", _("Expired")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=80, unique=True)
    params = models.JSONField()
    stripe_session_id = models.CharField(max_length=120, blank=True)
    url = models.URLField(max_length=2000, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["order", "number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="checkout_attempts_are_numbered"),
            models.UniqueConstraint(fields=["order"], condition=Q(state="open"), name="one_open_checkout_per_order"),
            models.UniqueConstraint(fields=["stripe_session_id"], condition=~Q(stripe_session_id=""), name="one_attempt_per_session"),
        ]

    def __str__(self) -> str:
        return self.key
