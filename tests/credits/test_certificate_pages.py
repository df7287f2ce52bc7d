"""Who sees what of a certificate, and what the public pages say."""

import base64
import re

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format
from redis.exceptions import RedisError

from accounts.models import Role
from core.limits import client_address
from credits import services as ledger
from credits.certificates import public
from credits.certificates.services import issue_certificate, purge_certificate, set_status_only, stored_pdf, suspend_certificate
from credits.models import Certificate, CertificateField, RevocationReason
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import LONG_AGO, AwardFactory, BoardFactory, LicenceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    cache.clear()


@pytest.fixture
def certificate() -> Certificate:
    """One whose paper carries a licence number."""
    board = BoardFactory(name="Florida Board of Massage Therapy", certificate_fields=[CertificateField.LICENCE_NUMBER])
    user = UserFactory(email="zoe.private@example.org")
    licence = LicenceFactory(user=user, board=board, number="MA-SECRET-77")
    award = AwardFactory(dossier__user=user, dossier__facts={"exam": {"score": 83}}, accreditation__board=board, licence=licence)
    return issue_certificate(award=award)


def page_url(certificate: Certificate) -> str:
    return reverse("verify:certificate_page", args=[certificate.token])


def test_the_page_says_that_it_is_valid_and_what_it_says(client, certificate):
    answer = client.get(page_url(certificate))
    text = answer.content.decode()

    assert answer.status_code == 200
    snapshot = certificate.snapshot
    for fact in ("Valid", "Zoë Đặng", snapshot["title"], "6 hours", "Florida Board of Massage Therapy", snapshot["approval_number"], certificate.serial):
        assert fact in text
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("name", ["certificate_page", "certificate_json", "certificate_jwt"])
def test_nothing_private_is_public(client, certificate, name):
    body = client.get(reverse(f"verify:{name}", args=[certificate.token])).content
    if name == "certificate_jwt":
        body = b"".join(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)) for part in body.split(b".")[:2])

    assert certificate.snapshot["licence"]["number"] == "MA-SECRET-77"  # on the paper
    body = body.replace(certificate.serial.encode(), b"").replace(certificate.token.encode(), b"")  # random: they may hold any two digits
    for private in (b"MA-SECRET-77", b"zoe.private", b"example.org", b"score", b"83 "):
        assert private not in body


def test_a_replaced_one_links_forward_and_the_new_one_back(client, certificate):
    officer = user_with_role(Role.CE_OFFICER)
    new = issue_certificate(award=ledger.correct_award(officer=officer, award=certificate.award, reason="x", changes={"legal_name": "Zoé Đặng"}))

    old_page, new_page = client.get(page_url(certificate)).content.decode(), client.get(page_url(new)).content.decode()

    assert "Replaced by a newer version" in old_page
    assert page_url(new) in old_page
    assert page_url(certificate) in new_page
    assert client.get(reverse("verify:certificate_json", args=[certificate.token])).json()["status"] == "superseded"


def test_the_version_after_keeps_its_holders_wish_to_show_the_status_only(client, certificate):
    set_status_only(certificate=certificate, is_status_only=True, actor=None)

    corrected = ledger.correct_award(officer=user_with_role(Role.CE_OFFICER), award=certificate.award, reason="x", changes={"legal_name": "Zoé Đặng"})
    new = issue_certificate(award=corrected)

    assert new.is_status_only
    assert "Zoé Đặng" not in client.get(page_url(new)).content.decode()


@pytest.mark.parametrize("kid", ["none", "%00", "a%20b"])
def test_a_key_that_never_was_is_not_found(client, kid):
    assert client.get(f"/c/keys/{kid}.json").status_code == 404


def test_a_suspended_and_a_revoked_one_say_so_with_the_date(client, certificate):
    officer = user_with_role(Role.CE_OFFICER)
    suspend_certificate(certificate=certificate, actor=officer, reason="An internal note")
    suspended = client.get(page_url(certificate)).content.decode()
    ledger.revoke_award(officer=officer, award=certificate.award, reason_class=RevocationReason.APPROVAL_NOT_VALID, reason="An internal note")
    revoked = client.get(page_url(certificate)).content.decode()

    certificate.refresh_from_db()
    assert "Suspended" in suspended
    assert "Revoked" in revoked
    assert f"on {date_format(certificate.revoked_at)}" in revoked
    assert "the approval did not cover it" in revoked
    assert "An internal note" not in suspended + revoked
    facts = client.get(reverse("verify:certificate_json", args=[certificate.token])).json()
    assert (facts["status"], facts["reason"]) == ("revoked", "approval_not_valid")


