"""The learner's transcript pages, and the same over the API."""

from datetime import date

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import Role
from core.models import AuditEntry
from credits.models import Licence, TranscriptLink
from credits.transcripts import views
from credits.transcripts.links import make_link
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.courses import enrolled, published_course
from tests.factories.credits import AwardFactory, BoardFactory, ExternalCreditFactory, LicenceFactory
from tests.factories.workshops import SeatFactory, workshop_with_blocks

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner(client):
    cache.clear()
    learner = UserFactory(display_name="Zoë")
    client.force_login(learner)
    return learner


@pytest.fixture
def board(learner):
    board = BoardFactory(code="us_fl_massage", name="Florida Board", unit_plural="hours")
    LicenceFactory(user=learner, board=board, issued_on=date(2022, 3, 1))
    return board


def text(answer):
    return answer.content.decode()


def test_an_empty_transcript_leads_on(client, learner):
    page = text(client.get(reverse("credits:transcript_detail")))
    filtered = text(client.get(reverse("credits:transcript_detail"), {"status": "earned"}))

    assert "Nothing on your transcript yet" in page
    assert "Nothing fits" in filtered
    assert "Download as PDF" not in page
    assert 'name="board"' in filtered


def test_it_shows_what_was_earned_begun_and_booked(client, learner, board):
    AwardFactory(dossier__user=learner, accreditation__board=board, board=board, title="SMRT for the hip", completed_on=date(2026, 5, 9))
    ExternalCreditFactory(user=learner, board=board, title="Lymph drainage")
    attempt = enrolled(published_course(course__slug="the-knee"), learner)
    seat = SeatFactory(workshop=workshop_with_blocks(slug="the-jaw"), learner=learner)

    page = text(client.get(reverse("credits:transcript_detail")))

    for part in ("SMRT for the hip", "Lymph drainage", "6 hours earned", "4 pending", attempt.get_absolute_url(), seat.workshop.get_absolute_url()):
        assert part in page
    assert "Confirm your legal name" in page


def test_downloads_take_the_filters_along(client, learner, board):
    AwardFactory(dossier__user=learner, accreditation__board=board, board=board, title="Hip", completed_on=date(2026, 5, 9))
    AwardFactory(dossier__user=learner, accreditation__board=board, board=board, title="Old", completed_on=date(2024, 5, 9))

    page = text(client.get(reverse("credits:transcript_detail"), {"period": "2026", "page": "1"}))
    sheet = client.get(reverse("credits:transcript_csv"), {"period": "2026"})
    pdf = client.get(reverse("credits:transcript_pdf"), {"period": "2026"})

    assert f"{reverse('credits:transcript_pdf')}?period=2026" in page
    assert ("Hip" in text(sheet), "Old" in text(sheet)) == (True, False)
    assert (pdf["Content-Type"], pdf["Cache-Control"]) == ("application/pdf", "private, no-store")


def test_sections_are_paged(client, learner, monkeypatch):
    monkeypatch.setattr(views, "SECTIONS_A_PAGE", 1)
    for number in range(2):
        AwardFactory(dossier__user=learner, accreditation__board=BoardFactory(name=f"Board {number}"))

    pages = [text(client.get(reverse("credits:transcript_detail"), {"page": number})) for number in (1, 2)]

    assert ["section-1" in page and "section-2" not in page for page in pages] == [True, True]
    assert "Page 1 of 2" in pages[0]


def test_a_link_is_made_seen_listed_and_ended(client, learner, board):
    AwardFactory(dossier__user=learner, accreditation__board=board, board=board)
    form = text(client.get(reverse("credits:transcript_link_add")))
    made = client.post(reverse("credits:transcript_link_add"), {"name": "For Ana", "board": board.code, "days": "7", "with_external": "on"}, follow=True)
    link = TranscriptLink.objects.get()
    listed = text(client.get(reverse("credits:transcript_link_list")))
    pdf = client.get(reverse("credits:transcript_pdf"), {"link": link.pk})
    ended = client.post(reverse("credits:transcript_link_revoke", args=[link.pk]), follow=True)

    assert "Confirm your legal name" in form
    assert f"/t/{link.token}/" in text(made)
    assert "<svg" in text(made)
    assert (link.board, link.with_external, link.with_pending) == (board, True, False)
    assert ("For Ana" in listed, link.token in listed) == (True, False)
    assert pdf["Content-Type"] == "application/pdf"
    assert "You ended it on" in text(ended)
    assert f"/t/{link.token}/" not in text(ended)
    assert client.get(reverse("credits:transcript_pdf"), {"link": link.pk}).status_code == 404


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": ""}, "required"),
        ({"name": "x" * 81}, "at most 80"),
        ({"days": "4000"}, "Select a valid choice"),
        ({"board": "us_zz"}, "Select a valid choice"),
        ({"first_on": "2026-02-01", "last_on": "2026-01-01"}, "The last day comes after the first"),
        ({"first_on": "0202-02-01"}, "Check the year"),
    ],
)
def test_a_link_that_can_not_be_is_refused(client, learner, values, sentence):
    answer = client.post(reverse("credits:transcript_link_add"), {"name": "x", "days": "7", **values})

    assert (answer.status_code, TranscriptLink.objects.count()) == (422, 0)
    assert sentence in text(answer)


