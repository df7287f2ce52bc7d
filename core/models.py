"""Base model, the job table and the audit log."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class TimeStampedModel(models.Model):
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class JobQuerySet(models.QuerySet["Job"]):
    def open(self) -> JobQuerySet:
        return self.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])

    def dead(self) -> JobQuerySet:
        return self.filter(state=Job.State.DEAD)


class Job(TimeStampedModel):
    """One piece of background work. This row is the truth; the Celery message is only a wake-up call."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        DEAD = "dead", "Dead"

    kind = models.CharField(max_length=80)
    key = models.CharField(max_length=200, unique=True)
    queue = models.CharField(max_length=20, default="default")
    args = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    run_after = models.DateTimeField(db_default=Now(), help_text="By the database's clock, which all machines share.")
    woken_at = models.DateTimeField(null=True, blank=True, help_text="When a worker was last called; the sweeper waits a while before it calls again.")
    lease_until = models.DateTimeField(null=True, blank=True)
    claim_token = models.UUIDField(null=True, blank=True)
    progress = models.PositiveSmallIntegerField(default=0, help_text="Percent.")
    stage = models.CharField(max_length=120, blank=True)
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["run_after"], condition=Q(state__in=["queued", "running"]), name="job_due"),
            models.Index(fields=["state", "-id"], name="job_by_state"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(progress__lte=100), name="job_progress_is_a_percentage"),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False, claim_token__isnull=False) | ~Q(state="running"),
                name="a_running_job_holds_a_lease",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def last_line(self) -> str:
        """The line of a traceback that says what happened; all of a one-line error."""
        return self.error.strip().rpartition("\n")[2][:200]


class AuditEntry(models.Model):
    """Who did what to which record, and why. Append-only: a trigger refuses update and delete."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=80)
    subject = models.CharField(max_length=120, help_text="The record, as app.Model:pk.")
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["subject"], name="audit_by_subject")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject}"

    @property
    def words(self) -> str:
        """The action as people read it: "payments.grant_access" → "Grant access"."""
        return self.action.rpartition(".")[2].replace("_", " ").capitalize()
