"""Who may use which of the desk's workshop pages, and how a page does what is asked of it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.errors import DomainError

PAGE_SIZE = 25
teachers = role_required(Role.STAFF, Role.INSTRUCTOR)
roster_readers = role_required(Role.STAFF, Role.INSTRUCTOR, Role.CE_OFFICER)
staff_only = role_required(Role.STAFF)


def attempt(request: SignedInRequest, success: str, act: Callable[[], object]) -> bool:
    """Do it; show the refusal or the success. True when it was done."""
    try:
        act()
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return False
    if success:
        messages.success(request, success)
    return True
