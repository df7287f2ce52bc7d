"""Nothing an audit may ask for can go before its time, whoever tries: the database itself keeps it."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from credits.models import AwardEntry, AwardHolder, CompletionFlag, Dossier, DossierFile, LegalHold, Licence, LicenceOverride, Removal
from credits.services import flag_completion
from tests.factories.accounts import UserFactory
from tests.factories.credits import LONG_AGO, AwardFactory, BoardFactory, LicenceOverrideFactory

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("America/New_York")


def award_of(years: float, **options):
    award = AwardFactory(dossier__completed_at=timezone.now() - timedelta(days=years * 365.25), **options)
    award.dossier.files.create(name="roster.txt", content=b"signed", size_bytes=6, sha256="0" * 64)
    award.entries.create(kind=AwardEntry.Kind.FLAGGED, reason="The bank asks about Zoë")
    return award


def attempts(award):
    now = timezone.now()
    empty = {"user": None, "legal_name_printed": "", "licence_number": "", "licence_jurisdiction": "", "purged_at": now}
    return {
        "dossier": lambda: Dossier.objects.filter(pk=award.dossier_id).update(facts={}, trace={}, purged_at=now),
        "file": lambda: DossierFile.objects.filter(dossier=award.dossier_id).update(content=b""),
        "holder": lambda: AwardHolder.objects.filter(award=award).update(**empty),
        "entry": lambda: AwardEntry.objects.filter(award=award, kind="flagged").update(reason=""),
    }


@pytest.mark.parametrize("what", ["dossier", "file", "holder", "entry"])
def test_it_goes_after_seven_years_and_not_before(what):
    with pytest.raises(IntegrityError, match="is kept until"), transaction.atomic():
        attempts(award_of(6.9))[what]()

    assert attempts(award_of(7.1))[what]() == 1


@pytest.mark.parametrize("what", ["dossier", "file", "holder", "entry"])
def test_a_board_that_wants_longer_keeps_it_longer_and_one_that_wants_less_does_not(what):
    strict, lax = (award_of(8, accreditation__board=BoardFactory(retention_years=years)) for years in (10, 4))

    with pytest.raises(IntegrityError, match="is kept until"), transaction.atomic():
        attempts(strict)[what]()

    assert attempts(lax)[what]() == 1


@pytest.mark.parametrize("what", ["dossier", "file", "holder", "entry"])
@pytest.mark.parametrize("about", ["person", "activity", "board"])
def test_a_hold_keeps_it_and_lifted_lets_it_go(what, about):
    award = award_of(8)
    thing = {"person": award.dossier.user, "activity": award.dossier.activity, "board": award.board}[about]
    hold = LegalHold.objects.create(**{about: thing}, reason="A proceeding", placed_by=UserFactory())

    with pytest.raises(IntegrityError, match="is under legal hold"), transaction.atomic():
        attempts(award)[what]()
    LegalHold.objects.filter(pk=hold.pk).update(lifted_at=timezone.now(), lifted_by=UserFactory(), lift_reason="It ended")

    assert attempts(award)[what]() == 1


def test_the_day_it_may_go_is_the_day_after_the_last_day_of_keeping():
    leap = AwardFactory(dossier__completed_at=datetime(2016, 2, 29, 12, tzinfo=ZONE)).dossier
    plain = AwardFactory(dossier__completed_at=datetime(2016, 3, 1, 12, tzinfo=ZONE)).dossier
    none = AwardFactory(plain=True, dossier__completed_at=datetime(2016, 3, 1, 12, tzinfo=ZONE)).dossier

    with connection.cursor() as cursor:
        cursor.execute("SELECT credits_kept_until(%s), credits_kept_until(%s), credits_kept_until(%s)", [leap.pk, plain.pk, none.pk])
        assert cursor.fetchone() == (date(2023, 2, 28), date(2023, 3, 1), date(2023, 3, 1))


def test_even_after_its_time_nothing_else_of_the_record_changes():
    award = award_of(8)
    refused = [
        lambda: Dossier.objects.update(key="other", facts={}, purged_at=timezone.now()),
        lambda: Dossier.objects.update(facts={}),
        lambda: Dossier.objects.filter(pk=award.dossier_id).delete(),
        lambda: DossierFile.objects.update(content=b"other"),
        lambda: DossierFile.objects.update(content=b"", sha256="1" * 64),
        lambda: AwardEntry.objects.update(reason="other"),
        lambda: AwardEntry.objects.update(reason="", kind="revoked"),
        lambda: AwardHolder.objects.update(legal_name_printed=""),
    ]

    for change in refused:
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM credits_awardholder")

    Dossier.objects.update(facts={}, trace={}, purged_at=timezone.now())
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Dossier.objects.update(facts={"back": 1}, purged_at=timezone.now())


def test_flags_overrides_holds_and_the_log_of_removals_stay():
    flag_completion(key=AwardFactory().dossier.key, reason="Refunded", suspends=False)
    LicenceOverrideFactory()
    LegalHold.objects.create(person=UserFactory(), reason="A proceeding", placed_by=UserFactory())
    Removal.objects.create(source="evidence", subject="credits.Dossier:1", due_on=date(2026, 1, 1))

    for model in (CompletionFlag, LicenceOverride, LegalHold, Removal):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
    with pytest.raises(IntegrityError, match="lifted, never changed"), transaction.atomic():
        LegalHold.objects.update(reason="another")
    assert Licence.objects.exists()


def test_a_hold_is_about_one_thing():
    values = {"reason": "A proceeding", "placed_by": UserFactory()}

    for about in ({}, {"person": UserFactory(), "board": BoardFactory()}):
        with pytest.raises(IntegrityError, match="a_legal_hold_is_about_one_thing"), transaction.atomic():
            LegalHold.objects.create(**about, **values)


def test_long_ago_is_long_enough():
    assert AwardHolder.objects.filter(award=AwardFactory(dossier__completed_at=LONG_AGO)).update(legal_name_printed="Another") == 1
