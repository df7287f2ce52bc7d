"""The audit log says who did what, and cannot be rewritten."""

import pytest
from django.db import IntegrityError, transaction

from core.audit import record_audit
from core.models import AuditEntry
from tests.factories.accounts import user_with_role
from tests.factories.core import AuditEntryFactory


def test_record_audit_names_the_record_and_the_reason(db):
    staff = user_with_role("staff")

    entry = record_audit(actor=staff, action="tests.act", record=staff, reason="because", amount=3)

    assert (entry.subject, entry.reason, entry.details) == (f"accounts.User:{staff.pk}", "because", {"amount": 3})


@pytest.mark.parametrize(
    "change",
    [
        lambda: AuditEntry.objects.update(reason="another"),
        lambda: AuditEntry.objects.all().delete(),
        lambda: AuditEntry.objects.get().delete(),
    ],
)
def test_an_audit_entry_is_never_changed_or_deleted(db, change):
    entry = AuditEntryFactory(reason="first")

    with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
        change()

    assert AuditEntry.objects.get() == entry
    assert AuditEntry.objects.get().reason == "first"
