"""Packs made of real completions: what is in them, who may have one, and what a kill or a repeat leaves."""

import csv
import io
import json
import uuid
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import Role
from core import jobs
from core.models import AuditEntry, Job
from credits.audits import services
from credits.audits.making import read_in_pieces
from credits.audits.verifier import read_keys, verify_pack
from credits.certificates.keys import jwks
from credits.certificates.services import stored_pdf
from credits.models import AuditPack, Award
from credits.services import revoke_award
from credits.services.officers import NotAnOfficer, ReasonNeeded
from notifications.models import MailMessage
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.audits import completion, licensed, ready_pack
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory, LicenceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT, settings.WORK_DIR = tmp_path / "media", tmp_path / "work"


@pytest.fixture
def officer():
    return user_with_role(Role.CE_OFFICER)


@pytest.fixture
def activity():
    activity = ActivityFactory(title="SMRT for the knee")
    AccreditationFactory(activity=activity, approval_letter=ContentFile(b"%PDF-1.7 letter", "letter.pdf"), approval_letter_name="letter.pdf")
    return activity


def opened(pack: AuditPack) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(read_in_pieces(pack.file_key))))


def run_deletions() -> None:
    for row in Job.objects.filter(kind="credits.delete_stored_file"):
        jobs.run(row.pk)


def table(pack: zipfile.ZipFile, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(pack.read(name).decode("utf-8-sig"))))


def test_a_pack_holds_all_an_auditor_asks_for_and_verifies(activity, tmp_path):
    learner = licensed(activity, number="MA 4711", jurisdiction="US-FL")
    dossier = completion(learner=learner, activity=activity)
    certificate = Award.objects.get().certificate

    pack = ready_pack(learner=learner)

    path, folder = tmp_path / "pack.zip", f"completions/2026-03-01-{dossier.pk}"
    path.write_bytes(b"".join(read_in_pieces(pack.file_key)))
    verdict = verify_pack(path, read_keys(json.dumps(jwks()).encode()))
    with zipfile.ZipFile(path) as whole:
        names = set(whole.namelist())
        record, exam = (whole.read(f"{folder}/{name}").decode() for name in ("record.html", "exam-as-shown.html"))
        assert whole.read(f"{folder}/{certificate.file_name}") == stored_pdf(certificate)
        assert whole.read(f"{folder}/files/sign-in.png") == b"\x89PNG signed"
        assert whole.read(f"approvals/{Award.objects.get().accreditation_id}/approval-letter.pdf") == b"%PDF-1.7 letter"
        assert whole.read("index.pdf").startswith(b"%PDF-")
        roster, watched = table(whole, "roster.csv"), table(whole, "watch-evidence.csv")
    assert (verdict.problems, verdict.is_key_trusted, verdict.dossiers_checked) == ([], True, 1)
    assert {"roster.csv", "watch-evidence.csv", "README.txt", "SHA256SUMS", "manifest.json", "manifest.jws", f"{folder}/awards.json"} <= names
    assert "attendance-log.csv" not in names  # nobody attended anything
    assert dict(zip(roster[0], roster[1], strict=True)) | {"completion": ""} == {
        "completion": "",
        "completed on": "2026-03-01",
        "time zone": "America/New_York",
        "title": Award.objects.get().title,
        "type": "Home study, at your own pace",
        "legal name": learner.legal_name.printed,
        "board": Award.objects.get().board_name,
        "licence number": "MA 4711",
        "state": "US-FL",
        "units": "6",
        "unit": "hours",
        "approval number": Award.objects.get().approval_number,
        "award version": "1",
        "award status": "Awarded",
        "certificate": certificate.serial,
        "certificate state": "Valid",
    }
    assert watched[1][2:7] == ["Hamstrings", "10:00", "9:50", "98.33", "0:00–9:50"]
    for words in ("Twelve years of practice.", "Course version", "Find the tight tissue.", "I affirm that I am", "yes (its answers are kept apart", "98.33"):
        assert words in record
    assert "The hamstrings (answered) (right)" in exam
    assert (pack.state, pack.completion_count, pack.sha256) == ("ready", 1, services.file_digest(path))
    assert MailMessage.objects.filter(template="credits/mail/audit_pack_ready").count() == 1


