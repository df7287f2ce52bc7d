"""Boards: any body that grants, approves or wants credit. Their facts are data, each with its source."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.models import TimeStampedModel


class CertificateField(models.TextChoices):
    """The closed vocabulary of what a board may want to see on a certificate."""

    HOLDER_NAME = "holder_name", "Holder's legal name"
    LICENCE_NUMBER = "licence_number", "Holder's licence number"
    TITLE = "title", "Title exactly as approved"
    APPROVAL_NUMBER = "approval_number", "Course or program number"
    COMPLETION_DATE = "completion_date", "Completion date"
    COURSE_TYPE = "course_type", "Course type (live, home study)"
    LOCATION = "location", "Location"
    UNITS = "units", "Hours in the board's own word and amount"
    SUBJECT = "subject", "Subject matter"
    INSTRUCTOR = "instructor", "Instructor"
    INSTRUCTOR_CREDENTIALS = "instructor_credentials", "Instructor's credentials"
    PROVIDER_NAME = "provider_name", "Provider's name as approved"
    PROVIDER_NUMBER = "provider_number", "Provider's number"
    PROVIDER_CONTACT = "provider_contact", "Provider's address or e-mail"
    SIGNATURE = "signature", "Provider's signature"
    VERIFICATION = "verification", "Verification of attendance or passing"


class BoardQuerySet(models.QuerySet["Board"]):
    def licensing(self) -> BoardQuerySet:
        """Boards a person can hold a licence, certification or membership of."""
        return self.filter(kind__in=Board.LICENSING_KINDS)

    def approving(self) -> BoardQuerySet:
        """Boards that can approve an activity (every kind but a bare standard or a membership)."""
        return self.exclude(kind__in=[Board.Kind.STANDARD, Board.Kind.MEMBERSHIP_BODY])


class Board(TimeStampedModel):
    class Kind(models.TextChoices):
        STATE_BOARD = "state_board", "State board"
        CERTIFICATION_BODY = "certification_body", "Certification body"
        FITNESS_BODY = "fitness_body", "Fitness certification body"
        COURSE_APPROVAL_BODY = "course_approval_body", "Course approval body"
        MEMBERSHIP_BODY = "membership_body", "Membership body"
        STANDARD = "standard", "Standard"

    class Confidence(models.TextChoices):
        READ_OFFICIAL = "read_official", "Read on an official page"
        READ_SECONDARY = "read_secondary", "Read on a third party's page"
        MEMORY = "memory", "From memory, not read"

    LICENSING_KINDS = (Kind.STATE_BOARD, Kind.CERTIFICATION_BODY, Kind.FITNESS_BODY, Kind.MEMBERSHIP_BODY)

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=24, choices=Kind)
    jurisdiction = models.CharField(max_length=12, help_text="As in US-FL; US for a national body.")
    unit_singular = models.CharField(max_length=60, blank=True)
    unit_plural = models.CharField(max_length=60, blank=True)
    unit_printed = models.CharField(max_length=60, blank=True, help_text="The word certificates print after the number, such as CE hours.")
    unit_decimals = models.PositiveSmallIntegerField(default=1)
    units_per_contact_hour = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    forbidden_words = models.JSONField(default=list, blank=True, help_text="Words this board refuses on a certificate.")
    certificate_fields = models.JSONField(default=list, blank=True)
    certificate_words = models.JSONField(default=dict, blank=True, help_text="Words the board gives certificates and course types.")
    approval_required = models.BooleanField(default=False)
    provider_approval = models.JSONField(default=dict, blank=True)
    accepts_approvals_of = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="accepted_by")
    title_must_match = models.BooleanField(default=False, help_text="The offered title must be the approved one, letter for letter.")
    retention_years = models.PositiveSmallIntegerField(null=True, blank=True, help_text="How long the provider must keep records.")
    website = models.URLField(blank=True)
    sources = models.JSONField(default=list, blank=True)
    fact_notes = models.JSONField(default=dict, blank=True, help_text="Per fact: its source, as_of and confidence where they differ from the board's.")
    confidence = models.CharField(max_length=16, choices=Confidence, default=Confidence.MEMORY)
    as_of = models.DateField(null=True, blank=True, help_text="The date the source says it is current through.")
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    verified_on = models.DateField(null=True, blank=True)

    objects = BoardQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True, verified_on__isnull=True) | Q(verified_by__isnull=False, verified_on__isnull=False),
                name="a_verified_board_names_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_verified(self) -> bool:
        """Whether a person at the school has re-read the board's own text."""
        return self.verified_on is not None

    @property
    def needs_licence_number(self) -> bool:
        return CertificateField.LICENCE_NUMBER in self.certificate_fields

    @property
    def is_state_board(self) -> bool:
        return self.kind == self.Kind.STATE_BOARD
