"""Issuing: once, whatever crashes, and frozen afterwards."""

import io
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pikepdf
import pytest
from django.core.files.storage import default_storage
from django.db import InternalError, connection, transaction
from django.db.utils import IntegrityError
from django.utils import timezone
from PIL import Image, ImageDraw

from accounts.models import Role
from core import jobs
from core.models import Job
from credits import services as ledger
from credits.certificates import services
from credits.certificates.render import CannotRender, sha256
from credits.certificates.services import (
    AwardNotCertifiable,
    CertificateFinal,
    StoredFileDamaged,
    issue_certificate,
    purge_certificate,
    render_again,
    request_certificate,
    resume_certificate,
    revoke_certificate,
    set_status_only,
    stored_pdf,
    suspend_certificate,
)
from credits.certificates.sheet import sheet_of
from credits.certificates.snapshot import CannotIssue
from credits.models import Award, AwardEntry, AwardHolder, Certificate, CertificateField, DeliveryMode, RevocationReason, SigningKey, StatusList
from notifications.models import MailMessage
from tests.credits.conformance import failures
from tests.factories.accounts import user_with_role
from tests.factories.credits import LONG_AGO, AwardFactory, BoardFactory, DossierFactory
from tests.fixtures.at_once import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings, tmp_path) -> Path:
    """A storage folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def objects_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def mails() -> int:
    return MailMessage.objects.filter(template="credits/mail/certificate_issued").count()


def test_issue_certificate_makes_it_and_a_second_call_returns_it(files):
    award = AwardFactory(category_split=[{"category": "technique", "units": "6"}])

    certificate = issue_certificate(award=award)

    assert certificate.state == Certificate.State.ISSUED
    assert certificate.staged is None
    data = stored_pdf(certificate)
    assert (sha256(data), len(data)) == (certificate.sha256, certificate.size_bytes)
    assert certificate.snapshot["units"] == "6"
    assert certificate.snapshot["split"] == [{"category": "Massage technique", "units": "6"}]
    assert issue_certificate(award=award) == certificate
    assert len(objects_in(files)) == 1
    assert mails() == 1


def test_issuing_costs_a_constant_number_of_queries(django_assert_num_queries):
    issue_certificate(award=AwardFactory())  # the key and the status list are there from now on
    first, second = AwardFactory(), AwardFactory()
    with django_assert_num_queries(34, exact=False) as few:
        issue_certificate(award=first)
    with django_assert_num_queries(len(few)):
        issue_certificate(award=second)


ARROWS = ["credential_jwt", "render_pdf", "sign_pdf", "store_bytes", "_finish", "record_audit", "send_mail_once"]


@pytest.mark.parametrize("arrow", ARROWS)
def test_a_crash_at_any_arrow_is_continued_and_nothing_is_doubled(arrow, monkeypatch, files):
    award = AwardFactory()

    def crash(*args, **kwargs):
        raise RuntimeError("killed here")

    with monkeypatch.context() as patch:
        patch.setattr(services, arrow, crash)
        with pytest.raises(RuntimeError, match="killed here"):
            issue_certificate(award=award)
    reserved = Certificate.objects.get()
    assert reserved.state == Certificate.State.PENDING

    certificate = issue_certificate(award=award)

    assert (certificate.serial, certificate.token, certificate.status_list_index) == (reserved.serial, reserved.token, reserved.status_list_index)
    if reserved.sha256:
        assert certificate.sha256 == reserved.sha256
    assert Certificate.objects.get().state == Certificate.State.ISSUED
    assert [sha256(path.read_bytes()) for path in objects_in(files)] == [certificate.sha256]
    assert mails() == 1


def test_a_write_cut_short_is_made_good(monkeypatch, files):
    award = AwardFactory()
    save = default_storage.save

    def cut_short(name, content):
        from django.core.files.base import ContentFile

        save(name, ContentFile(content.read()[:1000]))
        raise RuntimeError("power went")

    with monkeypatch.context() as patch:
        patch.setattr(default_storage._wrapped, "save", cut_short)
        with pytest.raises(RuntimeError, match="power went"):
            issue_certificate(award=award)
    assert len(objects_in(files)) == 1

    certificate = issue_certificate(award=award)

    assert [sha256(path.read_bytes()) for path in objects_in(files)] == [certificate.sha256]


def test_storage_that_keeps_other_bytes_than_it_was_given_issues_nothing(monkeypatch):
    award = AwardFactory()
    monkeypatch.setattr(default_storage._wrapped, "save", lambda name, content: name)

    with pytest.raises(StoredFileDamaged):
        issue_certificate(award=award)

    assert Certificate.objects.get().state == Certificate.State.PENDING
    assert mails() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_issue_once(files):
    award = AwardFactory()

    results = at_once(*[partial(issue_certificate, award=mine) for mine in (award, Award.objects.get())])

    assert {(row.serial, row.sha256) for row in results} == {(Certificate.objects.get().serial, Certificate.objects.get().sha256)}
    assert [sha256(path.read_bytes()) for path in objects_in(files)] == [Certificate.objects.get().sha256]
    assert SigningKey.objects.count() == 1
    assert mails() == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("sha256", "0" * 64), ("snapshot", {"name": "Another"}), ("credential_jwt", "x"), ("file_key", "elsewhere.pdf"), ("serial", "SMRT-2222-2222"),
        ("token", "a" * 26), ("issued_at", timezone.now() + timedelta(days=1)), ("state", "pending"), ("version", 9), ("size_bytes", 1),
    ],
)  # fmt: skip
def test_what_was_issued_cannot_be_changed_even_past_the_code(column, value):
    certificate = issue_certificate(award=AwardFactory())

    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(**{column: value})

    certificate.refresh_from_db()
    assert sha256(stored_pdf(certificate)) == certificate.sha256


def test_a_certificate_cannot_be_deleted_even_past_the_code():
    certificate = issue_certificate(award=AwardFactory())

    with pytest.raises((IntegrityError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM credits_certificate WHERE id = %s", [certificate.pk])

    assert Certificate.objects.filter(pk=certificate.pk).exists()


def test_the_served_bytes_stay_whatever_is_edited_afterwards(settings):
    award = AwardFactory()
    certificate = issue_certificate(award=award)
    before = stored_pdf(certificate)

    activity, board = award.dossier.activity, award.board
    activity.title, board.name, board.unit_printed = "Renamed", "Renamed board", "points"
    activity.save()
    board.save()
    AwardHolder.objects.filter(award=award).update(legal_name_printed="Somebody Else")
    settings.CERTIFICATE_SIGNER_NAME = "Another Administrator"
    settings.SCHOOL_ADDRESS = "Elsewhere"

    assert stored_pdf(Certificate.objects.get()) == before


def test_a_page_can_be_set_again_for_an_audit():
    certificate = issue_certificate(award=AwardFactory())

    assert sha256(render_again(Certificate.objects.get())) == certificate.unsigned_sha256


def test_a_damaged_file_is_noticed_and_not_served(files):
    certificate = issue_certificate(award=AwardFactory())
    path = objects_in(files)[0]
    path.write_bytes(path.read_bytes().replace(b"Typst", b"Tyqst", 1) + b" ")

    with pytest.raises(StoredFileDamaged):
        stored_pdf(certificate)


def test_a_correction_makes_a_new_version_and_the_old_one_names_it():
    officer, award = user_with_role(Role.CE_OFFICER), AwardFactory(holder__legal_name_printed="Zoe Dang")
    old = issue_certificate(award=award)
    before = stored_pdf(old)

    corrected = ledger.correct_award(officer=officer, award=award, reason="Misspelt", changes={"legal_name": "Zoë Đặng"})
    new = issue_certificate(award=corrected)

    old.refresh_from_db()
    assert (old.state, old.superseded_by, new.supersedes) == (Certificate.State.SUPERSEDED, new, old)
    assert old.superseded_at is not None
    assert (new.version, new.snapshot["name"], new.snapshot["replaces"]) == (2, "Zoë Đặng", old.serial)
    assert stored_pdf(old) == before
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        Certificate.objects.filter(pk=old.pk).update(state="issued")


def test_a_correction_that_cannot_be_made_leaves_the_old_one_valid():
    officer, award = user_with_role(Role.CE_OFFICER), AwardFactory()
    old = issue_certificate(award=award)
    corrected = ledger.correct_award(officer=officer, award=award, reason="Misspelt", changes={"legal_name": "Zoë 𒀀"})

    with pytest.raises(CannotRender, match="𒀀"):
        issue_certificate(award=corrected)

    old.refresh_from_db()
    assert old.state == Certificate.State.ISSUED
    assert "𒀀" in Certificate.objects.get(award=corrected).failure


def test_revoking_the_award_revokes_its_certificate_for_good():
    officer, award = user_with_role(Role.CE_OFFICER), AwardFactory()
    certificate = issue_certificate(award=award)

    ledger.revoke_award(officer=officer, award=award, reason_class=RevocationReason.DUPLICATE, reason="Twice")

    certificate.refresh_from_db()
    assert (certificate.state, certificate.reason_class) == (Certificate.State.REVOKED, RevocationReason.DUPLICATE)
    since = certificate.revoked_at
    assert revoke_certificate(certificate=certificate, reason_class=RevocationReason.IDENTITY).revoked_at == since
    with pytest.raises(CertificateFinal):
        suspend_certificate(certificate=certificate, actor=officer, reason="Late")
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(state="issued", revoked_at=None, reason_class="")


def test_an_award_revoked_while_its_certificate_is_made_gets_none(monkeypatch):
    officer, award = user_with_role(Role.CE_OFFICER), AwardFactory()
    store = services.store_bytes

    def revoked_meanwhile(certificate):
        store(certificate)
        AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.REVOKED, actor=officer, reason="x", data={})

    monkeypatch.setattr(services, "store_bytes", revoked_meanwhile)

    with pytest.raises(AwardNotCertifiable):
        issue_certificate(award=award)
    assert not Certificate.objects.made().exists()
    assert mails() == 0


def test_a_suspension_can_be_ended():
    officer = user_with_role(Role.CE_OFFICER)
    certificate = issue_certificate(award=AwardFactory())

    assert suspend_certificate(certificate=certificate, actor=officer, reason="Under review").state == Certificate.State.SUSPENDED
    resumed = resume_certificate(certificate=certificate, actor=officer, reason="Cleared")

    assert (resumed.state, resumed.suspended_at) == (Certificate.State.ISSUED, None)


def test_a_held_award_gets_no_certificate_until_it_is_released():
    award = AwardFactory()
    AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.HELD, data={"missing": ["legal_name_missing"]})

    with pytest.raises(AwardNotCertifiable):
        issue_certificate(award=award)
    assert not Certificate.objects.exists()

    AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.RELEASED)
    assert issue_certificate(award=award).is_made


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        (CertificateField.PROVIDER_NUMBER, {"provider_number": ""}),
        (CertificateField.APPROVAL_NUMBER, {"approval_number": ""}),
        (CertificateField.INSTRUCTOR_CREDENTIALS, {"instructor_credentials": ""}),
        (CertificateField.INSTRUCTOR, {"instructor_name": ""}),
        (CertificateField.LICENCE_NUMBER, {}),
    ],
)
def test_a_field_the_board_wants_and_nobody_gave_is_refused_by_name(field, changes):
    board = BoardFactory(name="Florida Board of Massage Therapy", certificate_fields=[field])
    award = AwardFactory(accreditation__board=board, **changes)

    with pytest.raises(CannotIssue, match="Florida Board of Massage Therapy") as refusal:
        issue_certificate(award=award)

    assert field.label.lower() in str(refusal.value)
    certificate = Certificate.objects.get()
    assert (certificate.state, certificate.failure) == (Certificate.State.PENDING, refusal.value.message)
    assert mails() == 0


def test_a_word_the_board_refuses_is_refused():
    board = BoardFactory(name="NCBTMB", forbidden_words=["CEU", "CEUs"])

    with pytest.raises(CannotIssue, match="CEU"):
        issue_certificate(award=AwardFactory(accreditation__board=board, unit_printed="CEUs"))


def test_hours_that_differ_from_the_approval_are_refused():
    with pytest.raises(CannotIssue, match="differ from the approval"):
        issue_certificate(award=AwardFactory(units=7))


def test_a_completion_date_to_come_is_refused():
    with pytest.raises(CannotIssue, match="has not come yet"):
        issue_certificate(award=AwardFactory(completed_on=timezone.now().date() + timedelta(days=9)))


def test_the_kind_follows_delivery_and_exam():
    with_exam = issue_certificate(award=AwardFactory(dossier=DossierFactory(facts={"exam": {"score": 90}})))
    live = issue_certificate(
        award=AwardFactory(mode=DeliveryMode.IN_PERSON_HANDS_ON, dossier=DossierFactory(facts={"location": {"name": "Lotus Studio", "city": "Asheville"}}))
    )
    plain = issue_certificate(award=AwardFactory(plain=True))

    assert (with_exam.snapshot["heading"], with_exam.snapshot["location"]) == ("Certificate of Achievement", "On-line")
    assert (live.snapshot["heading"], live.snapshot["location"]) == ("Certificate of Completion", "Lotus Studio, Asheville")
    assert (plain.snapshot["units"], plain.snapshot["is_plain"]) == ("", True)


def test_the_boards_own_words_are_used():
    board = BoardFactory(certificate_words={"course_types": ["Live", "Home Study", "Webinar"], "with_test": "Certificate of Mastery"})
    facts = {"exam": {"score": 90}}

    def issued(mode):
        return issue_certificate(award=AwardFactory(accreditation__board=board, mode=mode, dossier=DossierFactory(facts=facts)))

    assert [issued(mode).snapshot["course_type"] for mode in ("self_paced", "live_remote", "in_person_lecture")] == ["Home Study", "Webinar", "Live"]
    assert Certificate.objects.first().snapshot["heading"] == "Certificate of Mastery"


def test_the_job_issues_and_a_refusal_buries_it_with_its_sentence():
    award, refused = AwardFactory(), AwardFactory(units=7)
    good, bad = request_certificate(award=award), request_certificate(award=refused)

    assert jobs.run(good.pk)
    assert not jobs.run(bad.pk)

    bad.refresh_from_db()
    assert (bad.state, bad.attempts) == (Job.State.DEAD, 1)
    assert bad.error == Certificate.objects.get(award=refused).failure
    assert request_certificate(award=refused).pk == bad.pk
    bad.refresh_from_db()
    assert bad.state == Job.State.QUEUED


def test_status_places_are_unique_and_a_list_is_filled_to_a_third(monkeypatch):
    monkeypatch.setattr(StatusList, "FULL_AT", 2)

    certificates = [issue_certificate(award=AwardFactory()) for _ in range(5)]

    assert [row.status_list.number for row in certificates] == [1, 1, 2, 2, 3]
    assert len({(row.status_list_id, row.status_list_index) for row in certificates}) == 5


def test_purging_removes_what_is_personal_and_keeps_the_status(files):
    certificate = issue_certificate(award=AwardFactory(dossier__completed_at=LONG_AGO))

    purged = purge_certificate(certificate=certificate, actor=None, reason="Retention ended")

    purged.refresh_from_db()
    assert (purged.snapshot, purged.credential_jwt, purged.search_name) == ({}, "", "")
    assert purged.sha256 == certificate.sha256
    assert jobs.run(Job.objects.get(kind="credits.delete_stored_file").pk)
    assert objects_in(files) == []


def test_what_an_audit_may_ask_for_is_not_purged(files):
    certificate = issue_certificate(award=AwardFactory())

    with pytest.raises(IntegrityError, match=r"The certificate of completion \d+ is kept until"), transaction.atomic():
        purge_certificate(certificate=certificate, actor=None, reason="Too early")

    certificate.refresh_from_db()
    assert certificate.snapshot["name"]
    assert len(objects_in(files)) == 1


def test_the_owner_may_hide_the_facts():
    certificate = issue_certificate(award=AwardFactory())

    assert set_status_only(certificate=certificate, is_status_only=True, actor=None).is_status_only
    assert not set_status_only(certificate=certificate, is_status_only=False, actor=None).is_status_only


def test_a_workshops_place_and_every_day_of_it_are_printed():
    schedule = [
        {"kind": kind, "starts_at": start}
        for kind, start in [
            ("instruction", "2026-10-03T23:30:00+00:00"), ("meal", "2026-10-05T16:00:00+00:00"), ("instruction", "2026-10-04T13:00:00+00:00"),
            ("instruction", "2026-10-11T13:00:00+00:00"),
        ]
    ]  # fmt: skip
    facts = {"venue": {"name": "Lotus Studio", "address": "5 Oak Street\nAsheville, NC 28801"}, "location": "5 Oak Street", "schedule": schedule}
    dossier = DossierFactory(facts=facts, kind="workshop")

    certificate = issue_certificate(award=AwardFactory(dossier=dossier, mode=DeliveryMode.IN_PERSON_HANDS_ON, completed_on=date(2026, 10, 11)))

    printed = dict(sheet_of(certificate.snapshot)["facts"])
    assert printed["Location"] == "Lotus Studio, 5 Oak Street Asheville, NC 28801"
    assert printed["Dates attended"] == "October 3, 4 and 11, 2026"


def test_a_drawn_signature_is_printed_with_its_description_and_the_file_conforms(settings, tmp_path):
    drawing = Image.new("RGBA", (400, 120), (0, 0, 0, 0))
    ImageDraw.Draw(drawing).line([(10, 90), (90, 20), (150, 100), (240, 30), (390, 80)], fill=(20, 30, 90, 255), width=6)
    drawing.save(tmp_path / "signature.png")
    settings.CERTIFICATE_SIGNER_NAME, settings.CERTIFICATE_SIGNATURE_FILE = "Maria Lindqvist", str(tmp_path / "signature.png")
    settings.MEDIA_ROOT = tmp_path / "media"

    pdf = stored_pdf(issue_certificate(award=AwardFactory()))

    assert failures(pdf) == set()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        described = [str(item.Alt) for item in document.objects if isinstance(item, pikepdf.Dictionary) and "/Alt" in item]
        assert any(isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image" for item in document.objects)
    assert "Signature of Maria Lindqvist" in described