def test_the_holder_can_hide_all_but_the_status(client, certificate):
    client.force_login(certificate.award.dossier.user)
    client.post(reverse("credits:certificate_privacy", args=[certificate.pk]), {"status_only": "yes"})

    stranger = Client()
    text = stranger.get(page_url(certificate)).content.decode()
    assert "Valid" in text
    assert "Zoë" not in text
    assert certificate.snapshot["title"] not in text
    assert "name" not in stranger.get(reverse("verify:certificate_json", args=[certificate.token])).json()
    assert stranger.get(reverse("verify:certificate_jwt", args=[certificate.token])).status_code == 403


def test_only_the_holder_can_hide_it(client, certificate):
    client.force_login(UserFactory())

    assert client.post(reverse("credits:certificate_privacy", args=[certificate.pk]), {"status_only": "yes"}).status_code == 404
    certificate.refresh_from_db()
    assert not certificate.is_status_only


def test_a_purged_one_keeps_its_status_and_is_never_missing(client):
    certificate = issue_certificate(award=AwardFactory(dossier__completed_at=LONG_AGO))
    purge_certificate(certificate=certificate, actor=None, reason="Retention ended")

    answer = client.get(page_url(certificate))

    assert answer.status_code == 200
    assert "Valid" in answer.content.decode()
    assert "Zoë" not in answer.content.decode()


ACCESS = [
    # who, page, json, jwt, pdf, list
    ("stranger", 200, 200, 200, 302, 302),
    ("learner", 200, 200, 200, 404, 200),
    ("owner", 200, 200, 200, 200, 200),
    (Role.INSTRUCTOR, 200, 200, 200, 404, 200),
    (Role.CE_OFFICER, 200, 200, 200, 200, 200),
    (Role.STAFF, 200, 200, 200, 200, 200),
]


@pytest.mark.parametrize(("who", "page", "as_json", "jwt", "pdf", "listed"), ACCESS)
def test_who_may_open_what(client, certificate, who, page, as_json, jwt, pdf, listed):
    if who == "owner":
        client.force_login(certificate.award.dossier.user)
    elif who != "stranger":
        client.force_login(UserFactory() if who == "learner" else user_with_role(who))

    answers = [client.get(reverse(f"verify:certificate_{name}", args=[certificate.token])).status_code for name in ("page", "json", "jwt", "pdf")]

    assert answers == [page, as_json, jwt, pdf]
    assert client.get(reverse("credits:certificate_list")).status_code == listed


