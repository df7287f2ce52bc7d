"""The daily removal: what goes, what stays, and what a hold, a kill or a second run makes of it."""

import zipfile
from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import Role
from accounts.services import deactivate_user
from core import jobs
from core.models import Job
from credits.audits.making import read_in_pieces
from credits.audits.verifier import verify_pack
from credits.models import AwardEntry, AwardHolder, BirthDate, Certificate, Dossier, ExternalProof, HeldCredential, LegalHold, Licence, Removal
from credits.retention import holds, sources
from credits.retention.services import SomeStayed, remove_expired
from credits.services import archive_licence, correct_award, purge_birth_date, remove_credential, remove_licence, save_credential
from credits.services.ledger import lock_person
from credits.services.officers import NotAnOfficer, ReasonNeeded
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role
from tests.factories.audits import COURSE_FACTS, completion, licensed, ready_pack
from tests.factories.credits import (
    LONG_AGO,
    AccreditationFactory,
    ActivityFactory,
    AwardFactory,
    BirthDateFactory,
    BoardFactory,
    HeldCredentialFactory,
    LicenceFactory,
)
from tests.fixtures.at_once import begin

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT, settings.WORK_DIR = tmp_path / "media", tmp_path / "work"


@pytest.fixture
def officer():
    return user_with_role(Role.CE_OFFICER)


def old_completion(**options):
    activity = ActivityFactory(title="SMRT for the knee")
    AccreditationFactory(activity=activity, valid_from=date(2000, 1, 1))
    return completion(learner=licensed(activity, number="MA 4711"), activity=activity, at=LONG_AGO, **options)


def run_deletions() -> None:
    for row in Job.objects.filter(kind="credits.delete_stored_file"):
        jobs.run(row.pk)


def test_evidence_goes_and_the_record_of_the_completion_stays():
    old, young = old_completion(), completion(certified=False)
    before = dict(young.facts)

    removed = remove_expired()

    old.refresh_from_db()
    young.refresh_from_db()
    assert removed == 1
    assert old.purged_at
    assert set(old.facts) == {"course", "version", "published_at", "objectives", "outline", "instructor", "evaluation_submitted", "offered"}
    assert old.facts["course"] == {"title": COURSE_FACTS["course"]["title"]}
    assert old.trace == {"code": "completed", "met": True, "title": "Completed", "why": "", "todo": "", "children": []}
    assert [(bytes(file.content), file.size_bytes, len(file.sha256)) for file in old.files.all()] == [(b"", 11, 64)]
    assert AwardHolder.objects.get(award__dossier=old).licence_number == "MA 4711"  # the certificate is theirs while they have an account
    assert (young.facts, young.purged_at) == (before, None)
    entry = Removal.objects.get()
    assert (entry.source, entry.subject, entry.removed) == ("evidence", f"credits.Dossier:{old.pk}", {"facts": 3, "files": 1})


def test_names_go_with_the_account_and_the_hash_stays(officer):
    dossier = old_completion()
    award = dossier.awards.get()
    successor = correct_award(officer=officer, award=award, reason="Zoë married", changes={"legal_name": "Zoë Ruiz"})
    certificate = Certificate.objects.get(award=award)
    deactivate_user(user=dossier.user, by=user_with_role(Role.STAFF), reason="Asked to be forgotten")

    remove_expired()
    run_deletions()

    certificate.refresh_from_db()
    holders = AwardHolder.objects.filter(award__in=[award, successor]).values_list("user", "legal_name_printed", "licence_number", "licence_jurisdiction")
    assert list(holders) == [(None, "", "", "")] * 2
    assert (certificate.snapshot, certificate.credential_jwt, len(certificate.sha256)) == ({}, "", 64)
    assert not default_storage.exists(certificate.file_key)
    assert not AwardEntry.objects.exclude(reason="").exists()
    assert not AwardEntry.objects.filter(data__has_key="changes").exists()
    assert award.units == 6
    assert Removal.objects.get(source="holders").removed == {"holders": 2, "entries": 2, "certificates": 1}


def test_a_pack_of_what_is_left_is_whole_and_says_what_went(tmp_path):
    dossier = old_completion()
    remove_expired()

    path = tmp_path / "pack.zip"
    path.write_bytes(b"".join(read_in_pieces(ready_pack(learner=dossier.user).file_key)))
    verdict = verify_pack(path)

    assert verdict.is_good
    with zipfile.ZipFile(path) as whole:
        assert not [name for name in whole.namelist() if "/files/" in name]
    assert any("personal detail was removed" in note for note in verdict.notes)


