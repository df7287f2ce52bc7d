"""Licences: what a person keeps up, and what picks the boards that credit them. Each fact that a renewal rule asks for is a row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel


class LicenceQuerySet(models.QuerySet["Licence"]):
    def visible_to(self, user: Any) -> LicenceQuerySet:
        return self.filter(user=user)

    def on_file(self) -> LicenceQuerySet:
        """Those the person keeps up: not archived."""
        return self.filter(archived_at__isnull=True)

    def on_file_at(self, moment: datetime) -> LicenceQuerySet:
        return self.filter(Q(archived_at__isnull=True) | Q(archived_at__gt=moment), created_at__lte=moment)

    def with_facts(self) -> LicenceQuerySet:
        """Everything `credits.licence_facts.licence_facts` reads of a licence and its holder, in a constant number of queries."""
        rows = self.select_related("board", "user__birth_date")
        return rows.prefetch_related(
            "statuses",
            "renewals",
            "met_duties",
            Prefetch("overrides", LicenceOverride.objects.select_related("officer", "withdrawn_by")),
            "user__held_credentials",
            Prefetch("user__licences", Licence.objects.select_related("board")),
        )

    def with_use(self) -> LicenceQuerySet:
        """Adds `award_count`: how many awards rest on the licence."""
        return self.annotate(award_count=Count("awards")).order_by("board__name", "pk")


class Licence(TimeStampedModel):
    """Any licence, certification or membership a person keeps up with a board."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="licences")
    board = models.ForeignKey("credits.Board", on_delete=models.PROTECT, related_name="licences")
    number = models.CharField(max_length=60, blank=True)
    jurisdiction = models.CharField(max_length=12, blank=True)
    name_on_licence = models.CharField(max_length=200, blank=True, help_text="Only if it differs from your legal name.")
    issued_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    practising_since = models.DateField(null=True, blank=True, help_text="Where a rule goes by years of practice; may lie before the licence.")
    archived_at = models.DateTimeField(null=True, blank=True, help_text="When the person stopped keeping it up; nothing is credited under it any more.")
    reminders_stopped_at = models.DateTimeField(null=True, blank=True, help_text="When the person wished for no more mail about its deadlines.")

    objects = LicenceQuerySet.as_manager()

    class Meta:
        ordering = ["board__name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "board", "number"], name="a_licence_is_on_file_once"),
            models.CheckConstraint(
                condition=Q(issued_on__isnull=True) | Q(expires_on__isnull=True) | Q(expires_on__gte=F("issued_on")), name="licence_expires_after_it_is_issued"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.board.name} {self.number}".strip()

    def get_absolute_url(self) -> str:
        return reverse("credits:licence_detail", args=[self.pk])

    @property
    def has_reminders(self) -> bool:
        """Whether its holder wants mail about its deadlines, if about any."""
        return self.reminders_stopped_at is None

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None


class LicenceStatus(TimeStampedModel):
    """Whether a licence is active, from one day until the next row's. Before the first row it is active."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        INACTIVE = "inactive", _("Inactive")

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="statuses")
    begins_on = models.DateField()
    status = models.CharField(max_length=10, choices=Status)

    class Meta:
        ordering = ["begins_on", "pk"]
        verbose_name_plural = "licence statuses"
        constraints = [
            # A row runs until the next one begins, so two rows overlap only when they begin on one day.
            models.UniqueConstraint(fields=["licence", "begins_on"], name="statuses_of_a_licence_do_not_overlap"),
            models.CheckConstraint(condition=Q(status__in=["active", "inactive"]), name="a_licence_is_active_or_inactive"),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()} from {self.begins_on}"


class LicenceRenewal(TimeStampedModel):
    """What the person did to renew at the end of one cycle, as they tell us."""

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="renewals")
    cycle_end = models.DateField()
    submitted_on = models.DateField(null=True, blank=True)
    late_fee_paid_on = models.DateField(null=True, blank=True)
    renewed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["cycle_end", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["licence", "cycle_end"], name="one_renewal_per_cycle_end"),
            models.CheckConstraint(
                condition=Q(submitted_on__isnull=False) | Q(late_fee_paid_on__isnull=False) | Q(renewed_on__isnull=False), name="a_renewal_says_what_was_done"
            ),
            models.CheckConstraint(
                condition=Q(submitted_on__isnull=True) | Q(renewed_on__isnull=True) | Q(renewed_on__gte=F("submitted_on")),
                name="a_licence_is_renewed_after_it_is_submitted",
            ),
        ]

    def __str__(self) -> str:
        return f"Renewal of the cycle that ends on {self.cycle_end}"


class MetDuty(TimeStampedModel):
    """A duty that is due once, or every few cycles, and was met in an earlier cycle."""

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="met_duties")
    code = models.CharField(max_length=120, help_text="The code of the rule's minimum.")
    cycle_end = models.DateField(help_text="The end of the cycle in which it was met.")

    class Meta:
        ordering = ["cycle_end", "code", "pk"]
        verbose_name_plural = "met duties"
        constraints = [
            models.UniqueConstraint(fields=["licence", "code", "cycle_end"], name="a_duty_is_met_once_in_a_cycle"),
            models.CheckConstraint(condition=~Q(code=""), name="a_met_duty_is_named"),
        ]

    def __str__(self) -> str:
        return f"{self.code}, cycle that ends on {self.cycle_end}"


class LicenceOverrideQuerySet(models.QuerySet["LicenceOverride"]):
    def standing(self) -> LicenceOverrideQuerySet:
        return self.filter(withdrawn_at__isnull=True)


class LicenceOverride(TimeStampedModel):
    """An officer's decision about one cycle: other units, another window. It is never changed; it is withdrawn and written anew."""

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="overrides")
    cycle_end = models.DateField()
    required = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True, help_text="Units in place of the rule's, in the board's own unit.")
    window_open = models.DateField(null=True, blank=True)
    window_close = models.DateField(null=True, blank=True)
    reason = models.TextField(max_length=2000)
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdraw_reason = models.TextField(blank=True)

    objects = LicenceOverrideQuerySet.as_manager()

    class Meta:
        ordering = ["cycle_end", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["licence", "cycle_end"], condition=Q(withdrawn_at__isnull=True), name="one_standing_override_per_cycle_end"),
            models.CheckConstraint(condition=~Q(reason=""), name="an_override_says_why"),
            models.CheckConstraint(
                condition=Q(required__isnull=False) | Q(window_open__isnull=False) | Q(window_close__isnull=False), name="an_override_changes_something"
            ),
            models.CheckConstraint(condition=Q(required__isnull=True) | Q(required__gte=0), name="overridden_units_are_not_negative"),
            models.CheckConstraint(
                condition=Q(window_open__isnull=True) | Q(window_close__isnull=True) | Q(window_close__gte=F("window_open")),
                name="an_overridden_window_closes_after_it_opens",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdraw_reason="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdraw_reason="")),
                name="a_withdrawn_override_says_who_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"Override of the cycle that ends on {self.cycle_end}"

    @property
    def is_standing(self) -> bool:
        return self.withdrawn_at is None

    @property
    def required_text(self) -> str:
        """The units as an exact decimal without trailing zeros; "" when the override leaves them."""
        return "" if self.required is None else f"{self.required.normalize():f}"
