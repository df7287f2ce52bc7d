"""Verbs on people."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import LegalName, Role, RoleAssignment, User
from accounts.names import NameRefused, clean_greeting, clean_name
from accounts.signals import legal_name_confirmed
from core import clock
from core.audit import record_audit
from core.errors import DomainError


def update_profile(*, user: User, display_name: str, time_zone: str) -> User:
    """How the site greets `user` and in which zone it shows them times."""
    user.display_name, user.time_zone = clean_greeting(display_name), time_zone
    user.save(update_fields=["display_name", "time_zone"])
    return user


def grant_role(*, user: User, role: Role | str, granted_by: User | None, reason: str = "") -> RoleAssignment:
    """Give `user` a role; a second call returns the same assignment. `granted_by` is staff, or None for the system."""
    role = Role(role)
    with transaction.atomic():
        _check_staff(granted_by)
        assignment, created = RoleAssignment.objects.get_or_create(user=user, role=role, defaults={"granted_by": granted_by})
        if created:
            record_audit(actor=granted_by, action="accounts.grant_role", record=user, reason=reason, role=role.value)
    user.__dict__.pop("roles", None)
    return assignment


def revoke_role(*, user: User, role: Role | str, revoked_by: User, reason: str) -> bool:
    """Take a role back; says whether `user` had it. Nobody takes their own staff role, so somebody always has it."""
    role = Role(role)
    if role == Role.STAFF and user == revoked_by:
        raise DomainError(_("You cannot take the staff role from yourself. Ask another member of staff."), code="own_staff_role")
    with transaction.atomic():
        # Two members of staff who take the role from each other at once: the second finds that they are staff no longer.
        list(RoleAssignment.objects.select_for_update().filter(role=Role.STAFF).order_by("pk"))
        _check_staff(revoked_by)
        _check_reason(reason)
        removed, _rows = RoleAssignment.objects.filter(user=user, role=role).delete()
        if removed:
            record_audit(actor=revoked_by, action="accounts.revoke_role", record=user, reason=reason, role=role.value)
    user.__dict__.pop("roles", None)
    return bool(removed)


def _check_staff(actor: User | None) -> None:
    if actor is not None and not User.objects.get(pk=actor.pk).has_role(Role.STAFF):
        raise DomainError(_("Only staff may do this. Ask a member of staff."), code="not_staff")


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise DomainError(_("Say why: the reason is kept in the audit log."), code="reason_needed")


def deactivate_user(*, user: User, by: User, reason: str) -> User:
    """Shut `user` out at once, everywhere; what they earned stays. A second call changes nothing."""
    if user == by:
        raise DomainError(_("You cannot deactivate yourself. Ask another member of staff."), code="own_account")
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _check_staff(by)
        _check_reason(reason)
        if user.is_active:
            user.is_active, user.session_epoch = False, user.session_epoch + 1
            user.save(update_fields=["is_active", "session_epoch"])
            record_audit(actor=by, action="accounts.deactivate_user", record=user, reason=reason)
    return user


def reactivate_user(*, user: User, by: User, reason: str) -> User:
    """Let a deactivated person in again; they sign in anew. A second call changes nothing."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _check_staff(by)
        _check_reason(reason)
        if not user.is_active:
            user.is_active = True
            user.save(update_fields=["is_active"])
            record_audit(actor=by, action="accounts.reactivate_user", record=user, reason=reason)
    return user


def confirm_legal_name(*, user: User, given_names: str, family_name: str, confirmed_by: User) -> LegalName:
    """Record the name certificates will print, and keep the one it replaces. The same name again changes nothing.

    Raises NameRefused when it holds what cannot be printed.
    """
    names: dict[str, Any] = {"given_names": clean_name(given_names), "family_name": clean_name(family_name)}
    if not names["given_names"]:
        raise NameRefused(_("Please give your name as on your licence. A single name goes into the field for given names."))
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)  # one confirmation at a time
        current = user.legal_names.filter(replaced_at__isnull=True).first()
        if current and {"given_names": current.given_names, "family_name": current.family_name} == names:
            return current
        now = clock.now()
        if current:
            current.replaced_at = now
            current.save(update_fields=["replaced_at"])
        name = LegalName.objects.create(user=user, confirmed_at=now, confirmed_by=confirmed_by, **names)
        record_audit(actor=confirmed_by, action="accounts.confirm_legal_name", record=user, legal_name=name.pk)
        user.__dict__.pop("legal_name", None)
        legal_name_confirmed.send(sender=LegalName, user=user, legal_name=name)
    return name
