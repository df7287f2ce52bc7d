"""Activities, the things boards approve, and accreditations, the approvals."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel
from credits.categories import split_shown


class DeliveryMode(models.TextChoices):
    IN_PERSON_HANDS_ON = "in_person_hands_on", "In person, hands-on"
    IN_PERSON_LECTURE = "in_person_lecture", "In person, lecture"
    LIVE_REMOTE = "live_remote", "Live, remote"
    SELF_PACED = "self_paced", "Home study, at your own pace"


class ComponentKind(models.TextChoices):
    """What a part of an activity consists of; definitions of an hour rate each kind apart."""

    LIVE = "live", "Live teaching"
    VIDEO = "video", "Video"
    AUDIO = "audio", "Audio"
    READING = "reading", "Reading"
    TEST = "test", "Test"
    ASSIGNMENT = "assignment", "Assignment, handed in"

    @classmethod
    def of(cls, part: Mapping[str, Any]) -> ComponentKind:
        """The kind of one of an activity's components; where nobody gave it, what its way of delivery is usually made of."""
        return cls(part.get("kind") or (cls.VIDEO if part["mode"] == DeliveryMode.SELF_PACED else cls.LIVE))


class Activity(TimeStampedModel):
    """What a board approves. Many course versions and workshop dates point at one activity.

    Each of `components` has mode and minutes of instruction, and where they are given kind, break_minutes, words, questions and difficulty.
    """

    class Kind(models.TextChoices):
        HOME_STUDY = "home_study", "Home study"
        WORKSHOP = "workshop", "Workshop"

    title = models.CharField(max_length=200)
    instructor_name = models.CharField(max_length=160)
    instructor_credentials = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    kind = models.CharField(max_length=12, choices=Kind)
    components = models.JSONField(default=list, blank=True, help_text="A list of {mode, minutes}.")

    class Meta:
        ordering = ["title", "pk"]
        verbose_name_plural = "activities"

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("credits_desk:activity_detail", args=[self.pk])

    @property
    def minutes(self) -> int:
        return sum(int(part["minutes"]) for part in self.components)

    @property
    def labelled_components(self) -> list[dict[str, Any]]:
        """The components with the labels of their mode and kind, for pages."""
        return [{**part, "label": DeliveryMode(part["mode"]).label, "kind_label": ComponentKind.of(part).label} for part in self.components]

    @property
    def minutes_by_mode(self) -> dict[str, int]:
        """Minutes of instruction for each way of delivery."""
        totals: dict[str, int] = {}
        for part in self.components:
            totals[part["mode"]] = totals.get(part["mode"], 0) + int(part["minutes"])
        return totals

    def fits(self, mode: str) -> bool:
        """Whether an approval for `mode` can be of this kind of activity: home study is self-paced, a workshop is not."""
        return (mode == DeliveryMode.SELF_PACED) == (self.kind == self.Kind.HOME_STUDY)


def approval_letter_path(accreditation: Accreditation, filename: str) -> str:
    return f"approval-letters/{uuid.uuid4()}.pdf"


class AccreditationQuerySet(models.QuerySet["Accreditation"]):
    def in_force_on(self, day: date) -> AccreditationQuerySet:
        """Approvals that cover a completion on the civil date `day`; a withdrawn one covers the days before its withdrawal."""
        standing = Q(status=Accreditation.Status.IN_FORCE) | Q(status=Accreditation.Status.WITHDRAWN, withdrawn_on__gt=day)
        return self.filter(standing, Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day)

    def expiring(self, *, by: date, today: date) -> AccreditationQuerySet:
        return self.filter(status=Accreditation.Status.IN_FORCE, valid_to__gte=today, valid_to__lte=by)


