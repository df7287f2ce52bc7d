"""Consent to report to a regulator: each word a person gave or took back, with the text they read."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _


class ReportConsentQuerySet(models.QuerySet["ReportConsent"]):
    def visible_to(self, user: Any) -> ReportConsentQuerySet:
        return self.filter(user=user)

    def latest_of(self, user: Any, board: Any) -> ReportConsentQuerySet:
        """The rows of one person and board, the one that holds now first."""
        return self.filter(user=user, board=board).order_by("-pk")


class ReportConsent(models.Model):
    """One word of a person about reporting to one board. The latest row holds. Append-only: triggers refuse UPDATE and DELETE."""

    class Word(models.TextChoices):
        GIVEN = "given", _("Given")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="report_consents")
    board = models.ForeignKey("credits.Board", on_delete=models.PROTECT, related_name="report_consents")
    word = models.CharField(max_length=10, choices=Word)
    words = models.TextField(help_text="The text that was shown, as the person read it.")
    at = models.DateTimeField()

    objects = ReportConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "board", "-id"], name="consents_of_a_person")]
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="a_consent_keeps_its_words"),
            models.CheckConstraint(condition=Q(word__in=["given", "withdrawn"]), name="a_consent_is_given_or_withdrawn"),
        ]

    def __str__(self) -> str:
        return f"{self.get_word_display()} {self.at:%Y-%m-%d}"

    @property
    def is_given(self) -> bool:
        return self.word == self.Word.GIVEN


def latest_consent(user: str, board: str) -> Subquery:
    """The word that holds, for an annotation: `user` and `board` are the outer row's fields."""
    return Subquery(ReportConsent.objects.filter(user=OuterRef(user), board=OuterRef(board)).order_by("-pk").values("word")[:1])
