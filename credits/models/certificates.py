"""What was issued on paper and as a badge: certificates, the keys that sign them, the lists that say which still hold.

A certificate's bytes and everything printed on it are frozen once its SHA-256 is written: a trigger refuses changes
to them, and any deletion (decision 0007).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.urls import reverse

from core.models import TimeStampedModel
from credits.models.awards import Award, RevocationReason


class SigningKey(TimeStampedModel):
    """A P-256 key of the school. Public halves stay for ever; the private half is sealed, or lives in the environment."""

    kid = models.CharField(max_length=64, unique=True, help_text="RFC 7638 thumbprint of the public key.")
    public_jwk = models.JSONField()
    certificate_pem = models.TextField(help_text="X.509 certificate, followed by its chain when it has one.")
    sealed_private_key = models.TextField(blank=True, help_text="Encrypted under SECRET_KEY; empty when the key comes from the environment.")
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revocation_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-not_before"]
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(retired_at__isnull=True, revoked_at__isnull=True) & ~Q(sealed_private_key=""), name="one_sealed_key_signs"
            ),
            models.CheckConstraint(condition=Q(not_after__gt=F("not_before")), name="a_key_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(revoked_at__isnull=True) | ~Q(revocation_reason=""), name="a_revoked_key_says_why"),
        ]

    def __str__(self) -> str:
        return self.kid


class StatusList(TimeStampedModel):
    """One Bitstring Status List: 131,072 places, given out at random, a third of them at most."""

    SIZE = 131_072
    FULL_AT = SIZE // 3

    number = models.PositiveIntegerField(unique=True)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"Status list {self.number}"


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, user: Any) -> CertificateQuerySet:
        """Whose PDF a person may have: their own; every one for CE officers and staff."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.has_role("ce_officer", "staff"):
            return self
        return self.filter(award__dossier__user=user)

    def made(self) -> CertificateQuerySet:
        """Those that left the school at some time, whatever became of them."""
        return self.exclude(state=Certificate.State.PENDING).filter(issued_at__isnull=False)

    def with_failures(self) -> CertificateQuerySet:
        return self.filter(state=Certificate.State.PENDING).exclude(failure="")

    def with_page(self) -> CertificateQuerySet:
        """All that the public page shows, in one query."""
        return self.select_related("supersedes", "superseded_by").defer("staged", "credential_jwt")

    def count_by_state(self) -> dict[str, int]:
        return dict(self.order_by().values_list("state").annotate(n=Count("pk")))


class Certificate(TimeStampedModel):
    """One award on paper. The row is made when its serial is reserved and never goes away."""

    class State(models.TextChoices):
        PENDING = "pending", "Being made"
        ISSUED = "issued", "Valid"
        SUPERSEDED = "superseded", "Replaced by a newer version"
        SUSPENDED = "suspended", "Suspended"
        REVOKED = "revoked", "Revoked"

    award = models.OneToOneField(Award, on_delete=models.PROTECT, related_name="certificate")
    version = models.PositiveSmallIntegerField()
    supersedes = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by")
    serial = models.CharField(max_length=20, unique=True)
    token = models.CharField(max_length=32, unique=True)
    status_list = models.ForeignKey(StatusList, on_delete=models.PROTECT, related_name="certificates")
    status_list_index = models.PositiveIntegerField()

    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    failure = models.TextField(blank=True, help_text="Why it could not be made, in a sentence for the learner and the CE officer.")

    snapshot = models.JSONField(default=dict, blank=True, help_text="Every printed fact.")
    search_name = models.TextField(blank=True, help_text="The name in plain small letters, for the lookup by serial and surname.")
    engine = models.JSONField(default=dict, blank=True, help_text="Template, typesetter and fonts the bytes were made with.")
    credential_jwt = models.TextField(blank=True)
    signing_key = models.ForeignKey(SigningKey, null=True, blank=True, on_delete=models.PROTECT, related_name="certificates")
    unsigned_sha256 = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    size_bytes = models.PositiveIntegerField(null=True, blank=True)
    file_key = models.CharField(max_length=200, blank=True)
    staged = models.BinaryField(null=True, blank=True, help_text="The signed bytes, until storage is known to hold them.")
    issued_at = models.DateTimeField(null=True, blank=True)

    superseded_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    reason_class = models.CharField(max_length=24, choices=RevocationReason, blank=True)
    is_status_only = models.BooleanField(default=False, help_text="The public page says whether it is valid and nothing else.")
    purged_at = models.DateTimeField(null=True, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["status_list", "status_list_index"], name="a_status_place_belongs_to_one_certificate"),
            models.UniqueConstraint(fields=["file_key"], condition=~Q(file_key=""), name="a_stored_file_belongs_to_one_certificate"),
            models.CheckConstraint(condition=Q(status_list_index__lt=StatusList.SIZE), name="a_status_place_lies_in_its_list"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "revoked"]) | Q(issued_at__isnull=False, size_bytes__isnull=False) & ~Q(sha256=""),
                name="an_issued_certificate_has_its_bytes",
            ),
            models.CheckConstraint(condition=Q(state="pending") | Q(staged__isnull=True), name="only_a_pending_certificate_is_staged"),
            models.CheckConstraint(condition=~Q(state="superseded") | Q(superseded_at__isnull=False), name="a_superseded_certificate_says_since_when"),
            models.CheckConstraint(condition=~Q(state="suspended") | Q(suspended_at__isnull=False), name="a_suspended_certificate_says_since_when"),
            models.CheckConstraint(
                condition=Q(state="revoked", revoked_at__isnull=False) & ~Q(reason_class="") | ~Q(state="revoked") & Q(revoked_at__isnull=True),
                name="a_revoked_certificate_says_when_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.serial} v{self.version}"

    def get_absolute_url(self) -> str:
        return reverse("verify:certificate_page", args=[self.token])

    @property
    def public_url(self) -> str:
        """The address the QR code opens."""
        return f"{settings.SITE_URL}/c/{self.token}/"

    @property
    def is_made(self) -> bool:
        return self.state != self.State.PENDING and self.issued_at is not None

    @property
    def is_valid(self) -> bool:
        return self.state == self.State.ISSUED

    @property
    def file_name(self) -> str:
        return f"certificate-{self.serial}.pdf"
