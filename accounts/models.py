"""People, their roles and the legal names they have had."""

from __future__ import annotations

import zoneinfo
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from core.models import TimeStampedModel


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone. Choose one such as America/New_York.") % {"name": name})


class Role(models.TextChoices):
    """What a person may do beyond learning. Everyone signed in is a learner."""

    INSTRUCTOR = "instructor", "Instructor"
    CE_OFFICER = "ce_officer", "CE officer"
    STAFF = "staff", "Staff"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a person who signs in by e-mail address; addresses are kept in lower case."""
        if not email:
            raise ValueError("An e-mail address is needed.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email=(email or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(unique=True)
    display_name = models.CharField(max_length=120, blank=True, help_text="How the site greets you. Certificates use your legal name.")
    time_zone = models.CharField(max_length=64, default=settings.SCHOOL_TIME_ZONE, validators=[validate_time_zone])
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May open the Django admin.")
    date_joined = models.DateTimeField(default=timezone.now)
    session_epoch = models.PositiveIntegerField(default=0, help_text="Counting up ends every session begun before, also after a reactivation.")

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="email_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        return salted_hmac("accounts.User.session", f"{self.session_epoch}|{self.password}", secret=secret, algorithm="sha256").hexdigest()

    @cached_property
    def roles(self) -> frozenset[str]:
        """The person's roles; a superuser has them all. One query per instance."""
        if self.is_superuser:
            return frozenset(Role.values)
        return frozenset(self.role_assignments.values_list("role", flat=True))

    def has_role(self, *roles: str) -> bool:
        """Whether the person has any of `roles`."""
        return self.is_active and bool(self.roles.intersection(roles))

    @property
    def is_school_team(self) -> bool:
        return self.has_role(*Role.values)

    @cached_property
    def legal_name(self) -> LegalName | None:
        """The confirmed legal name in force, or None. One query per instance."""
        return self.legal_names.filter(replaced_at__isnull=True).first()


class RoleAssignment(TimeStampedModel):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_assignments")
    role = models.CharField(max_length=20, choices=Role)
    granted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="one_assignment_per_role")]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"


class LegalName(models.Model):
    """A name as on the person's licence, confirmed by them. Old ones stay: certificates were issued in them."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="legal_names")
    given_names = models.CharField(max_length=120)
    family_name = models.CharField(max_length=120, blank=True, help_text="Leave empty if you have a single name.")
    confirmed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-confirmed_at"]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(replaced_at__isnull=True), name="one_legal_name_in_force"),
            models.CheckConstraint(condition=Q(replaced_at__isnull=True) | Q(replaced_at__gte=F("confirmed_at")), name="name_replaced_after_confirmed"),
        ]

    def __str__(self) -> str:
        return self.printed

    @property
    def printed(self) -> str:
        """The name as certificates print it."""
        return f"{self.given_names} {self.family_name}".strip()


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def managed_by(self, user: User) -> OrganizationQuerySet:
        """Those `user` runs now; deactivated people run none."""
        standing = OrganizationManager.objects.filter(organization=models.OuterRef("pk"), user_id=user.pk, user__is_active=True, removed_at__isnull=True)
        return self.filter(models.Exists(standing))


class Organization(TimeStampedModel):
    """A clinic or school that buys for its people."""

    name = models.CharField(max_length=160)
    billing_address = models.TextField(blank=True, help_text="Printed on its receipts.")
    tax_id = models.CharField("tax number", max_length=40, blank=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class OrganizationManager(TimeStampedModel):
    """Who runs an organization: buys for it, gives its seats, sees how far its people are."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="managers")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="organizations_managed")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], condition=Q(removed_at__isnull=True), name="a_manager_runs_an_organization_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} runs {self.organization}"
