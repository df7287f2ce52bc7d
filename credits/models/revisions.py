"""The rules of each board as they were at every time: revisions of its whole document, and who verified which fact of it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel
from credits.models.boards import Board


class RuleRevisionQuerySet(models.QuerySet["RuleRevision"]):
    def approved(self) -> RuleRevisionQuerySet:
        return self.filter(state=RuleRevision.State.APPROVED)

    def in_force(self, now: datetime) -> RuleRevisionQuerySet:
        """The one revision of each board that holds at `now`: of those approved by then, the last to take force."""
        rows = self.approved().filter(in_force_from__lte=now)
        return rows.order_by("board_id", "-in_force_from", "-number").distinct("board_id")

    def coming(self, now: datetime) -> RuleRevisionQuerySet:
        """Approved, and not yet in force; the soonest first."""
        return self.approved().filter(in_force_from__gt=now).order_by("in_force_from", "number")


class RuleRevision(TimeStampedModel):
    """A board's whole document of rules. Once it left the draft, what it says never changes: the database sees to it."""

    class Origin(models.TextChoices):
        FILE = "file", _("Rule file")
        DESK = "desk", _("Desk")

    class Purpose(models.TextChoices):
        CHANGE = "change", _("Change of the rules")
        WAIVER = "waiver", _("Waiver")
        WHAT_IF = "what_if", _("What-if")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        WAITING = "waiting", _("Waiting for sign-off")
        APPROVED = "approved", _("Signed off")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    board = models.ForeignKey(Board, on_delete=models.PROTECT, related_name="rule_revisions")
    number = models.PositiveIntegerField(help_text="Counted for each board.")
    base = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="What it was written from.")
    origin = models.CharField(max_length=4, choices=Origin)
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.CHANGE)
    text = models.TextField(help_text="The document as YAML, with its comments.")
    content = models.JSONField(help_text="The document as it is read; empty while the draft can not be read.", null=True, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Nobody for a file.")
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sole_officer = models.BooleanField(default=False, help_text="Its author signed it off alone.")
    sole_reason = models.TextField(blank=True, help_text="Why no second officer signed.")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="The second officer who signed afterwards."
    )
    in_force_from = models.DateTimeField(null=True, blank=True)
    took_force_at = models.DateTimeField(null=True, blank=True, help_text="When everything that rests on the rules was told.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdraw_reason = models.TextField(blank=True)

    objects = RuleRevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["board", "-in_force_from", "-number"], condition=Q(state="approved"), name="rule_revisions_in_force")]
        constraints = [
            models.UniqueConstraint(fields=["board", "number"], name="a_rule_revision_has_its_own_number"),
            models.CheckConstraint(condition=Q(origin="file") | Q(author__isnull=False), name="a_rule_of_the_desk_has_an_author"),
            models.CheckConstraint(condition=Q(state="draft") | (Q(content__isnull=False) & ~Q(reason="")), name="a_submitted_rule_is_whole"),
            models.CheckConstraint(condition=~Q(purpose="what_if") | Q(state="draft"), name="a_what_if_is_never_submitted"),
            models.CheckConstraint(
                condition=Q(in_force_from__isnull=True, approved_at__isnull=True) | Q(in_force_from__isnull=False, approved_at__isnull=False),
                name="an_approved_rule_has_a_beginning",
            ),
            models.CheckConstraint(condition=~Q(state="approved") | Q(approved_at__isnull=False), name="an_approved_rule_says_when"),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True) | Q(origin="file") | Q(approved_by__isnull=False),
                name="a_rule_of_the_desk_says_who_signed",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("author")) | (Q(sole_officer=True) & ~Q(sole_reason="")),
                name="nobody_signs_their_own_rule_unseen",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | (Q(sole_officer=True, confirmed_at__isnull=False) & ~Q(confirmed_by=F("author"))),
                name="a_second_officer_confirms",
            ),
            models.CheckConstraint(
                condition=(Q(state="withdrawn", withdrawn_at__isnull=False) & ~Q(withdraw_reason=""))
                | (~Q(state="withdrawn") & Q(withdrawn_at__isnull=True, withdraw_reason="")),
                name="a_withdrawn_rule_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.board.name}, revision {self.number}"


class RulesStamp(models.Model):
    """One row whose value is another whenever other rules, or other verifications, may hold. Every process looks at it now and then."""

    value = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="there_is_one_rules_stamp")]

    def __str__(self) -> str:
        return str(self.value)