def test_the_owner_downloads_the_very_bytes(client, certificate):
    client.force_login(certificate.award.dossier.user)

    answer = client.get(reverse("verify:certificate_pdf", args=[certificate.token]))

    assert answer.content == stored_pdf(certificate)
    assert answer["Content-Disposition"] == f'attachment; filename="certificate-{certificate.serial}.pdf"'
    assert answer["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("token", ["x", "7k3f92qdabcdefghjkmnpqrstu", "..%2f..%2fetc%2fpasswd", "%F0%9F%91%8B"])
@pytest.mark.parametrize("suffix", ["/", ".json", ".jwt"])
def test_a_mistyped_address_is_refused_with_the_way_out_and_changes_nothing(client, certificate, token, suffix):
    before = Certificate.objects.values().get()

    answer = client.get(f"/c/{token}{suffix}")

    assert answer.status_code == 404
    if suffix == "/" and "%2f" not in token:
        assert "serial" in answer.content.decode()
    assert Certificate.objects.values().get() == before


def test_one_wrong_character_of_a_real_address_is_not_found(client, certificate):
    wrong = ("2" if certificate.token[0] != "2" else "3") + certificate.token[1:]

    assert client.get(reverse("verify:certificate_page", args=[wrong])).status_code == 404
    assert client.get(reverse("verify:certificate_page", args=[certificate.token.upper()])).status_code == 200


def test_serial_and_surname_together_find_the_page(client, certificate):
    answer = client.post(reverse("verify:lookup"), {"serial": certificate.serial.lower().replace("-", " "), "surname": "dang"})

    assert answer.status_code == 302
    assert answer["Location"] == page_url(certificate)


def test_unknown_and_malformed_get_the_same_answer(client, certificate):
    from credits.certificates.codes import new_serial

    def answer(serial, surname):
        found = client.post(reverse("verify:lookup"), {"serial": serial, "surname": surname})
        text = re.sub(r'(value|x-csrftoken": )="?[^>]*', "", found.content.decode())  # what was typed comes back; the rest must not differ
        return found.status_code, re.sub(r"hx-headers='[^']*'", "", text)

    answers = {answer(certificate.serial, "Smith"), answer(new_serial(), "Dang"), answer("rubbish", "Dang"), answer("SMRT-0000-0000", "Dang")}

    assert len(answers) == 1
    status, text = answers.pop()
    assert status == 404
    assert "Compare each character" in text


def test_guessing_serials_is_slowed_down(client):
    answers = [client.post(reverse("verify:lookup"), {"serial": "SMRT-2222-2222", "surname": "x"}).status_code for _ in range(22)]

    assert answers[:20] == [404] * 20
    assert answers[20:] == [429] * 2


def test_guessing_addresses_is_slowed_down_but_a_real_one_still_opens(client, certificate):
    answers = [client.get(f"/c/{'2' * 26}/").status_code for _ in range(61)]

    assert answers[-1] == 429
    assert client.get(page_url(certificate)).status_code == 200


def drop(client, certificate, data: bytes):
    file = SimpleUploadedFile("paper.pdf", data, content_type="application/pdf")
    answer = client.post(reverse("verify:certificate_check", args=[certificate.token]), {"file": file})
    return answer.status_code, answer.content.decode()


def test_a_dropped_file_is_told_genuine_older_altered_or_other(certificate):
    client = Client(enforce_csrf_checks=True)
    officer = user_with_role(Role.CE_OFFICER)
    new = issue_certificate(award=ledger.correct_award(officer=officer, award=certificate.award, reason="x", changes={"legal_name": "Zoé Đặng"}))
    old_file, new_file = stored_pdf(certificate), stored_pdf(new)

    assert "This is the file we issued" in drop(client, new, new_file)[1]
    assert "This is an older version" in drop(client, new, old_file)[1]
    assert "This is a newer version" in drop(client, certificate, new_file)[1]
    assert "This file was altered" in drop(client, new, new_file + b"\n% added")[1]
    assert "This is not the file we issued" in drop(client, new, new_file[:-1] + b" ")[1]
    assert drop(client, new, b"0" * 2_500_000)[0] == 413
    assert client.post(reverse("verify:certificate_check", args=[new.token])).status_code == 422


def test_the_word_on_a_dropped_file_stands_above_the_certificates_own_status(client, certificate):
    page = drop(client, certificate, stored_pdf(certificate)[:-1] + b" ")[1]

    assert page.index("This is not the file we issued") < page.index("<h1>")


def test_a_dropped_file_is_kept_nowhere(client, certificate, tmp_path):
    before = sorted(tmp_path.rglob("*"))

    drop(client, certificate, b"%PDF my own secret paper")

    assert sorted(tmp_path.rglob("*")) == before


def test_the_list_costs_the_same_for_one_and_for_three(client, django_assert_num_queries):
    user = UserFactory()
    client.force_login(user)
    issue_certificate(award=AwardFactory(dossier__user=user))
    url = reverse("credits:certificate_list")
    client.get(url)
    with django_assert_num_queries(10, exact=False) as one:
        text = client.get(url).content.decode()
    assert "Download PDF" in text
    for _ in range(2):
        issue_certificate(award=AwardFactory(dossier__user=user))
    with django_assert_num_queries(len(one)):
        client.get(url)


def test_the_list_shows_a_refusal_as_a_sentence_and_a_stranger_nothing(client):
    user = UserFactory()
    award = AwardFactory(dossier__user=user, units=7)
    with pytest.raises(Exception, match="differ"):
        issue_certificate(award=award)
    client.force_login(user)

    assert "differ from the approval" in client.get(reverse("credits:certificate_list")).content.decode()
    client.force_login(UserFactory())
    assert "No certificates yet" in client.get(reverse("credits:certificate_list")).content.decode()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_public_pages_are_accessible_and_fit(certificate, live_site, new_page, axe, width):
    page = new_page(width=width)
    for path in (page_url(certificate), "/c/", "/c/nothing/"):
        page.goto(live_site + path)
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_cache_that_is_away_refuses_nobody(client, certificate, monkeypatch):
    def away(*args, **kwargs):
        raise RedisError("Connection refused")

    monkeypatch.setattr(public, "is_ratelimited", away)

    assert client.get("/c/nothing/").status_code == 404
    assert client.post(reverse("verify:lookup"), {"serial": certificate.serial, "surname": "Đặng"}).status_code == 302


def test_a_visitor_is_counted_by_the_address_the_outermost_trusted_proxy_saw(rf, settings):
    request = rf.get("/c/", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9, 10.0.0.2", REMOTE_ADDR="10.0.0.3")

    seen = []
    for settings.TRUSTED_PROXIES in (0, 1, 2):
        seen.append(client_address("group", request))

    assert seen == ["10.0.0.3", "10.0.0.2", "203.0.113.9"]


def test_a_head_request_is_answered_like_a_get(client, certificate):
    assert client.head(page_url(certificate)).status_code == 200
