"""Links to a transcript: who may open them, what they give away, and how they end."""

import re
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry
from credits.models import TranscriptLink
from credits.transcripts import links, public
from credits.transcripts.links import LinkMistake, TooManyLinks, find_link, make_link, revoke_link
from tests.factories.accounts import UserFactory
from tests.factories.credits import AwardFactory, BirthDateFactory, BoardFactory, ExternalCreditFactory, HeldCredentialFactory, LicenceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def holder():
    return UserFactory(display_name="Zoë Đặng", email="zoe.private@example.org")


@pytest.fixture
def link(holder):
    return make_link(user=holder, name="For my new employer")


def page(token):
    return reverse("shared_transcript:page", args=[token])


def test_a_link_ends_after_thirty_days_and_is_stored_as_a_hash(holder, link):
    row = TranscriptLink.objects.values().get()

    assert timedelta(days=29, hours=23) < link.expires_at - timezone.now() < timedelta(days=30, seconds=1)
    assert len(link.token) == links.TOKEN_LENGTH
    assert all(link.token not in str(value) for value in row.values())
    assert find_link(link.token) == link


def test_the_table_alone_opens_nothing(link, settings):
    """Whoever has the rows and not the site's key can not make the token again; what was handed out goes on working."""
    token = link.token
    settings.SECRET_KEY = "another-key-" * 5

    assert TranscriptLink.objects.get().token == ""
    assert find_link(token) == link


@pytest.mark.parametrize("values", [{"name": "  "}, {"days": 0}, {"days": 367}, {"first_on": date(2026, 2, 1), "last_on": date(2026, 1, 1)}])
def test_what_can_not_be_is_refused(holder, values):
    with pytest.raises(LinkMistake):
        make_link(user=holder, **({"name": "x"} | values))

    assert not TranscriptLink.objects.exists()


def test_nobody_keeps_more_links_open_than_they_can_look_after(holder, link, monkeypatch):
    monkeypatch.setattr(links, "MAX_OPEN", 1)

    with pytest.raises(TooManyLinks):
        make_link(user=holder, name="Another")
    revoke_link(link=link, actor=holder)

    assert make_link(user=holder, name="Another").is_open


def test_a_stranger_sees_the_record_and_nothing_else_of_the_person(client, holder):
    """Every private thing there is about the holder is put on file, and none of it may be on the page or in the JSON."""
    board = BoardFactory(code="us_va_massage", name="Virginia Board")
    LicenceFactory(user=holder, board=board, number="VA-77", name_on_licence="Former Name")
    LicenceFactory(user=holder, board=BoardFactory(name="Unrelated board"), number="SECRET-1")
    BirthDateFactory(user=holder, born_on=date(1985, 6, 15))
    HeldCredentialFactory(user=holder, credential="cpr")
    AwardFactory(dossier__user=holder, accreditation__board=board, board=board, title="SMRT for the knee", key="dossier:secret-key")
    credit = ExternalCreditFactory(user=holder, board=board, title="Lymph", status="accepted")
    ExternalCreditFactory(user=holder, board=board, title="Refused thing", status="refused")
    token = make_link(user=holder, name="Private name of the link", with_pending=True).token
    on_file = ["1985", "SECRET-1", "Former Name", "Refused thing", "Private name", "secret-key", "cpr", "credits/external"]
    secrets = [*on_file, holder.email, credit.proofs.get().name]

    answers = [client.get(page(token)), client.get(reverse("credits_api:transcript-shared", args=[token]))]

    for answer in answers:
        text = answer.content.decode()
        assert all(part in text for part in ("Zoë Đặng", "VA-77", "SMRT for the knee", "Lymph", "Virginia Board"))
        assert [secret for secret in secrets if secret in text] == []


def test_nobody_on_the_way_keeps_it_and_no_search_engine_finds_it(client, link):
    for address in (page(link.token), f"{page(link.token)}transcript.pdf", reverse("credits_api:transcript-shared", args=[link.token]), page("x" * 43)):
        answer = client.get(address)
        assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("private, no-store", "no-referrer")
        assert answer["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert 'name="robots" content="noindex' in client.get(page(link.token)).content.decode()


def test_opening_is_counted_but_not_by_the_holder_or_a_preview(client, holder, link):
    client.head(page(link.token))
    client.get(page(link.token))
    client.get(page(link.token))
    client.force_login(holder)
    own = client.get(page(link.token))
    link.refresh_from_db()

    assert (link.opened_count, link.last_opened_at is not None) == (2, True)
    assert "You see what others see" in own.content.decode()


@pytest.mark.parametrize(("end", "words"), [("revoked_at", "This link was ended"), ("expires_at", "This link is over")])
def test_an_ended_link_says_so_and_nothing_of_the_person(client, holder, link, end, words):
    AwardFactory(dossier__user=holder, title="SMRT for the knee")
    TranscriptLink.objects.update(**{end: timezone.now() + timedelta(microseconds=1), "created_at": timezone.now() - timedelta(days=1)})

    answers = [client.get(address) for address in (page(link.token), f"{page(link.token)}transcript.pdf")]
    told = client.get(reverse("credits_api:transcript-shared", args=[link.token]))

    for answer in answers:
        assert answer.status_code == 404
        assert words in answer.content.decode()
        assert "Zoë" not in answer.content.decode()
    assert (told.status_code, told.json()["code"]) == (404, end.removesuffix("_at").replace("expires", "expired"))
    assert TranscriptLink.objects.get().opened_count == 0


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 500, "é" * 43, "..%2f" * 8, "\x00" * 43])
def test_a_guess_finds_nothing(client, link, token):
    answer = client.get(page("TOKEN").replace("TOKEN", re.sub("\x00", "%00", token)))

    assert answer.status_code == 404
    assert "Zoë" not in answer.content.decode()


def test_the_link_of_somebody_who_left_shows_nothing(client, holder, link):
    holder.is_active = False
    holder.save()

    assert client.get(page(link.token)).status_code == 404


def test_guessing_is_slowed_down_and_honest_visitors_are_not(client, link, monkeypatch):
    monkeypatch.setattr(public, "GUESSES", "3/h")

    statuses = [client.get(page(f"{number:043d}")).status_code for number in range(5)]
    elsewhere = client.get(page(link.token), REMOTE_ADDR="10.9.9.9").status_code

    assert statuses == [404, 404, 404, 429, 429]
    assert (client.get(page(link.token)).status_code, elsewhere) == (429, 200)


def test_openings_are_limited_too(client, link, monkeypatch):
    monkeypatch.setattr(public, "OPENINGS", "2/h")

    assert [client.get(page(link.token)).status_code for _time in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_it_can_only_be_read(client, link, method):
    assert getattr(client, method)(page(link.token)).status_code == 405


def test_revoking_twice_is_once(holder, link):
    first = revoke_link(link=link, actor=holder).revoked_at

    assert revoke_link(link=link, actor=holder).revoked_at == first
    assert AuditEntry.objects.filter(action="credits.revoke_transcript_link").count() == 1


def test_the_pdf_of_a_link_bears_its_qr_code(client, link):
    answer = client.get(f"{page(link.token)}transcript.pdf")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"].startswith('attachment; filename="transcript-zoe-')
