"""Links by which a holder shows a transcript to somebody who has no account here: a board, an employer."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import TimeStampedModel


def new_seed() -> str:
    return secrets.token_urlsafe(32)


def token_of(seed: str) -> str:
    """The secret part of a link's address: the seed signed with the site's key, so that the table alone opens nothing."""
    digest = salted_hmac("credits.transcript_links", seed, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class TranscriptLinkQuerySet(models.QuerySet["TranscriptLink"]):
    def visible_to(self, user: Any) -> TranscriptLinkQuerySet:
        return self.filter(user=user)

    def open(self) -> TranscriptLinkQuerySet:
        """Neither revoked nor expired."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=clock.now())


class TranscriptLink(TimeStampedModel):
    """One address that shows one person's transcript, or a part of it, until it is revoked or expires."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        EXPIRED = "expired", _("Expired")
        REVOKED = "revoked", _("Revoked")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="transcript_links")
    name = models.CharField(max_length=80, help_text="For the holder: whom it is for.")
    seed = models.CharField(max_length=64, default=new_seed, help_text="Random; the token is this, signed with the site's key.")
    token_sha256 = models.CharField(max_length=64, unique=True)
    board = models.ForeignKey("credits.Board", null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Shows this board's credit alone.")
    first_on = models.DateField(null=True, blank=True)
    last_on = models.DateField(null=True, blank=True)
    with_external = models.BooleanField(default=True, help_text="Shows what was earned elsewhere too.")
    with_pending = models.BooleanField(default=False, help_text="Shows what is in progress or waits.")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened_count = models.PositiveIntegerField(default=0)
    last_opened_at = models.DateTimeField(null=True, blank=True)

    objects = TranscriptLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="a_transcript_link_has_a_name"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="a_transcript_link_expires_after_it_is_made"),
            models.CheckConstraint(
                condition=Q(first_on__isnull=True) | Q(last_on__isnull=True) | Q(last_on__gte=F("first_on")), name="a_transcript_link_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("credits:transcript_link_detail", args=[self.pk])

    @property
    def state(self) -> str:
        if self.revoked_at is not None:
            return self.State.REVOKED
        return self.State.OPEN if self.expires_at > clock.now() else self.State.EXPIRED

    @property
    def state_label(self) -> str:
        return str(self.State(self.state).label)

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def token(self) -> str:
        """The token, for the holder's eyes; "" when the site's key was changed since and it can not be made again."""
        token = token_of(self.seed)
        return token if secrets.compare_digest(token_hash(token), self.token_sha256) else ""