def test_a_pack_about_a_person_shows_which_credit_counted_for_what(officer):
    activity = ActivityFactory(title="SMRT for the knee")
    florida = AccreditationFactory(activity=activity, board=BoardFactory(code="us_fl_massage", name="Florida Board"))
    learner = licensed(activity, issued_on=date(2022, 3, 1))
    other = LicenceFactory(user=learner, board=BoardFactory(name="Board without rules"))
    completion(learner=learner, activity=activity, certified=False)

    with opened(ready_pack(learner=learner, officer=officer)) as whole, opened(ready_pack(learner=learner, board=florida.board, officer=officer)) as narrow:
        pages = {name: whole.read(name).decode() for name in whole.namelist() if name.startswith("standings/")}
        of_florida = {name for name in narrow.namelist() if name.startswith("standings/")}

    licence = learner.licences.get(board=florida.board)
    assert set(pages) == {f"standings/{licence.pk}/standing.html", f"standings/{licence.pk}/standing.json", f"standings/{other.pk}/standing.html"}
    assert "SMRT for the knee" in pages[f"standings/{licence.pk}/standing.html"]
    assert json.loads(pages[f"standings/{licence.pk}/standing.json"])["operation"] == "standing"
    assert of_florida == {f"standings/{licence.pk}/standing.html", f"standings/{licence.pk}/standing.json"}


@pytest.fixture
def bucket(s3_server, monkeypatch):
    """The pack's storage is a bucket."""
    client, name = s3_server.client(), f"packs-{uuid.uuid4().hex[:8]}"
    client.create_bucket(Bucket=name)
    storage = s3_server.storage(name)
    for module in ("credits.audits.services", "credits.audits.making", "credits.certificates.services", "credits.stored_files"):
        monkeypatch.setattr(f"{module}.default_storage", storage)
    return storage


def test_in_a_bucket_it_is_the_same(activity, officer, bucket, tmp_path):
    completion(activity=activity, learner=licensed(activity))
    pack = ready_pack(activity=activity, officer=officer)

    path = tmp_path / "pack.zip"
    path.write_bytes(b"".join(read_in_pieces(pack.file_key)))
    services.remove_pack(pack=pack, officer=officer)
    run_deletions()

    assert verify_pack(path).is_good
    assert not bucket.exists(pack.file_key)


def test_cells_are_no_formulas(activity):
    completion(activity=activity, learner=licensed(activity, number="=HYPERLINK(1)"))

    with opened(ready_pack(activity=activity)) as whole:
        assert table(whole, "roster.csv")[1][7] == "'=HYPERLINK(1)"


def test_a_board_is_shown_what_counts_for_it_and_nothing_of_others(activity):
    other = AccreditationFactory(activity=activity)
    learner = licensed(activity)
    learner.licences.create(board=other.board, number="OTHER-1")
    dossier = completion(learner=learner, activity=activity)
    completion(learner=UserFactory(), activity=ActivityFactory(), certified=False)  # of no board

    with opened(ready_pack(board=other.board)) as whole:
        roster = table(whole, "roster.csv")
        text = b"".join(whole.read(name) for name in whole.namelist() if name.endswith((".html", "awards.json", ".csv"))).decode()
        approvals = {name.split("/")[1] for name in whole.namelist() if name.startswith("approvals/")}

    assert [(row[0], row[7]) for row in roster[1:]] == [(str(dossier.pk), "OTHER-1")]
    assert learner.licences.exclude(board=other.board).get().number not in text
    assert approvals == {str(other.pk)}


def test_the_scope_is_what_its_parts_have_in_common(activity):
    learner = licensed(activity)
    inside = completion(learner=learner, activity=activity, certified=False)
    completion(learner=learner, activity=activity, at=datetime(2026, 3, 3, 2, tzinfo=UTC), certified=False)  # 2 March in New York
    completion(learner=learner, certified=False)
    completion(activity=activity, certified=False)

    pack = ready_pack(learner=learner, activity=activity, first_day=date(2026, 3, 1), last_day=date(2026, 3, 1))

    with opened(pack) as whole:
        assert [row[0] for row in table(whole, "roster.csv")[1:]] == [str(inside.pk)]
        manifest = json.loads(whole.read("manifest.json"))
    assert manifest["scope"] == {"learner": learner.pk, "activity": activity.pk, "board": None, "first_day": "2026-03-01", "last_day": "2026-03-01"}
    assert "from March 1, 2026 · until March 1, 2026" in manifest["about"]


