"""What was decided of somebody's attendance, what they say is wrong with it, and what attendees were written."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel
from workshops.models.blocks import Block
from workshops.models.seats import Seat


class SeatOutcomeQuerySet(models.QuerySet["SeatOutcome"]):
    def current(self) -> SeatOutcomeQuerySet:
        return self.filter(superseded_by__isnull=True)


class SeatOutcome(models.Model):
    """How a seat's attendance was decided. Rows are added, never changed: a later one supersedes the one before.

    A seat without a row is booked. A trigger refuses update and delete (decision 0044).
    """

    class State(models.TextChoices):
        FULL = "full", _("There for all of it")
        PARTIAL = "partial", _("There for a part")
        NO_SHOW = "no_show", _("Did not come")

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="outcomes")
    state = models.CharField(max_length=8, choices=State)
    minutes = models.PositiveIntegerField(help_text="Minutes of instruction that were attended.")
    of_minutes = models.PositiveIntegerField(help_text="Minutes of instruction there were.")
    hours = models.JSONField(default=list, help_text="For each approval {board, unit, units, approved, code, sentence}, as known then.")
    note = models.CharField(max_length=300, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(auto_now_add=True)
    supersedes = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by")

    objects = SeatOutcomeQuerySet.as_manager()

    class Meta:
        ordering = ["decided_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["seat"], condition=Q(supersedes__isnull=True), name="one_first_outcome_per_seat"),
            models.CheckConstraint(condition=~Q(supersedes=F("pk")), name="an_outcome_does_not_supersede_itself"),
            models.CheckConstraint(condition=Q(minutes__lte=F("of_minutes")), name="nobody_attends_more_than_there_was"),
        ]

    def __str__(self) -> str:
        return f"{self.seat}: {self.get_state_display()}"


class AttendanceCorrection(TimeStampedModel):
    """A learner says that their attendance is noted wrongly; whoever teaches answers."""

    class State(models.TextChoices):
        OPEN = "open", _("Waits for an answer")
        MENDED = "mended", _("Mended")
        DECLINED = "declined", _("Stays as it is")

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="corrections")
    block = models.ForeignKey(Block, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    words = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    answer = models.CharField(max_length=500, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["seat"], condition=Q(state="open"), name="one_open_correction_per_seat"),
            models.CheckConstraint(
                condition=Q(state="open", answered_at__isnull=True, answered_by__isnull=True)
                | (~Q(state="open") & Q(answered_at__isnull=False, answered_by__isnull=False)),
                name="an_answered_correction_says_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat}: {self.words[:40]}"


class AttendeeMessage(TimeStampedModel):
    """What was written to attendees of a workshop. `nonce` makes a form sent twice one message; `mails` say who got it."""

    class Audience(models.TextChoices):
        SEATED = "seated", _("Everybody with a seat")
        ROOM = "room", _("Everybody with a seat in the room")
        REMOTE = "remote", _("Everybody who takes part online")
        ABSENT = "absent", _("Those who have not signed in")
        WAITING = "waiting", _("The waiting list")
        CHOSEN = "chosen", _("Those chosen below")

    workshop = models.ForeignKey("workshops.Workshop", on_delete=models.PROTECT, related_name="attendee_messages")
    audience = models.CharField(max_length=8, choices=Audience)
    subject = models.CharField(max_length=150)
    body = models.TextField()
    nonce = models.UUIDField(unique=True, default=uuid.uuid4)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    mails = models.ManyToManyField("notifications.MailMessage", related_name="+")

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.subject
