"""Verbs on organizations."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organization, OrganizationManager, User
from accounts.names import clean_text
from core import clock
from core.audit import record_audit
from core.errors import DomainError


def create_organization(*, name: str, by: User, billing_address: str = "", tax_id: str = "") -> Organization:
    """A new organization, run by whoever made it."""
    with transaction.atomic():
        organization = Organization.objects.create(name=clean_text(name), billing_address=billing_address.strip(), tax_id=tax_id.strip())
        OrganizationManager.objects.create(organization=organization, user=by, added_by=by)
        record_audit(actor=by, action="accounts.create_organization", record=organization)
    return organization


def update_organization(*, organization: Organization, by: User, name: str, billing_address: str, tax_id: str) -> Organization:
    """Change what its receipts print."""
    with transaction.atomic():
        organization.name, organization.billing_address, organization.tax_id = clean_text(name), billing_address.strip(), tax_id.strip()
        organization.save(update_fields=["name", "billing_address", "tax_id", "updated_at"])
        record_audit(actor=by, action="accounts.update_organization", record=organization, name=organization.name)
    return organization


def add_manager(*, organization: Organization, email: str, by: User) -> OrganizationManager:
    """Let another person run it too; a second call returns the same row."""
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise DomainError(_("Nobody signs in with this address. Ask them to create an account first."), code="no_such_person")
    with transaction.atomic():
        row, created = OrganizationManager.objects.get_or_create(organization=organization, user=user, removed_at=None, defaults={"added_by": by})
        if created:
            record_audit(actor=by, action="accounts.add_manager", record=organization, manager=user.pk)
    return row


def remove_manager(*, organization: Organization, user: User, by: User) -> None:
    """Take a manager off; somebody always stays. A second call changes nothing."""
    with transaction.atomic():
        # The lock keeps two managers from taking off each other at once.
        Organization.objects.select_for_update().get(pk=organization.pk)
        standing = organization.managers.filter(removed_at__isnull=True)
        row = standing.filter(user=user).first()
        if row is None:
            return
        if standing.count() == 1:
            raise DomainError(_("Somebody has to run the organization. Add another manager first."), code="last_manager")
        row.removed_at = clock.now()
        row.save(update_fields=["removed_at", "updated_at"])
        record_audit(actor=by, action="accounts.remove_manager", record=organization, manager=user.pk)
