"""The database itself refuses to change the ledger."""

import pytest
from django.db import IntegrityError, connection, transaction

from credits.models import Award, AwardEntry, AwardHolder, Dossier, DossierFile, ExternalCredit, ExternalEntry
from tests.factories.credits import LONG_AGO, AwardFactory, ExternalCreditFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def award():
    award = AwardFactory()
    award.dossier.files.create(name="roster.txt", content=b"signed", size_bytes=6, sha256="0" * 64)
    ExternalCreditFactory()
    return award


@pytest.mark.parametrize(
    ("model", "change"),
    [(Award, "units"), (AwardEntry, "reason"), (Dossier, "key"), (DossierFile, "name"), (ExternalCredit, "units"), (ExternalEntry, "note")],
)
def test_update_and_delete_are_refused(award, model, change):
    before = model.objects.values().get()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        model.objects.update(**{change: 1})
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        model.objects.get().save()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")

    assert model.objects.values().get() == before


@pytest.fixture
def kept_tables():
    """The tables of this app in which some trigger keeps rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT event_object_table FROM information_schema.triggers WHERE event_object_table LIKE 'credits!_%' ESCAPE '!' ORDER BY 1",
        )
        return [name for (name,) in cursor.fetchall()]


def forbid_emptying(cursor):
    """As everywhere but between tests. Postgres empties no table that waits for a check, so they are done first."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("SET LOCAL smrt.may_be_emptied = 'off'")


def test_no_kept_table_can_be_emptied(award, kept_tables):
    assert "credits_award" in kept_tables
    with connection.cursor() as cursor:
        forbid_emptying(cursor)

        for table in kept_tables:
            with pytest.raises(IntegrityError, match=f"{table} is kept: TRUNCATE refused"), transaction.atomic():
                cursor.execute(f"TRUNCATE {table} CASCADE")

    assert Award.objects.get() == award


def test_emptying_what_the_ledger_hangs_on_is_refused_too(award):
    with connection.cursor() as cursor:
        forbid_emptying(cursor)

        with pytest.raises(IntegrityError, match="is kept: TRUNCATE refused"), transaction.atomic():
            cursor.execute("TRUNCATE accounts_user CASCADE")

    assert Award.objects.get() == award


def test_the_holder_can_be_purged_after_the_years_of_keeping():
    award = AwardFactory(dossier__completed_at=LONG_AGO)

    AwardHolder.objects.update(user=None, legal_name_printed="", licence_number="", licence_jurisdiction="", purged_at=award.recorded_at)

    assert str(AwardHolder.objects.get()) == f"holder of award {award.pk}"


def test_a_purged_holder_keeps_no_name():
    award = AwardFactory(dossier__completed_at=LONG_AGO)

    with pytest.raises(IntegrityError, match="a_purged_holder_is_empty"), transaction.atomic():
        AwardHolder.objects.update(purged_at=award.recorded_at)
