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


def test_the_holder_can_be_purged_after_the_years_of_keeping():
    award = AwardFactory(dossier__completed_at=LONG_AGO)

    AwardHolder.objects.update(user=None, legal_name_printed="", licence_number="", licence_jurisdiction="", purged_at=award.recorded_at)

    assert str(AwardHolder.objects.get()) == f"holder of award {award.pk}"


def test_a_purged_holder_keeps_no_name():
    award = AwardFactory(dossier__completed_at=LONG_AGO)

    with pytest.raises(IntegrityError, match="a_purged_holder_is_empty"), transaction.atomic():
        AwardHolder.objects.update(purged_at=award.recorded_at)
