"""What keeps records beyond their time, and what went when it was over."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def standing(self) -> LegalHoldQuerySet:
        return self.filter(lifted_at__isnull=True)

    def on_person(self, user: Any) -> LegalHoldQuerySet:
        return self.standing().filter(person=user)


class LegalHold(TimeStampedModel):
    """Nothing about one person, one activity or one board is removed while this stands. It is lifted, never deleted."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="legal_holds")
    activity = models.ForeignKey("credits.Activity", null=True, blank=True, on_delete=models.PROTECT, related_name="legal_holds")
    board = models.ForeignKey("credits.Board", null=True, blank=True, on_delete=models.PROTECT, related_name="legal_holds")
    reason = models.TextField(max_length=2000, help_text="Inside the school only.")
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lift_reason = models.TextField(blank=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, activity__isnull=True, board__isnull=True)
                | Q(person__isnull=True, activity__isnull=False, board__isnull=True)
                | Q(person__isnull=True, activity__isnull=True, board__isnull=False),
                name="a_legal_hold_is_about_one_thing",
            ),
            models.UniqueConstraint(
                fields=["person", "activity", "board"], condition=Q(lifted_at__isnull=True), nulls_distinct=False, name="one_standing_hold_on_a_thing"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="a_legal_hold_says_why"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lift_reason="")
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason="")),
                name="a_lifted_hold_says_who_and_why",
            ),
        ]

    def __str__(self) -> str:
        return str(self.person or self.activity or self.board)

    def get_absolute_url(self) -> str:
        return reverse("credits_desk:hold_list")

    @property
    def is_standing(self) -> bool:
        return self.lifted_at is None

    @property
    def kind(self) -> str:
        return str(_("Person") if self.person_id else _("Course or workshop") if self.activity_id else _("Board"))


class Removal(models.Model):
    """That personal data was removed: of what, when its time was over, how much. Says nothing of what it said. Append-only."""

    source = models.CharField(max_length=40)
    subject = models.CharField(max_length=120, help_text="The record, as app.Model:pk.")
    due_on = models.DateField(help_text="The first day it could go.")
    removed = models.JSONField(default=dict, help_text="How many of what.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["source", "subject", "due_on"], name="a_removal_is_noted_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.subject}"