def test_what_was_revoked_is_in_the_pack_with_its_history(activity, officer):
    completion(activity=activity, learner=licensed(activity))
    revoke_award(officer=officer, award=Award.objects.get(), reason_class="issued_in_error", reason="Attended by another person")

    with opened(ready_pack(activity=activity)) as whole:
        (awards,) = (json.loads(whole.read(name)) for name in whole.namelist() if name.endswith("awards.json"))
        roster = table(whole, "roster.csv")

    assert [entry["what"] for entry in awards[0]["history"]] == ["issued", "revoked"]
    assert awards[0]["history"][1]["reason"] == "Attended by another person"
    assert (roster[1][13], roster[1][15]) == ("Revoked", "Revoked")


def test_a_certificate_that_storage_lost_and_a_missing_letter_are_said(officer):
    activity = ActivityFactory()
    completion(activity=activity, learner=licensed(activity))
    certificate = Award.objects.get().certificate
    default_storage.delete(certificate.file_key)

    pack = ready_pack(activity=activity, officer=officer)

    with opened(pack) as whole:
        notes = json.loads(whole.read("manifest.json"))["notes"]
    assert notes[0].startswith(f"Certificate {certificate.serial} is missing: storage does not hold the bytes")
    assert notes[1].startswith("No approval letter is on file for approval")
    assert notes[0] in MailMessage.objects.get(template="credits/mail/audit_pack_ready").body_text


def test_a_dossier_that_was_tampered_with_is_said_and_never_verifies(activity, tmp_path):
    dossier = completion(activity=activity, certified=False)
    dossier.files.create(name="later.txt", content=b"slipped in", size_bytes=10, sha256="0" * 64)

    pack = ready_pack(activity=activity)

    path = tmp_path / "pack.zip"
    path.write_bytes(b"".join(read_in_pieces(pack.file_key)))
    verdict = verify_pack(path)
    assert (verdict.is_whole, verdict.is_good) == (True, False)
    assert f"Dossier {dossier.key} is not what was recorded at the completion" in verdict.manifest["notes"][0]


def test_a_learner_without_a_legal_name_and_unprintable_titles_still_make_a_pack():
    completion(learner=UserFactory(display_name="Ana 🦵"), activity=ActivityFactory(title='#import "x" $1$ 🦵 <script>'), certified=False)

    with opened(ready_pack(first_day=date(2026, 1, 1))) as whole:
        html = next(whole.read(name).decode() for name in whole.namelist() if name.endswith("record.html"))
        assert whole.read("index.pdf").startswith(b"%PDF-")
    assert "<script>" not in html


def test_asking_is_for_officers_with_a_reason_about_something(activity, officer):
    completion(activity=activity, certified=False)

    for refusal, values in (
        (NotAnOfficer, {"officer": user_with_role(Role.STAFF), "purpose": "Audit", "activity": activity}),
        (ReasonNeeded, {"officer": officer, "purpose": "  ", "activity": activity}),
        (services.PackMistake, {"officer": officer, "purpose": "Audit"}),
        (services.PackMistake, {"officer": officer, "purpose": "Audit", "first_day": date(2026, 2, 1), "last_day": date(2026, 1, 1)}),
        (services.PackEmpty, {"officer": officer, "purpose": "Audit", "activity": ActivityFactory()}),
    ):
        with pytest.raises(refusal):
            services.request_pack(**values)

    assert not AuditPack.objects.exists()
    assert not Job.objects.filter(kind="credits.make_audit_pack").exists()


def test_the_same_request_twice_is_one_pack_until_it_is_ready(activity, officer):
    completion(activity=activity, certified=False)
    ask = {"officer": officer, "purpose": "Audit", "activity": activity}

    first, second = services.request_pack(**ask), services.request_pack(**ask)
    services.make_pack(pack=first)
    third = services.request_pack(**ask)

    assert (second, third == first) == (first, False)
    assert Job.objects.filter(kind="credits.make_audit_pack").count() == 2


def test_made_twice_it_is_one_file_and_one_mail(activity, officer):
    completion(activity=activity, certified=False)
    pack = services.request_pack(officer=officer, purpose="Audit", activity=activity)

    first = services.make_pack(pack=pack)
    again = services.make_pack(pack=pack)

    assert again.file_key == first.file_key
    assert default_storage.listdir(f"audit-packs/{pack.uuid}")[1] == [first.file_key.rpartition("/")[2]]
    assert MailMessage.objects.filter(template="credits/mail/audit_pack_ready").count() == 1


