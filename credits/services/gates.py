"""Who may do what an officer does."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Role
from core.errors import DomainError


class NotAnOfficer(DomainError):
    code = "not_an_officer"


class ReasonNeeded(DomainError):
    code = "reason_needed"


def require_officer(officer: Any, reason: str) -> None:
    """Raises NotAnOfficer, ReasonNeeded."""
    if not officer.has_role(Role.CE_OFFICER):
        raise NotAnOfficer(_("Only a CE officer may do this. Ask one of them."))
    if not reason.strip():
        raise ReasonNeeded(_("Write down why, so that whoever audits this later can understand it."))