def test_another_s_link_is_not_there(client, learner):
    other = make_link(user=UserFactory(), name="Not yours")

    answers = [
        client.get(reverse("credits:transcript_link_detail", args=[other.pk])),
        client.post(reverse("credits:transcript_link_revoke", args=[other.pk])),
        client.get(reverse("credits:transcript_pdf"), {"link": other.pk}),
        *(client.get(reverse("credits:transcript_pdf"), {"link": strange}) for strange in ("x", "-1", "9" * 30, "²", "1.0", "\x00")),
        client.post(reverse("credits_api:transcript-link-revoke", args=[other.pk])),
    ]

    other.refresh_from_db()
    assert [answer.status_code for answer in answers] == [404] * 10
    assert other.is_open


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_with_many(client, learner, board, django_assert_num_queries, count):
    for number in range(count):
        AwardFactory(dossier__user=learner, accreditation__board=board, board=board)
        ExternalCreditFactory(user=learner, board=board)
        make_link(user=learner, name=f"Link {number}")
        enrolled(published_course(course__slug=f"knee-{number}"), learner)
    client.get(reverse("credits:transcript_detail"))

    with django_assert_num_queries(PAGE_QUERIES):
        client.get(reverse("credits:transcript_detail"))
    with django_assert_num_queries(5):
        client.get(reverse("credits:transcript_link_list"))


PAGE_QUERIES = 20


def test_the_api_says_the_same(client, learner, board):
    AwardFactory(dossier__user=learner, accreditation__board=board, board=board, title="Hip", completed_on=date(2026, 5, 9))
    ExternalCreditFactory(user=learner, board=board, title="Lymph", status="accepted")

    found = client.get(reverse("credits_api:transcript")).json()
    pdf, sheet = (client.get(reverse(f"credits_api:transcript-{name}"), {"kind": "here"}) for name in ("pdf", "csv"))
    made = client.post(reverse("credits_api:transcript-link-add"), {"name": "For Ana", "board": "us_fl_massage"}, "application/json").json()
    shared = client.get(reverse("credits_api:transcript-shared", args=[TranscriptLink.objects.get().token])).json()
    ended = client.post(reverse("credits_api:transcript-link-revoke", args=[made["id"]])).json()

    (section,) = found["sections"]
    assert (section["board"], section["earned"], section["earned_here"], section["earned_elsewhere"], section["unit"]) == (
        "us_fl_massage",
        "10",
        "6",
        "4",
        "hours",
    )
    assert [(line["title"], line["kind"], line["status"], line["units"]) for line in section["lines"]] == [
        ("Hip", "here", "active", "6"),
        ("Lymph", "elsewhere", "accepted", "4"),
    ]
    assert shared["sections"] == found["sections"]
    assert (pdf["Content-Type"], "Lymph" in text(sheet)) == ("application/pdf", False)
    assert (made["state"], made["url"].endswith(f"/t/{TranscriptLink.objects.get().token}/")) == ("open", True)
    assert (ended["state"], ended["url"]) == ("revoked", None)
    assert [row["name"] for row in client.get(reverse("credits_api:transcript-link-list")).json()["results"]] == ["For Ana"]


@pytest.mark.parametrize("values", [{"name": ""}, {"name": "x", "days": 0}, {"name": "x", "days": 1000}, {"name": "x", "board": "us_zz"}, {"name": "x\x00"}])
def test_the_api_refuses_what_can_not_be(client, learner, values):
    assert client.post(reverse("credits_api:transcript-link-add"), values, "application/json").status_code == 400
    assert not TranscriptLink.objects.exists()


# The desk.


def test_an_officer_reads_a_transcript_and_hands_it_out_again(client, board):
    officer, learner = user_with_role(Role.CE_OFFICER), Licence.objects.get().user
    AwardFactory(dossier__user=learner, accreditation__board=board, board=board, title="Hip", completed_on=date(2026, 5, 9))
    ExternalCreditFactory(user=learner, board=board, title="Lymph")
    client.force_login(officer)

    page = text(client.get(reverse("credits_desk:transcript_detail", args=[learner.pk])))
    files = [client.get(reverse(f"credits_desk:transcript_{kind}", args=[learner.pk]), {"kind": "here"}) for kind in ("pdf", "csv")]

    assert all(part in page for part in ("Hip", "Lymph", learner.email))
    assert "/credits/external/" not in page.replace("/desk/credits/external/", "")
    assert [answer["Content-Type"] for answer in files] == ["application/pdf", "text/csv; charset=utf-8"]
    assert [entry.details["kind"] for entry in AuditEntry.objects.filter(action="credits.download_transcript", actor=officer).order_by("pk")] == ["pdf", "csv"]
