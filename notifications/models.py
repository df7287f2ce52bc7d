"""Every message the site has sent or will send."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.models import TimeStampedModel


class MailMessageQuerySet(models.QuerySet["MailMessage"]):
    def matching(self, text: str) -> MailMessageQuerySet:
        """Messages whose address, recipient or subject contains `text`; bodies too, but for confidential ones."""
        if not text:
            return self
        found = Q(to_address__icontains=text) | Q(subject__icontains=text) | Q(recipient__display_name__icontains=text)
        return self.filter(found | Q(body_text__icontains=text, is_confidential=False))


class MailMessage(TimeStampedModel):
    """One mail to one person, rendered when it was decided, sent by a job, kept as the log."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    key = models.CharField(max_length=200, unique=True)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="mail")
    to_address = models.EmailField()
    template = models.CharField(max_length=120)
    subject = models.CharField(max_length=250)
    body_text = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    is_confidential = models.BooleanField(default=False, help_text="It holds a link or code that signs in: shown to nobody, erased once sent.")
    stop_address = models.URLField(
        max_length=500, blank=True, help_text="Where whoever got it can stop mail of its kind, with one click and without signing in."
    )
    resend_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="resends")

    objects = MailMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "-created_at"], name="mail_by_state")]
        constraints = [
            models.CheckConstraint(condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)), name="sent_mail_says_when"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to_address}"

    @property
    def shown_body(self) -> str:
        """The text for the log; nothing of a message that would let its reader sign in as somebody else."""
        return "" if self.is_confidential else self.body_text


class MailAttachment(models.Model):
    """A file that goes with a message, kept as it was made."""

    message = models.ForeignKey(MailMessage, on_delete=models.CASCADE, related_name="attachments")
    filename = models.CharField(max_length=120)
    content_type = models.CharField(max_length=120, help_text="With its parameters: text/calendar; method=REQUEST; charset=utf-8.")
    content = models.BinaryField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.filename