def test_a_second_run_removes_nothing_more():
    old_completion()

    assert (remove_expired(), remove_expired(), Removal.objects.count()) == (1, 0, 1)


def test_killed_between_two_the_next_run_goes_on(monkeypatch):
    dossiers = [old_completion(certified=False) for _number in range(3)]
    whole = sources.Evidence.remove

    def dies_at_the_second(self, row):
        removed = whole(self, row)
        if row.pk == dossiers[1].pk:
            raise KeyboardInterrupt
        return removed

    monkeypatch.setattr(sources.Evidence, "remove", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        remove_expired()
    half = list(Dossier.objects.order_by("pk").values_list("purged_at", flat=True))
    monkeypatch.setattr(sources.Evidence, "remove", whole)

    assert [at is not None for at in half] == [True, False, False]
    assert remove_expired() == 2
    assert Removal.objects.count() == 3


def test_one_that_the_database_keeps_does_not_keep_the_others(monkeypatch):
    first, second = (old_completion(certified=False) for _number in range(2))
    whole = sources.Evidence.remove

    def longer_for_the_first(self, row):
        if row.pk == first.pk:
            LegalHold.objects.create(person=row.user, reason="At that very moment", placed_by=row.user)
        return whole(self, row)

    monkeypatch.setattr(sources.Evidence, "remove", longer_for_the_first)
    with pytest.raises(SomeStayed, match="under legal hold"):
        remove_expired()

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.purged_at, second.purged_at is None) == (None, False)


@pytest.mark.parametrize("about", ["person", "activity", "board"])
def test_a_hold_stops_it_and_lifting_lets_it_go(officer, about):
    dossier = old_completion(certified=False)
    thing = {"person": dossier.user, "activity": dossier.activity, "board": dossier.awards.get().board}[about]
    hold = holds.place_hold(officer=officer, reason="Letter of the board's lawyer", **{about: thing})

    held = remove_expired()
    holds.lift_hold(officer=officer, hold=hold, reason="The matter is closed")

    assert (held, remove_expired()) == (0, 1)


def test_dates_of_birth_go_a_year_after_nothing_needs_them(monkeypatch):
    monkeypatch.setattr(sources, "needs_of", lambda code: type("Needs", (), {"born_on": code == "needs_it"}))
    board, other = BoardFactory(code="needs_it"), BoardFactory()
    used, archived_lately, archived, never = (BirthDateFactory() for _number in range(4))
    BirthDate.objects.update(updated_at=timezone.now() - timedelta(days=800))
    LicenceFactory(user=used.user, board=board)
    for row, days in ((archived_lately, 100), (archived, 500)):
        licence = archive_licence(licence=LicenceFactory(user=row.user, board=board), actor=row.user)
        Licence.objects.filter(pk=licence.pk).update(archived_at=timezone.now() - timedelta(days=days))
    LicenceFactory(user=never.user, board=other)

    removed = remove_expired()

    assert removed == 2
    assert set(BirthDate.objects.values_list("user", flat=True)) == {used.user_id, archived_lately.user_id}


def test_cards_go_seven_years_after_they_expired_with_their_file():
    old = HeldCredentialFactory(expires_on=date(2016, 3, 31), proof=ContentFile(b"%PDF-1.7 a card", "card.pdf"))
    young = HeldCredentialFactory()

    remove_expired()
    run_deletions()

    assert list(HeldCredential.objects.all()) == [young]
    assert not default_storage.exists(str(old.proof.name))


def test_proofs_of_credit_from_elsewhere_go_and_their_hash_stays():
    user = UserFactory()
    values = {"user": user, "name": "p.pdf", "media_type": "application/pdf", "size_bytes": 4}
    rows = [ExternalProof.objects.create(file=ContentFile(b"%PDF", "p.pdf"), sha256=f"{n:064x}", **values) for n in range(2)]
    ExternalProof.objects.filter(pk=rows[0].pk).update(created_at=LONG_AGO)

    remove_expired()

    kept = {proof.pk: (bool(proof.file), proof.sha256) for proof in ExternalProof.objects.all()}
    assert kept == {rows[0].pk: (False, f"{0:064x}"), rows[1].pk: (True, f"{1:064x}")}


def test_while_a_person_is_under_hold_nothing_of_theirs_is_taken_off_file(officer):
    card = HeldCredentialFactory()
    licence, born = LicenceFactory(user=card.user), BirthDateFactory(user=card.user)
    holds.place_hold(officer=officer, reason="A proceeding", person=card.user)

    for attempt in (
        lambda: remove_credential(row=card, actor=card.user),
        lambda: remove_licence(licence=licence, actor=card.user),
        lambda: purge_birth_date(user=card.user, actor=card.user),
    ):
        with pytest.raises(holds.UnderHold):
            attempt()

    assert (HeldCredential.objects.get(), Licence.objects.get(), BirthDate.objects.get()) == (card, licence, born)


