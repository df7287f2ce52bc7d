"""Verbs of payments, one module per noun."""

from payments.services.access import announce_access, announce_access_at, grant_access, resume_access, revoke_access, suspend_access

__all__ = ["announce_access", "announce_access_at", "grant_access", "resume_access", "revoke_access", "suspend_access"]
