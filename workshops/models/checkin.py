"""Phones that check people in, what they could not settle, and sheets of paper that were keyed in."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import TimeStampedModel
from workshops.models.blocks import Block
from workshops.models.seats import Seat


class CheckinDevice(TimeStampedModel):
    """A phone that may check people in at one workshop, until it is revoked or its time is over. No session is needed.

    The person who enrolled it answers for what it records. It is claimed once, by a link that is good for a short while.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for the phone")
        ACTIVE = "active", _("In use")
        EXPIRED = "expired", _("Expired")
        REVOKED = "revoked", _("Revoked")

    workshop = models.ForeignKey("workshops.Workshop", on_delete=models.PROTECT, related_name="devices")
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False, help_text="What its signed token names.")
    name = models.CharField(_("name"), max_length=60, help_text=_("Which phone it is, such as “Ada’s phone”."))
    enrolled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    claim_until = models.DateTimeField()
    claim = models.UUIDField(null=True, blank=True, help_text="The number the phone gave itself; the same one may claim again.")
    claimed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    last_seen_at = models.DateTimeField(null=True, blank=True)
    skew_ms = models.BigIntegerField(null=True, blank=True, help_text="How far its clock was ahead of ours when it was last seen.")
    unsent = models.PositiveIntegerField(default=0, help_text="Entries it still kept when it was last seen.")

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(claim__isnull=True, claimed_at__isnull=True) | Q(claim__isnull=False, claimed_at__isnull=False), name="a_claimed_device_says_when"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="a_revoked_device_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> State:
        if self.revoked_at:
            return self.State.REVOKED
        now = clock.now()
        if now >= self.expires_at or (self.claimed_at is None and now >= self.claim_until):
            return self.State.EXPIRED
        return self.State.ACTIVE if self.claimed_at else self.State.WAITING


class Signature(models.Model):
    """A signature drawn with a finger, as the lines it was drawn by: nothing else can hide in it. A trigger refuses changes."""

    strokes = models.JSONField(help_text="Lines of points: [[[x, y], …], …], within width and height.")
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Signature {self.pk}"


class PaperSheetQuerySet(models.QuerySet["PaperSheet"]):
    def listed(self) -> PaperSheetQuerySet:
        """Without the bytes."""
        return self.defer("content")


class PaperSheet(models.Model):
    """A sign-in sheet of paper, scanned: evidence behind the times that were keyed in from it.

    Its bytes are kept here, so that they commit, or do not, with the entries they prove.
    """

    workshop = models.ForeignKey("workshops.Workshop", on_delete=models.PROTECT, related_name="paper_sheets")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=40)
    content = models.BinaryField()
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PaperSheetQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["workshop", "sha256"], name="a_sheet_is_kept_once_for_a_workshop")]

    def __str__(self) -> str:
        return self.name


class CheckinConflict(TimeStampedModel):
    """An entry of a phone that could not simply be recorded. A person settles it; nothing a phone sent is lost."""

    class Kind(models.TextChoices):
        IN = "in", _("Signed in")
        OUT = "out", _("Signed out")
        ANNUL = "annul", _("Taken back")

    class Settlement(models.TextChoices):
        OPEN = "", _("Open")
        RECORDED = "recorded", _("Recorded")
        SET_ASIDE = "set_aside", _("Set aside")

    device = models.ForeignKey(CheckinDevice, on_delete=models.PROTECT, related_name="conflicts")
    nonce = models.UUIDField(unique=True)
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="checkin_conflicts")
    block = models.ForeignKey(Block, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=5, choices=Kind)
    at = models.DateTimeField()
    skew_ms = models.BigIntegerField(null=True, blank=True)
    annuls = models.UUIDField(null=True, blank=True, help_text="The number of the entry it takes back.")
    note = models.CharField(max_length=200, blank=True)
    signature = models.OneToOneField(Signature, null=True, blank=True, on_delete=models.PROTECT, related_name="conflict")
    on_paper = models.BooleanField(db_default=False, default=False, help_text="The person signs on the printed sheet.")
    code = models.CharField(max_length=40)
    detail = models.CharField(max_length=300)
    settlement = models.CharField(max_length=10, choices=Settlement, default=Settlement.OPEN, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    settled_note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(settlement="", settled_at__isnull=True) | (~Q(settlement="") & Q(settled_at__isnull=False)), name="a_settled_conflict_says_when"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat} {self.kind} {self.at:%Y-%m-%d %H:%M}: {self.code}"


class WalkIn(TimeStampedModel):
    """Somebody who came without a seat, noted at the door for staff."""

    class State(models.TextChoices):
        OPEN = "open", _("Waits for staff")
        SEATED = "seated", _("Has a seat now")
        SET_ASIDE = "set_aside", _("Set aside")

    workshop = models.ForeignKey("workshops.Workshop", on_delete=models.PROTECT, related_name="walk_ins")
    device = models.ForeignKey(CheckinDevice, on_delete=models.PROTECT, related_name="walk_ins")
    nonce = models.UUIDField(unique=True)
    block = models.ForeignKey(Block, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    skew_ms = models.BigIntegerField(null=True, blank=True)
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    note = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    seat = models.ForeignKey(Seat, null=True, blank=True, on_delete=models.PROTECT, related_name="walk_ins")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(state="seated") | Q(seat__isnull=False), name="a_seated_walk_in_names_the_seat"),
            models.CheckConstraint(condition=Q(state="open") | Q(settled_at__isnull=False), name="a_settled_walk_in_says_when"),
        ]

    def __str__(self) -> str:
        return self.name
