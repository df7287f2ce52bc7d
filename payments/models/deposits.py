"""Paying in two parts: a deposit gives what is bought, the rest is a balance with a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import TimeStampedModel
from payments.models.catalogue import CURRENCY, Product
from payments.models.orders import Order, OrderLine

if TYPE_CHECKING:
    from accounts.models import User


class Rule(models.TextChoices):
    """What becomes of the deposit when the rest is not paid."""

    KEPT = "kept", _("The deposit is kept")
    POLICY = "policy", _("What the cancellation policy gives back goes back")


class Deposit(TimeStampedModel):
    """With how much a place of `product` can be had in one currency, and when the rest is due. Orders keep what they read."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="deposits")
    currency = models.CharField(max_length=3, validators=[CURRENCY])
    amount_cents = models.PositiveIntegerField(help_text=_("In the currency's smallest unit: cents, or whole yen."))
    balance_days = models.PositiveSmallIntegerField(help_text=_("The rest is due so many days before it begins."))
    grace_days = models.PositiveSmallIntegerField(default=3, validators=[MinValueValidator(1), MaxValueValidator(60)])
    rule = models.CharField(max_length=6, choices=Rule, default=Rule.KEPT)

    class Meta:
        ordering = ["product", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["product", "currency"], name="one_deposit_per_product_and_currency"),
            models.CheckConstraint(condition=Q(amount_cents__gte=1), name="a_deposit_is_more_than_nothing"),
            models.CheckConstraint(condition=Q(grace_days__gte=1, grace_days__lt=F("balance_days")), name="grace_ends_before_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.amount_cents} {self.currency}"


class BalanceQuerySet(models.QuerySet["Balance"]):
    def owed(self) -> BalanceQuerySet:
        """What somebody still has to pay: the deposit came, and what it gave stands."""
        return self.filter(state=Balance.State.DUE, line__outcome=OrderLine.Outcome.FULFILLED, line__order__state=Order.State.PAID)

    def begun(self) -> BalanceQuerySet:
        """Those whose deposit was paid, whatever became of them."""
        return self.filter(line__order__state=Order.State.PAID)

    def visible_to(self, user: User) -> BalanceQuerySet:
        """Whoever paid the deposit and whoever has the place may see and pay the rest; staff see all."""
        rows = self.begun()
        return rows if user.has_role("staff") else rows.filter(Q(line__order__user=user) | Q(line__beneficiary=user))

    def with_lines(self) -> BalanceQuerySet:
        return self.select_related("line__order__user", "line__order__price__product", "line__beneficiary", "line__item")


class Balance(TimeStampedModel):
    """What is still to be paid for one line after its deposit, in the words the buyer read."""

    class State(models.TextChoices):
        DUE = "due", _("Still to pay")
        PAID = "paid", _("Paid")
        WAIVED = "waived", _("Let off")
        FORFEITED = "forfeited", _("Ended with the place")

    line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="balance")
    due_on = models.DateField()
    time_zone = models.CharField(max_length=60, help_text=_("By whose calendar the day counts: the venue's."))
    amount_cents = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=State, default=State.DUE)
    balance_days = models.PositiveSmallIntegerField()
    grace_days = models.PositiveSmallIntegerField()
    rule = models.CharField(max_length=6, choices=Rule)
    terms = models.TextField(help_text=_("What happens if it is not paid, as it read before buying."))
    warned_at = models.DateTimeField(null=True, blank=True, help_text=_("When the person was told that the day has passed."))
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    objects = BalanceQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["due_on"], condition=Q(state="due"), name="balance_due_by_day")]
        constraints = [models.CheckConstraint(condition=Q(state="due") | Q(decided_at__isnull=False), name="a_decided_balance_says_when")]

    def __str__(self) -> str:
        return f"{self.line}: {self.amount_cents}"

    def get_absolute_url(self) -> str:
        return reverse("payments:balance_detail", args=[self.pk])

    @property
    def subject(self) -> str:
        """What payments knows the payment of the rest by."""
        return f"balance:{self.pk}"

    @property
    def is_owed(self) -> bool:
        """Load `line__order` with it."""
        return self.state == self.State.DUE and self.line.outcome == OrderLine.Outcome.FULFILLED and self.line.order.is_paid

    @property
    def last_day(self) -> date:
        """The last day on which it can be paid before the place is given back."""
        return self.due_on + timedelta(days=self.grace_days)

    @property
    def today(self) -> date:
        return clock.civil_date(clock.now(), self.time_zone)

    @property
    def is_late(self) -> bool:
        return self.state == self.State.DUE and self.today > self.due_on
