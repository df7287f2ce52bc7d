"""What is for sale, and at what price. Prices live here; Stripe gets a copy."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import TimeStampedModel

CURRENCY = RegexValidator(r"^[a-z]{3}\Z", _("Three small letters, such as usd."))


class ProductQuerySet(models.QuerySet["Product"]):
    def on_sale(self) -> ProductQuerySet:
        return self.filter(is_active=True)


class Product(TimeStampedModel):
    """Something a person may buy. Its items say what it opens, its prices what it costs."""

    class Kind(models.TextChoices):
        COURSE = "course", _("Course")
        WORKSHOP = "workshop", _("Workshop seat")
        MEMBERSHIP = "membership", _("Membership")
        BUNDLE = "bundle", _("Bundle")

    kind = models.CharField(max_length=12, choices=Kind)
    slug = models.SlugField(max_length=120, unique=True)
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=300, blank=True)
    is_active = models.BooleanField(_("on sale"), default=False)
    access_days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text=_("How long access lasts from the purchase. Empty: for good.")
    )
    streams = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(20)], help_text=_("On how many devices at once its owner may watch.")
    )
    finish_by = models.DateField(null=True, blank=True, help_text=_("Finish by this day for the credit named in the note to count."))
    finish_note = models.CharField(max_length=200, blank=True, help_text=_("For example: to count for your NCBTMB cycle that ends in December."))
    refund_policy = models.TextField(help_text=_("Shown before buying and kept with every order."))
    for_organizations = models.BooleanField(default=False, help_text=_("An organization may buy several and give them to its people."))

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(kind="membership") | Q(access_days__isnull=True), name="a_membership_lasts_while_it_is_paid"),
            models.CheckConstraint(condition=~Q(kind="membership") | Q(for_organizations=False), name="a_membership_is_personal"),
            models.CheckConstraint(condition=Q(access_days__isnull=True) | Q(access_days__gte=1), name="access_lasts_a_day_at_least"),
            models.CheckConstraint(condition=Q(streams__gte=1), name="a_product_is_watched_on_one_device_at_least"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("payments:product_detail", args=[self.slug])


class ProductItem(models.Model):
    """One subject that a product opens, with its share of the price. `subject` is opaque here ("course:81", "library")."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="items")
    subject = models.CharField(max_length=120)
    share = models.PositiveSmallIntegerField(default=100, help_text=_("Weight of this part in the price: what a refund of it alone gives back."))
    tax_code = models.CharField(max_length=40, blank=True, help_text=_("Stripe's tax code; empty takes the one of its kind."))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["product", "subject"], name="a_product_opens_a_subject_once"),
            models.CheckConstraint(condition=~Q(subject=""), name="a_product_item_names_its_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.product}: {self.subject}"


class PriceQuerySet(models.QuerySet["Price"]):
    def active(self) -> PriceQuerySet:
        return self.filter(is_active=True)


class Price(TimeStampedModel):
    """What a product costs. An amount never changes: another amount is another row, and the old one is taken off."""

    class Interval(models.TextChoices):
        ONCE = "once", _("Once")
        MONTH = "month", _("Every month")
        YEAR = "year", _("Every year")

    class TaxBehavior(models.TextChoices):
        EXCLUSIVE = "exclusive", _("Tax is added")
        INCLUSIVE = "inclusive", _("Tax is included")

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="prices")
    currency = models.CharField(max_length=3, validators=[CURRENCY])
    amount_cents = models.PositiveIntegerField(help_text=_("In the currency's smallest unit: cents, or whole yen."))
    interval = models.CharField(max_length=6, choices=Interval, default=Interval.ONCE)
    trial_days = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(90)])
    min_quantity = models.PositiveSmallIntegerField(default=1, help_text=_("From this many on (organizations)."))
    tax_behavior = models.CharField(max_length=9, choices=TaxBehavior, default=TaxBehavior.EXCLUSIVE)
    is_active = models.BooleanField(default=True)

    objects = PriceQuerySet.as_manager()

    class Meta:
        ordering = ["product", "currency", "interval", "min_quantity"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "currency", "interval", "min_quantity"], condition=Q(is_active=True), name="one_active_price_per_product_and_terms"
            ),
            models.CheckConstraint(condition=Q(trial_days=0) | ~Q(interval="once"), name="only_a_membership_has_a_trial"),
            models.CheckConstraint(condition=Q(min_quantity__gte=1), name="a_price_is_for_one_at_least"),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.amount_cents} {self.currency} {self.interval}"

    @property
    def is_recurring(self) -> bool:
        return self.interval != self.Interval.ONCE

    @property
    def is_free(self) -> bool:
        return self.amount_cents == 0


class StripePrice(TimeStampedModel):
    """The copy at Stripe of one item's part of a price. `environment` keeps a stand-in, test and live apart."""

    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="at_stripe")
    item = models.ForeignKey(ProductItem, on_delete=models.PROTECT, related_name="at_stripe")
    environment = models.CharField(max_length=20)
    amount_cents = models.PositiveIntegerField()
    stripe_product_id = models.CharField(max_length=80)
    stripe_price_id = models.CharField(max_length=80)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["price", "item", "environment"], condition=Q(is_active=True), name="one_copy_of_a_price_at_stripe"),
            models.UniqueConstraint(fields=["environment", "stripe_price_id"], name="a_stripe_price_is_copied_once"),
        ]

    def __str__(self) -> str:
        return self.stripe_price_id


class PromotionCodeQuerySet(models.QuerySet["PromotionCode"]):
    def usable(self) -> PromotionCodeQuerySet:
        now = clock.now()
        return self.filter(Q(starts_at__isnull=True) | Q(starts_at__lte=now), Q(expires_at__isnull=True) | Q(expires_at__gt=now), is_active=True)


class PromotionCode(TimeStampedModel):
    """A code typed before paying. Uses are counted by orders, not by Stripe."""

    code = models.CharField(max_length=40, unique=True, validators=[RegexValidator(r"^[A-Z0-9-]{3,40}\Z", _("Capital letters, digits and hyphens."))])
    percent_off = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)])
    amount_off_cents = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    currency = models.CharField(max_length=3, blank=True, validators=[CURRENCY])
    products = models.ManyToManyField(Product, blank=True, related_name="promotion_codes", help_text=_("Empty: everything."))
    max_uses = models.PositiveIntegerField(null=True, blank=True)
    once_per_person = models.BooleanField(default=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    note = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at_stripe = models.JSONField(default=dict, blank=True, help_text=_("Stripe's promotion code by environment."))

    objects = PromotionCodeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent_off__isnull=False, amount_off_cents__isnull=True, currency="")
                | (Q(percent_off__isnull=True, amount_off_cents__isnull=False) & ~Q(currency="")),
                name="a_code_takes_off_a_percentage_or_an_amount",
            ),
            models.CheckConstraint(condition=Q(percent_off__isnull=True) | Q(percent_off__range=(1, 100)), name="a_code_takes_off_at_most_everything"),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(starts_at__isnull=True) | Q(expires_at__gt=F("starts_at")), name="a_code_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return self.code
