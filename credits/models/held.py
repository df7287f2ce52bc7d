"""What belongs to a person and counts for every licence: the date of birth and the credentials held."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.models import TimeStampedModel


class BirthDate(TimeStampedModel):
    """A person's date of birth, on file only while a board's calendar goes by it. This row alone holds it; deleting it purges it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="birth_date")
    born_on = models.DateField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(born_on__gte=date(1900, 1, 1)), name="a_birth_date_is_after_1900")]

    def __str__(self) -> str:
        return f"Date of birth of person {self.user_id}"  # the day itself is for nobody else's eyes


def proof_path(credential: HeldCredential, filename: str) -> str:
    return f"credential-proofs/{uuid.uuid4()}"


class HeldCredentialQuerySet(models.QuerySet["HeldCredential"]):
    def visible_to(self, user: Any) -> HeldCredentialQuerySet:
        return self.filter(user=user)


class HeldCredential(TimeStampedModel):
    """A card or certification that a rule wants to be current: CPR, BLS, a national certification."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="held_credentials")
    credential = models.CharField(max_length=120, help_text="One of the credentials in credits/data/categories.yaml, or a board's code.")
    begins_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(help_text="The last day it is current.")
    proof = models.FileField(upload_to=proof_path, blank=True)
    proof_name = models.CharField(max_length=200, blank=True, help_text="The file's name as it was sent to us.")

    objects = HeldCredentialQuerySet.as_manager()

    class Meta:
        ordering = ["credential", "-expires_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "credential", "expires_on"], name="a_credential_is_on_file_once_until_a_day"),
            models.CheckConstraint(condition=~Q(credential=""), name="a_held_credential_is_named"),
            models.CheckConstraint(condition=Q(begins_on__isnull=True) | Q(expires_on__gte=F("begins_on")), name="a_credential_expires_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.credential} until {self.expires_on}"
