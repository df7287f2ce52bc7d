"""A pack for a body that has not approved what was completed: asked for, made in the background, downloaded, removed."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta
from decimal import Decimal

import pypdfium2
import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from core import clock, jobs
from core.models import Job
from credits.models import Award, Board, Certificate, PetitionPack
from credits.petitions.services import PetitionNotReady, PetitionRefused, make_petition, note_failure, petition_file, remove_overdue, request_petition
from credits.services import award_completion, begin_review, flag_completion
from notifications.models import MailMessage
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.certificates import CertificateFactory
from tests.factories.courses import completed
from tests.factories.credits import AccreditationFactory, BoardFactory, LicenceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ace():
    return BoardFactory(
        code="ace", name="American Council on Exercise", kind=Board.Kind.FITNESS_BODY, unit_singular="CEC", unit_plural="CECs",
        units_per_contact_hour=Decimal("0.1"),
    )  # fmt: skip


@pytest.fixture
def dossier(ace):
    attempt = completed()
    LicenceFactory(user=attempt.learner, board=ace)
    award_completion(dossier=attempt.completion.dossier)
    return attempt.completion.dossier


def make(pack):
    return make_petition(pack=pack, making=pack.making)


def files_of(pack):
    with zipfile.ZipFile(io.BytesIO(petition_file(pack=pack))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def words_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


def test_a_pack_holds_what_the_petition_asks_and_the_questions_answered(dossier, ace):
    AccreditationFactory(activity=dossier.activity, board=BoardFactory(name="Georgia Board"), approval_number="GA-7")

    pack = make(request_petition(dossier=dossier, board=ace, words="I teach runners to release calves."))

    assert pack.is_ready
    files = files_of(pack)
    assert list(files) == [
        "0-read-me-first.txt", "1-answers.pdf", "2-certificate.pdf", "3-course.pdf", "4-instructor.pdf", "5-scope-of-practice.pdf", "answers.txt", "SHA256SUMS"
    ]  # fmt: skip
    certificate = Certificate.objects.get(award__dossier=dossier, award__board__isnull=True)
    assert hashlib.sha256(files["2-certificate.pdf"]).hexdigest() == certificate.sha256
    text = files["answers.txt"].decode()
    assert "6 contact hours: 360 minutes of instruction divided by 60." in text
    assert "0.6 CECs: 6 contact hours × 0.1." in text
    assert "I teach runners to release calves." in text
    assert "within a trainer's scope of practice" in text
    assert "An exam of 3 questions, passed with 100 %; 70 % were needed." in text
    assert "Georgia Board: 6 hours GA-7" in text
    assert "Ana Ruiz, LMT, NCBTMB approved provider" in text
    answers = words_of(files["1-answers.pdf"])
    assert "ACE takes up to 30 days to decide." not in answers  # that is for the learner, not for ACE
    notes = files["0-read-me-first.txt"].decode()
    assert "- ACE takes up to 30 days to decide." in notes
    assert "would not qualify" in notes
    assert "- References: The record does not hold the list of references. Ask SMRT School at" in notes
    assert "How does it fall within a trainer's scope of practice?" in answers.replace("’", "'")
    course = words_of(files["3-course.pdf"])
    assert "Find the tight tissue." in course
    assert "Part 1 10 min" in course
    assert pack.missing == ["references"]
    assert "Ask SMRT School at" not in text


def test_what_each_file_is_can_be_checked(dossier, ace):
    files = files_of(make(request_petition(dossier=dossier, board=ace)))

    sums = dict(line.split("  ")[::-1] for line in files.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def test_the_learner_is_told_once_and_the_same_request_is_one_pack(dossier, ace):
    pack = request_petition(dossier=dossier, board=ace)
    assert request_petition(dossier=dossier, board=ace) == pack

    make(pack)
    make(pack)

    assert request_petition(dossier=dossier, board=ace).making == 1
    assert MailMessage.objects.filter(template="credits/mail/petition_ready").count() == 1
    assert Job.objects.filter(kind="credits.make_petition").count() == 1


def test_other_words_have_it_made_again_and_replace_the_file(dossier, ace):
    first = make(request_petition(dossier=dossier, board=ace))
    old = first.file_key

    again = request_petition(dossier=dossier, board=ace, words="New words")
    make_petition(pack=again, making=1)  # the first job, run once more, does nothing for the second request
    assert PetitionPack.objects.get().state == "waiting"
    done = make(again)

    assert (done.pk, done.making, done.is_ready) == (first.pk, 2, True)
    assert "New words" in files_of(done)["answers.txt"].decode()
    assert done.file_key != old


def test_the_job_does_it(dossier, ace):
    pack = request_petition(dossier=dossier, board=ace)

    jobs.run(Job.objects.get(kind="credits.make_petition").pk)

    pack.refresh_from_db()
    assert pack.is_ready
    assert pack.job.progress >= 95


def test_a_learner_with_board_credit_gets_the_school_s_own_certificate_too(ace):
    attempt = completed()
    dossier = attempt.completion.dossier
    row = AccreditationFactory(activity=dossier.activity)
    LicenceFactory(user=attempt.learner, board=row.board, created_at=dossier.created_at - timedelta(days=1))
    type(attempt.learner.licences.get()).objects.update(created_at=dossier.created_at - timedelta(days=1))
    award_completion(dossier=dossier)
    assert not Award.objects.filter(dossier=dossier, board__isnull=True).exists()
    LicenceFactory(user=attempt.learner, board=ace)

    make(request_petition(dossier=dossier, board=ace))

    assert Award.objects.filter(dossier=dossier, board__isnull=True).count() == 1
    with pytest.raises(PetitionRefused, match="No petition is needed"):
        request_petition(dossier=dossier, board=row.board)


def refused(dossier, board, said, **values):
    before = PetitionPack.objects.count()
    with pytest.raises(PetitionRefused) as refusal:
        request_petition(dossier=dossier, board=board, **values)
    assert said in refusal.value.message
    assert PetitionPack.objects.count() == before
    return refusal.value


def test_what_stands_in_the_way_is_said(dossier, ace):
    refused(dossier, BoardFactory(), "Put your licence or certification of")
    nesta = LicenceFactory(user=dossier.user, board=BoardFactory(code="nesta")).board
    refused(dossier, nesta, "no petition by holders is named there")
    npcp = LicenceFactory(user=dossier.user, board=BoardFactory(code="npcp")).board
    refused(dossier, npcp, "NPCP takes petitions for live courses only.")
    refused(dossier, ace, "longer than 3000 characters", words="x" * 3001)
    flag_completion(key=dossier.key, reason="Disputed", suspends=True)
    refused(dossier, ace, "held for review while a payment is looked into")


def test_what_the_school_looks_into_is_no_ground_for_a_petition(dossier, ace):
    certificate = CertificateFactory(award=dossier.awards.get())
    begin_review(certificate=certificate, officer=user_with_role("ce_officer"), reason="Did another person sit the exam?")

    refused(dossier, ace, "The school looks into a certificate of this completion")


def test_without_a_legal_name_there_is_no_certificate_to_send(dossier, ace):
    dossier.user.legal_names.all().delete()

    assert refused(dossier, ace, "Confirm your legal name first").code == "legal_name_missing"


def test_a_file_that_went_can_be_made_again(dossier, ace, monkeypatch):
    pack = make(request_petition(dossier=dossier, board=ace))
    later = clock.now() + timedelta(days=91)
    monkeypatch.setattr("core.clock.now", lambda: later)
    assert not pack.is_ready

    assert remove_overdue() == 1
    assert remove_overdue() == 0

    pack.refresh_from_db()
    assert (pack.state, pack.file_key) == ("removed", "")
    with pytest.raises(PetitionNotReady):
        petition_file(pack=pack)
    assert make(request_petition(dossier=dossier, board=ace)).is_ready


def test_a_removed_file_leaves_storage(dossier, ace, monkeypatch, django_capture_on_commit_callbacks):
    pack = make(request_petition(dossier=dossier, board=ace))
    later = clock.now() + timedelta(days=91)
    monkeypatch.setattr("core.clock.now", lambda: later)

    with django_capture_on_commit_callbacks(execute=True):
        remove_overdue()

    assert not default_storage.exists(pack.file_key)


def test_a_dead_job_says_so_and_another_try_is_possible(dossier, ace):
    pack = request_petition(dossier=dossier, board=ace, words="kept")

    note_failure(pack=pack, making=1, error="Traceback\nBoom")

    pack.refresh_from_db()
    assert pack.state == "failed"
    assert "fault on our side" in pack.failure
    again = request_petition(dossier=dossier, board=ace, words="kept")
    assert (again.state, again.making, again.failure) == ("waiting", 2, "")


def test_a_body_nobody_read_of_gets_the_usual(dossier):
    board = LicenceFactory(user=dossier.user, board=BoardFactory(code="board_x", name="Board X")).board

    pack = make(request_petition(dossier=dossier, board=board))

    text = files_of(pack)["0-read-me-first.txt"].decode()
    assert "was not read anywhere" in text
    assert "5-scope-of-practice.pdf" not in files_of(pack)
    assert "How many units a contact hour is worth to Board X is not in our data" in text


def test_pages_lead_from_the_completion_to_the_file(client, dossier, ace):
    client.force_login(dossier.user)
    claimed = client.get(reverse("credits:credit_list")).content.decode()
    assert reverse("credits:petition_add", args=[dossier.pk]) in claimed

    page = client.get(reverse("credits:petition_add", args=[dossier.pk]), {"board": "ace"}).content.decode()
    assert "ACE takes up to 30 days to decide." in page
    assert "Not yet checked by a person at the school." in page

    answer = client.post(reverse("credits:petition_add", args=[dossier.pk]), {"board": "ace", "words": "For runners"})
    pack = PetitionPack.objects.get()
    assert answer["Location"] == pack.get_absolute_url()
    assert "Waiting" in client.get(pack.get_absolute_url()).content.decode()
    assert client.get(reverse("credits:petition_download", args=[pack.pk])).status_code == 302

    make(pack)
    text = client.get(pack.get_absolute_url()).content.decode()
    assert "Download the pack" in text
    assert "The pack leaves these open:" in text
    answer = client.get(reverse("credits:petition_download", args=[pack.pk]))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert answer["Content-Disposition"] == f'attachment; filename="petition-ace-{dossier.completed_on}.zip"'
    assert pack.board.name in client.get(reverse("credits:petition_list")).content.decode()


def test_an_empty_list_and_nobody_to_ask_say_what_to_do(client):
    attempt = completed()
    client.force_login(attempt.learner)

    assert "No petition yet" in client.get(reverse("credits:petition_list")).content.decode()
    page = client.get(reverse("credits:petition_add", args=[attempt.completion.dossier_id])).content.decode()
    assert "Nobody to ask" in page


def test_bad_input_is_refused_on_the_page(client, dossier, ace):
    client.force_login(dossier.user)
    add = reverse("credits:petition_add", args=[dossier.pk])

    assert client.post(add, {"board": "us_fl_massage"}).status_code == 422
    assert client.post(add, {"board": "ace", "words": "x" * 3001}).status_code == 422
    pack = make(request_petition(dossier=dossier, board=ace))
    assert client.post(reverse("credits:petition_again", args=[pack.pk]), {"words": "x" * 3001}).status_code == 422
    assert PetitionPack.objects.get().making == 1


def test_the_page_makes_it_again_with_other_words(client, dossier, ace):
    pack = make(request_petition(dossier=dossier, board=ace))
    client.force_login(dossier.user)

    client.post(reverse("credits:petition_again", args=[pack.pk]), {"words": "For swimmers"})

    pack.refresh_from_db()
    assert (pack.words, pack.state, pack.making) == ("For swimmers", "waiting", 2)


def test_the_api_does_the_same(client, dossier, ace):
    client.force_login(dossier.user)

    (candidate,) = client.get(f"/api/v1/credits/completions/{dossier.pk}/petitions/").json()
    assert (candidate["body"]["board"], candidate["body"]["possible"], candidate["pack"], candidate["refusal"]) == ("ace", "yes", None, "")
    body = json.dumps({"completion": dossier.pk, "board": "ace", "words": "For runners"})
    answer = client.post("/api/v1/credits/petitions/request/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["state"]) == (201, "waiting")
    pk = answer.json()["id"]
    assert client.get(f"/api/v1/credits/petitions/{pk}/file/").status_code == 409
    make(PetitionPack.objects.get())
    found = client.get(f"/api/v1/credits/petitions/{pk}/").json()
    assert (found["is_ready"], found["missing"]) == (True, ["references"])
    assert {row["section"] for row in found["answers"]} >= {"hours", "outline", "relevance"}
    assert client.get(f"/api/v1/credits/petitions/{pk}/file/")["Content-Type"] == "application/zip"
    assert client.get("/api/v1/credits/petitions/").json()["results"][0]["id"] == pk
    other = json.dumps({"completion": dossier.pk, "board": "nasm"})
    BoardFactory(code="nasm")
    assert client.post("/api/v1/credits/petitions/request/", other, content_type="application/json").json()["code"] == "petition_refused"


@pytest.mark.parametrize("number", [1, 3])
def test_lists_cost_the_same_for_any_number(client, dossier, ace, django_assert_num_queries, number):
    for place in range(number):
        board = LicenceFactory(user=dossier.user, board=BoardFactory(code=f"body_{place}")).board
        request_petition(dossier=dossier, board=board)
    client.force_login(dossier.user)

    with django_assert_num_queries(5):
        client.get(reverse("credits:petition_list"))
    with django_assert_num_queries(8):
        client.get(reverse("credits:petition_add", args=[dossier.pk]))


def test_nobody_else_sees_a_pack(client, dossier, ace):
    pack = make(request_petition(dossier=dossier, board=ace))
    client.force_login(UserFactory())

    assert client.get(pack.get_absolute_url()).status_code == 404
    assert client.get(reverse("credits:petition_add", args=[dossier.pk])).status_code == 404


def test_what_nobody_asked_for_in_a_year_goes_with_its_words(dossier, ace, monkeypatch):
    pack = make(request_petition(dossier=dossier, board=ace, words="Mine"))
    now = clock.now()
    monkeypatch.setattr("core.clock.now", lambda: now + timedelta(days=91))
    remove_overdue()
    PetitionPack.objects.update(updated_at=now + timedelta(days=91))
    monkeypatch.setattr("core.clock.now", lambda: now + timedelta(days=91 + 364))
    remove_overdue()
    assert PetitionPack.objects.get().words == "Mine"

    PetitionPack.objects.filter(pk=pack.pk).update(updated_at=now)
    remove_overdue()

    assert not PetitionPack.objects.exists()


def test_a_worker_that_was_killed_is_followed_by_one_that_makes_it(dossier, ace):
    pack = request_petition(dossier=dossier, board=ace)
    PetitionPack.objects.filter(pk=pack.pk).update(state="making")

    assert make(pack).is_ready
