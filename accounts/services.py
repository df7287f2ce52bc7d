"""Verbs on people."""

from __future__ import annotations

from django.db import transaction

from accounts.models import LegalName, Role, RoleAssignment, User
from core import clock
from core.audit import record_audit


def grant_role(*, user: User, role: Role | str, granted_by: User | None) -> RoleAssignment:
    """Give `user` a role; a second call returns the same assignment."""
    with transaction.atomic():
        assignment, created = RoleAssignment.objects.get_or_create(user=user, role=Role(role), defaults={"granted_by": granted_by})
        if created:
            record_audit(actor=granted_by, action="accounts.grant_role", record=user, role=str(role))
    user.__dict__.pop("roles", None)
    return assignment


def confirm_legal_name(*, user: User, given_names: str, family_name: str, confirmed_by: User) -> LegalName:
    """Record the name certificates will print, and keep the one it replaces. The same name again changes nothing."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # one confirmation at a time
        current = user.legal_names.filter(replaced_at__isnull=True).first()
        if current and (current.given_names, current.family_name) == (given_names, family_name):
            return current
        now = clock.now()
        if current:
            current.replaced_at = now
            current.save(update_fields=["replaced_at"])
        name = LegalName.objects.create(user=user, given_names=given_names, family_name=family_name, confirmed_at=now, confirmed_by=confirmed_by)
        record_audit(actor=confirmed_by, action="accounts.confirm_legal_name", record=user, legal_name=name.pk)
    user.__dict__.pop("legal_name", None)
    return name