class FactVerification(models.Model):
    """Someone re-read the source of one fact and found it right. It holds for what the fact said then: `digest`."""

    board = models.ForeignKey(Board, on_delete=models.PROTECT, related_name="fact_verifications")
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=250)
    digest = models.CharField(max_length=64)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    verified_by_name = models.CharField(max_length=250, help_text="As it was then, or as a rule file has it.")
    verified_on = models.DateField()
    source_seen = models.TextField(help_text="What was read: the address, and the date the text gives.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdraw_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["board", "kind", "name", "digest"], condition=Q(withdrawn_at__isnull=True), name="a_fact_is_verified_once_as_it_is"
            ),
            models.CheckConstraint(condition=~Q(source_seen="") & ~Q(verified_by_name=""), name="a_verification_says_who_and_what_was_read"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdraw_reason="") | (Q(withdrawn_at__isnull=False) & ~Q(withdraw_reason="")),
                name="a_withdrawn_verification_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.board.code}, {self.kind} {self.name}"


class RuleTrial(TimeStampedModel):
    """A dry run: every licence of the board under the rules as they are and as a revision would have them, on one day."""

    revision = models.ForeignKey(RuleRevision, on_delete=models.PROTECT, related_name="trials")
    before = models.ForeignKey(RuleRevision, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: no rules at all.")
    content = models.JSONField(help_text="What was tried: a draft may say something else by now.")
    as_of = models.DateField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    total = models.PositiveIntegerField(default=0, help_text="Licences there were at the start.")
    examined = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    effects = models.JSONField(default=dict, blank=True, help_text="How many licences each effect has, by its code.")
    last_licence = models.BigIntegerField(default=0, help_text="The key of the last licence that was examined: a run that was killed goes on behind it.")
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    rows_purged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(changed__lte=F("examined")), name="a_trial_changes_what_it_examined")]

    def __str__(self) -> str:
        return f"Dry run {self.pk} of {self.revision_id}"

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    @property
    def percent(self) -> int:
        return 100 if self.is_finished else min(99, self.examined * 100 // self.total) if self.total else 0


class RuleTrialRow(models.Model):
    """A licence that would stand otherwise. Amounts are in the board's unit; None where nothing can be said."""

    class Effect(models.TextChoices):
        MORE = "more", _("More is missing")
        UNKNOWN = "unknown", _("Nothing can be said any more")
        OTHERWISE = "otherwise", _("Something else changes")
        LESS = "less", _("Less is missing")
        KNOWN = "known", _("Something can be said now")

    trial = models.ForeignKey(RuleTrial, on_delete=models.PROTECT, related_name="rows")
    licence = models.ForeignKey("credits.Licence", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="Empty: removed since.")
    effect = models.CharField(max_length=10, choices=Effect)
    is_undone = models.BooleanField(default=False, help_text="Everything was on record, and would not be any more.")
    needed_before = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    needed_after = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    deadline = models.DateField(null=True, blank=True)
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        ordering = ["deadline", "pk"]
        indexes = [models.Index(fields=["trial", "effect"], name="rule_trial_by_effect")]
        constraints = [models.UniqueConstraint(fields=["trial", "licence"], name="a_licence_is_tried_once")]

    def __str__(self) -> str:
        return f"{self.licence_id} in trial {self.trial_id}"