class Accreditation(TimeStampedModel):
    """One board's approval of one activity: title, units and number exactly as approved, and what it asks of a learner."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_FORCE = "in_force", "In force"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class PartialCredit(models.TextChoices):
        NONE = "none", _("Nothing: all of it or no credit")
        BY_SEGMENT = "by_segment", _("The blocks that were attended in full")
        ACTUAL_TIME = "actual_time", _("The time that was attended")

    # What an award freezes: none of these changes once an award rests on the accreditation.
    FROZEN = (
        "activity", "board", "approved_title", "units", "unit_override", "mode", "category_split", "approval_number", "provider_number",
        "provider_name", "valid_from",
    )  # fmt: skip

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="accreditations")
    board = models.ForeignKey("credits.Board", on_delete=models.PROTECT, related_name="accreditations")
    approved_title = models.CharField(max_length=250)
    units = models.DecimalField(max_digits=7, decimal_places=2, help_text="In the board's own unit, exactly as approved.")
    unit_override = models.CharField(max_length=60, blank=True, help_text="Only when the approval uses another word than the board's usual one.")
    mode = models.CharField(max_length=20, choices=DeliveryMode)
    category_split = models.JSONField(default=list, blank=True, help_text="A list of {category, units}.")
    approval_number = models.CharField(max_length=80, blank=True)
    provider_number = models.CharField(max_length=80, blank=True)
    provider_name = models.CharField(max_length=160)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text="The last day it covers; empty when the approval has no end.")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    withdrawn_on = models.DateField(null=True, blank=True, help_text="The first day it no longer covers.")
    coverage_required = models.DecimalField(max_digits=4, decimal_places=3, default=Decimal("0.95"))
    rate_cap = models.DecimalField(max_digits=3, decimal_places=2, default=Decimal("2.0"))
    passing_score = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Percent; empty when the board sets none.")
    partial_credit = models.CharField(
        max_length=12, choices=PartialCredit, blank=True, help_text="What it grants of a live day attended in part; empty when the board's rules say."
    )
    late_tolerance_minutes = models.PositiveSmallIntegerField(default=0, help_text="Up to so late, or so early away, a block still counts as attended in full.")
    instructors = models.TextField(blank=True, help_text="Whoever else may teach it under this approval, one name a line.")
    approval_letter = models.FileField(upload_to=approval_letter_path, blank=True)
    approval_letter_name = models.CharField(max_length=200, blank=True, help_text="The file's name as it was sent to us.")

    objects = AccreditationQuerySet.as_manager()

    class Meta:
        ordering = ["board__name", "-valid_from", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(units__gt=0), name="approved_units_are_positive"),
            models.CheckConstraint(condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="approval_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(coverage_required__gt=0, coverage_required__lte=1), name="coverage_is_a_fraction"),
            models.CheckConstraint(condition=Q(rate_cap__gte=1, rate_cap__lte=4), name="rate_cap_is_between_1_and_4"),
            models.CheckConstraint(condition=Q(passing_score__isnull=True) | Q(passing_score__lte=100), name="passing_score_is_a_percentage"),
            models.CheckConstraint(
                condition=Q(status="withdrawn", withdrawn_on__isnull=False) | ~Q(status="withdrawn") & Q(withdrawn_on__isnull=True),
                name="a_withdrawn_approval_says_since_when",
            ),
        ]
        indexes = [models.Index(fields=["activity", "status"], name="approvals_of_an_activity")]

    def __str__(self) -> str:
        return f"{self.approved_title} · {self.board}"

    def get_absolute_url(self) -> str:
        return reverse("credits_desk:accreditation_detail", args=[self.pk])

    @property
    def instructor_list(self) -> list[str]:
        """Who may teach it beside the activity's own instructor."""
        return [name for line in self.instructors.splitlines() if (name := " ".join(line.split()))]

    @property
    def unit_printed(self) -> str:
        return self.unit_override or self.board.unit_printed

    @property
    def units_shown(self) -> str:
        return f"{self.units.normalize():f}"

    @property
    def split_shown(self) -> list[dict[str, str]]:
        return split_shown(self.category_split)

    @property
    def coverage_percent(self) -> str:
        return f"{(self.coverage_required * 100).normalize():f}"

    @property
    def last_day(self) -> date | None:
        """The last day it covers, with a withdrawal counted; None when open."""
        if self.withdrawn_on is None:
            return self.valid_to
        day_before = self.withdrawn_on - timedelta(days=1)
        return min(day_before, self.valid_to) if self.valid_to else day_before

    @property
    def is_as_printed(self) -> bool:
        """Whether it only says what certificates issued before this system say: it covers no day."""
        return self.last_day is not None and self.last_day < self.valid_from

    def covers(self, day: date) -> bool:
        """`in_force_on` for one row already loaded."""
        return self.status != self.Status.DRAFT and self.valid_from <= day and (self.last_day is None or day <= self.last_day)