def test_of_two_at_once_the_first_to_finish_is_the_pack(activity, officer, monkeypatch):
    completion(activity=activity, certified=False)
    pack = services.request_pack(officer=officer, purpose="Audit", activity=activity)
    digest, twins = services.file_digest, []

    def overtaken(path):
        if not twins:
            twins.append(None)
            twins[0] = services.make_pack(pack=pack)
        return digest(path)

    monkeypatch.setattr(services, "file_digest", overtaken)
    late = services.make_pack(pack=pack)
    run_deletions()

    assert late.file_key == twins[0].file_key
    assert default_storage.listdir(f"audit-packs/{pack.uuid}")[1] == [late.file_key.rpartition("/")[2]]


@pytest.mark.parametrize("stage", ["Reading completions", "Approvals", "Signing", "Checking", "Storing"])
def test_killed_at_any_stage_it_is_made_whole_by_the_next_run(activity, officer, stage, settings):
    completion(activity=activity, certified=False)
    pack = services.request_pack(officer=officer, purpose="Audit", activity=activity)

    def die(progress: int, where: str) -> None:
        if where == stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        services.make_pack(pack=pack, report=die)
    pack.refresh_from_db()
    assert (pack.state, pack.file_key) == ("making", "")
    made = services.make_pack(pack=pack)

    assert made.is_ready
    assert list((settings.WORK_DIR / "audits").iterdir()) == []


def test_a_kill_before_the_last_commit_leaves_no_second_file(activity, officer, monkeypatch):
    completion(activity=activity, certified=False)
    pack = services.request_pack(officer=officer, purpose="Audit", activity=activity)
    mail = services.send_mail_once
    monkeypatch.setattr(services, "send_mail_once", lambda **values: (_ for _ in ()).throw(RuntimeError("the database went away")))

    with pytest.raises(RuntimeError):
        services.make_pack(pack=pack)
    monkeypatch.setattr(services, "send_mail_once", mail)
    made = services.make_pack(pack=pack)

    assert default_storage.listdir(f"audit-packs/{pack.uuid}")[1] == [made.file_key.rpartition("/")[2]]


def test_a_dead_job_says_so_on_the_pack_and_it_can_be_made_again(activity, officer):
    completion(activity=activity, certified=False)
    pack = services.request_pack(officer=officer, purpose="Audit", activity=activity)

    services.note_failure(pack=pack, error="Traceback\nOSError: no space")
    pack.refresh_from_db()
    failed = (pack.state, pack.failure != "")
    services.make_again(pack=pack, officer=officer)

    assert failed == ("failed", True)
    assert services.make_pack(pack=pack).is_ready
    assert Job.objects.filter(kind="credits.make_audit_pack").count() == 2


def test_downloads_are_logged_and_the_file_goes_after_its_time(activity, officer, monkeypatch):
    completion(activity=activity, certified=False)
    pack = ready_pack(activity=activity, officer=officer)
    name = pack.file_key

    services.hand_out(pack=pack, officer=officer)
    monkeypatch.setattr("core.clock.now", lambda: pack.expires_at + timedelta(seconds=1))
    with pytest.raises(services.PackNotReady):
        services.hand_out(pack=pack, officer=officer)
    removed = services.remove_overdue()
    run_deletions()

    pack.refresh_from_db()
    assert (removed, pack.state, pack.sha256 != "", default_storage.exists(name)) == (1, "removed", True, False)
    log = AuditEntry.objects.filter(subject=f"credits.AuditPack:{pack.pk}").order_by("pk").values_list("action", flat=True)
    assert list(log) == ["credits.request_audit_pack", "credits.make_audit_pack", "credits.download_audit_pack", "credits.remove_audit_pack"]
    services.make_again(pack=pack, officer=officer)
    assert services.make_pack(pack=pack).is_ready


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_with_completions(activity, officer, count, django_assert_max_num_queries):
    """Two for each certificate and file that is fetched on its own are none here: one for each dossier's file remains."""
    for _number in range(count):
        completion(activity=activity, certified=False)
    pack = services.request_pack(officer=officer, purpose="Audit", activity=activity)

    with django_assert_max_num_queries(60 + count):
        services.make_pack(pack=pack)


def test_many_completions_make_several_indexes(activity, officer, monkeypatch):
    monkeypatch.setattr("credits.audits.making.LINES", 2)
    for _number in range(3):
        completion(activity=activity, certified=False)

    with opened(ready_pack(activity=activity, officer=officer)) as whole:
        assert {name for name in whole.namelist() if name.startswith("index")} == {"index-1.pdf", "index-2.pdf"}
