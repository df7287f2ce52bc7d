"""What is reported to regulators: how each board is reported to, batches, their rows, and what the regulator answered.

A batch that is locked is frozen: triggers refuse to change its bytes and rows (decision 0034). A result file is append-only.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from core.models import TimeStampedModel


def _by() -> Any:
    return models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


class ReportRoute(TimeStampedModel):
    """How the school reports to one board: the system, the numbers that came with the account, and from which day on."""

    board = models.OneToOneField("credits.Board", on_delete=models.PROTECT, related_name="report_route")
    is_on = models.BooleanField(default=True)
    system = models.CharField(max_length=20, help_text="A system of credits/data/reporting.yaml.")
    layout = models.CharField(max_length=20, help_text="A layout of credits/data/reporting.yaml.")
    report_from = models.DateField(help_text="Completions from this day on are reported from here; earlier ones were reported before.")
    provider_number = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=2, blank=True)
    profession_code = models.CharField(max_length=20, blank=True)
    licence_mask = models.CharField(max_length=60, blank=True, help_text="@ for a letter, # for a digit, * for any number of digits; all else as it stands.")
    own_days = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Within how many days the school means to report where the board names none.")

    class Meta:
        ordering = ["board__name"]
        constraints = [
            models.CheckConstraint(condition=~Q(system="") & ~Q(layout=""), name="a_report_route_names_its_system_and_layout"),
            models.CheckConstraint(condition=Q(own_days__isnull=True) | Q(own_days__range=(1, 365)), name="own_days_are_within_a_year"),
        ]

    def __str__(self) -> str:
        return f"Reports to {self.board}"

    def get_absolute_url(self) -> str:
        return reverse("credits_desk:report_board", args=[self.board.code])


class ReportCourse(TimeStampedModel):
    """The number under which a system knows what an approval covers, for one board."""

    route = models.ForeignKey(ReportRoute, on_delete=models.PROTECT, related_name="courses")
    accreditation = models.ForeignKey("credits.Accreditation", on_delete=models.PROTECT, related_name="report_courses")
    course_number = models.CharField(max_length=20, blank=True)
    own_course_id = models.CharField(max_length=40, blank=True)
    publishing_number = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["accreditation__approved_title", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["route", "accreditation"], name="an_approval_has_one_number_with_a_board"),
            models.CheckConstraint(condition=~Q(course_number="") | ~Q(own_course_id=""), name="a_reported_course_has_a_number"),
        ]

    def __str__(self) -> str:
        return self.course_number or self.own_course_id


class ReportBatchQuerySet(models.QuerySet["ReportBatch"]):
    def listed(self) -> ReportBatchQuerySet:
        """Without the bytes."""
        return self.defer("content")

    def open(self) -> ReportBatchQuerySet:
        return self.filter(state__in=[ReportBatch.State.DRAFT, ReportBatch.State.LOCKED])


class ReportBatch(models.Model):
    """One file for one board. A draft may be made anew or thrown away; a locked one is handed over as it is; a posted one is with the regulator."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        LOCKED = "locked", "Locked for posting"
        POSTED = "posted", "Posted"
        ABANDONED = "abandoned", "Not posted"

    board = models.ForeignKey("credits.Board", on_delete=models.PROTECT, related_name="report_batches")
    number = models.PositiveIntegerField()
    system = models.CharField(max_length=20)
    layout = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    file_name = models.CharField(max_length=120)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    row_count = models.PositiveIntegerField()
    made_by = _by()
    made_at = models.DateTimeField()
    locked_by = _by()
    locked_at = models.DateTimeField(null=True, blank=True)
    posted_by = _by()
    posted_at = models.DateTimeField(null=True, blank=True, help_text="When the regulator took it, as the officer says.")
    posted_noted_at = models.DateTimeField(null=True, blank=True, help_text="When that was written down here.")
    receipt = models.CharField(max_length=200, blank=True, help_text="What the regulator gave as a receipt.")
    abandoned_by = _by()
    abandoned_at = models.DateTimeField(null=True, blank=True)
    abandon_reason = models.TextField(blank=True)

    objects = ReportBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "report batches"
        constraints = [
            models.UniqueConstraint(fields=["board", "number"], name="batches_of_a_board_are_numbered"),
            models.UniqueConstraint(fields=["board"], condition=Q(state__in=["draft", "locked"]), name="one_open_batch_per_board"),
            models.CheckConstraint(condition=Q(row_count__gt=0), name="a_batch_has_rows"),
            models.CheckConstraint(condition=Q(state="draft") | Q(locked_at__isnull=False, locked_by__isnull=False), name="a_locked_batch_says_who_locked_it"),
            models.CheckConstraint(
                condition=(Q(state="posted") & Q(posted_at__isnull=False, posted_by__isnull=False, posted_noted_at__isnull=False))
                | (~Q(state="posted") & Q(posted_at__isnull=True)),
                name="a_posted_batch_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=(Q(state="abandoned", abandoned_at__isnull=False, abandoned_by__isnull=False) & ~Q(abandon_reason=""))
                | (~Q(state="abandoned") & Q(abandoned_at__isnull=True)),
                name="a_batch_not_posted_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.board.code} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("credits_desk:report_batch", args=[self.pk])

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_locked(self) -> bool:
        return self.state == self.State.LOCKED

    @property
    def is_posted(self) -> bool:
        return self.state == self.State.POSTED


class ReportRowQuerySet(models.QuerySet["ReportRow"]):
    def live(self) -> ReportRowQuerySet:
        """Rows that stand with the regulator, or are on their way."""
        return self.filter(outcome__in=ReportRow.LIVE)

    def posted(self) -> ReportRowQuerySet:
        return self.filter(batch__state=ReportBatch.State.POSTED)


class ReportRow(models.Model):
    """One award in one batch, with the values exactly as the file has them."""

    class Action(models.TextChoices):
        REPORT = "report", "Report"
        AMEND = "amend", "Correct"
        WITHDRAW = "withdraw", "Take back"

    class Outcome(models.TextChoices):
        WAITING = "waiting", "No answer yet"
        ACCEPTED = "accepted", "Accepted"
        REFUSED = "refused", "Refused"
        VOID = "void", "Does not stand"

    LIVE = (Outcome.WAITING, Outcome.ACCEPTED)

    batch = models.ForeignKey(ReportBatch, on_delete=models.PROTECT, related_name="rows")
    award = models.ForeignKey("credits.Award", on_delete=models.PROTECT, related_name="report_rows")
    position = models.PositiveIntegerField(help_text="Its line in the file, from 1.")
    action = models.CharField(max_length=10, choices=Action, default=Action.REPORT)
    corrects = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections")
    entry = models.CharField(max_length=250, help_text="Licence, course and completion date: what a regulator takes once.")
    key = models.CharField(max_length=250, help_text="The entry with the award's version.")
    payload = models.JSONField(default=dict)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    code = models.CharField(max_length=60, blank=True, help_text="The regulator's code.")
    reason = models.TextField(blank=True, help_text="Why it was refused or does not stand.")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = _by()
    again_at = models.DateTimeField(null=True, blank=True, help_text="When an officer had a refused row sent again as it was.")
    again_by = _by()
    again_reason = models.TextField(blank=True)
    agreed_award = models.ForeignKey(
        "credits.Award", null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="The later version the regulator's entry agrees with."
    )

    objects = ReportRowQuerySet.as_manager()

    class Meta:
        ordering = ["batch", "position"]
        indexes = [models.Index(fields=["entry"], name="report_rows_by_entry")]
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="a_line_of_a_batch_is_one_row"),
            models.UniqueConstraint(fields=["award", "action"], condition=Q(outcome__in=["waiting", "accepted"]), name="an_award_is_reported_once"),
            models.UniqueConstraint(fields=["entry"], condition=Q(outcome__in=["waiting", "accepted"], action="report"), name="an_entry_is_reported_once"),
            models.CheckConstraint(condition=Q(action="report", corrects__isnull=True) | ~Q(action="report"), name="a_report_corrects_nothing"),
            models.CheckConstraint(condition=Q(action="report") | Q(corrects__isnull=False), name="a_correction_names_its_row"),
            models.CheckConstraint(condition=Q(outcome="waiting") | Q(decided_at__isnull=False), name="an_answer_has_its_day"),
            models.CheckConstraint(condition=~Q(outcome__in=["refused", "void"]) | ~Q(reason=""), name="a_row_that_does_not_stand_says_why"),
            models.CheckConstraint(condition=Q(again_at__isnull=True) | ~Q(again_reason=""), name="a_row_sent_again_says_why"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_live(self) -> bool:
        return self.outcome in self.LIVE


class ReportResult(models.Model):
    """A regulator's answer as it was read in. Append-only."""

    batch = models.ForeignKey(ReportBatch, on_delete=models.PROTECT, related_name="results")
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    accepted = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()
    read_by = _by()
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "sha256"], name="an_answer_is_read_once")]

    def __str__(self) -> str:
        return self.file_name


class ReportOmissionQuerySet(models.QuerySet["ReportOmission"]):
    def standing(self) -> ReportOmissionQuerySet:
        return self.filter(lifted_at__isnull=True)


class ReportOmission(models.Model):
    """An officer's decision that an award goes into no batch: it was reported by hand, or is not to be reported."""

    award = models.ForeignKey("credits.Award", on_delete=models.PROTECT, related_name="report_omissions")
    reason = models.TextField()
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    lifted_by = _by()
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = ReportOmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["award"], condition=Q(lifted_at__isnull=True), name="an_award_is_left_out_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="an_award_left_out_says_why"),
            models.CheckConstraint(condition=Q(lifted_at__isnull=True) | Q(lifted_at__gte=F("at")), name="it_is_lifted_after_it_was_left_out"),
        ]

    def __str__(self) -> str:
        return f"{self.award_id} left out"