def test_placing_a_hold_is_for_officers_with_a_reason_about_one_thing(officer):
    person = UserFactory()
    for refusal, values in (
        (NotAnOfficer, {"officer": user_with_role(Role.STAFF), "reason": "Why", "person": person}),
        (ReasonNeeded, {"officer": officer, "reason": " ", "person": person}),
        (holds.HoldMistake, {"officer": officer, "reason": "Why"}),
        (holds.HoldMistake, {"officer": officer, "reason": "Why", "person": person, "board": BoardFactory()}),
    ):
        with pytest.raises(refusal):
            holds.place_hold(**values)

    assert not LegalHold.objects.exists()


def test_a_hold_that_stands_is_placed_once_and_lifted_once(officer):
    person = UserFactory()
    first, second = (holds.place_hold(officer=officer, reason="Why", person=person) for _time in range(2))
    lifted, again = (holds.lift_hold(officer=officer, hold=first, reason=f"Over {number}") for number in range(2))

    assert (first, lifted.lift_reason, again.lift_reason) == (second, "Over 0", "Over 0")
    assert holds.place_hold(officer=officer, reason="Anew", person=person) != first


@pytest.mark.django_db(transaction=True)
def test_a_hold_placed_while_a_removal_runs_waits_for_it_and_is_never_overtaken():
    """The removal has looked and found no hold; one that is placed now must not have been in force before it ended."""
    officer = user_with_role(Role.CE_OFFICER)
    dossier = completion(learner=LegalNameFactory().user, at=LONG_AGO, certified=False)
    order = []

    def place() -> None:
        holds.place_hold(officer=officer, reason="A proceeding", person=dossier.user)
        order.append("held")

    with transaction.atomic():
        holds.pass_gate()
        placed = begin(place)
        Dossier.objects.filter(pk=dossier.pk).update(facts={}, trace={}, purged_at=timezone.now())
        order.append("removed")
    placed()

    assert order == ["removed", "held"]


def test_an_award_without_files_or_facts_is_removed_all_the_same():
    AwardFactory(dossier__completed_at=LONG_AGO, plain=True)

    assert remove_expired() == 1


def test_under_hold_a_proof_is_not_replaced_either(officer):
    card = HeldCredentialFactory(proof=ContentFile(b"%PDF-1.7 a card", "card.pdf"))
    without = HeldCredentialFactory(user=card.user, credential="nc_jurisprudence")
    holds.place_hold(officer=officer, reason="A proceeding", person=card.user)
    kept = str(card.proof.name)

    def save(row):
        values = {"credential": row.credential, "expires_on": row.expires_on, "proof": SimpleUploadedFile("other.pdf", b"%PDF-1.7 another")}
        return save_credential(user=card.user, row=row, **values)

    with pytest.raises(holds.UnderHold):
        save(card)
    card.refresh_from_db()
    assert (str(card.proof.name), default_storage.exists(kept)) == (kept, True)
    assert save(without).proof  # what takes nothing away is welcome


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("between", ["renewed", "held"])
def test_a_card_that_is_renewed_or_held_while_the_removal_looks_at_it_stays(between):
    card, officer = HeldCredentialFactory(expires_on=date(2016, 3, 31)), user_with_role(Role.CE_OFFICER)

    with transaction.atomic():
        lock_person(card.user_id)
        removed = begin(lambda: sources.SOURCES["cards"].remove_due(card.pk, sources.school_today()))
        if between == "renewed":
            save_credential(user=card.user, row=card, credential=card.credential, expires_on=date(2030, 3, 31))
        else:
            holds.place_hold(officer=officer, reason="A proceeding", person=card.user)

    assert (removed(), HeldCredential.objects.filter(pk=card.pk).exists()) == (False, True)


@pytest.mark.django_db(transaction=True)
def test_a_hold_waits_for_what_a_person_takes_off_file_at_the_moment(monkeypatch):
    """They were told that nothing holds it; a hold that stands must mean that it is still there."""
    card, officer = HeldCredentialFactory(), user_with_role(Role.CE_OFFICER)

    def place() -> bool:
        holds.place_hold(officer=officer, reason="A proceeding", person=card.user)
        return HeldCredential.objects.filter(pk=card.pk).exists()

    with transaction.atomic():
        holds.refuse_if_held(card.user)
        placed = begin(place)
        HeldCredential.objects.filter(pk=card.pk).delete()

    assert placed() is False
