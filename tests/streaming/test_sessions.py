"""The API of an open player: who may open, beat, renew and close, and what a refusal says."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from streaming.beat_keys import make_beat_key
from streaming.models import Grant, PlaybackSession, WatchEvidence
from streaming.services import open_session, revoke_grants
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.streaming import GrantFactory
from tests.streaming.clock import let_pass

pytestmark = pytest.mark.django_db

OPEN = "/api/v1/streaming/sessions"


@pytest.fixture
def grant():
    return GrantFactory()


@pytest.fixture
def owner(client, grant):
    client.force_login(grant.user)
    return client


def post(client, path, body, **headers):
    return client.post(path, json.dumps(body), content_type="application/json", **headers)


def beat(seq=1, ranges=((0, 10_000),), **more):
    return {"seq": seq, "ranges": [list(pair) for pair in ranges], "position_ms": 10_000, "rate": 1, "visible": True, **more}


def test_opening_gives_all_a_player_needs(owner, grant):
    answer = post(owner, OPEN, {"grant": grant.pk})

    assert answer.status_code == 201
    session = PlaybackSession.objects.get()
    opened = answer.json()
    assert opened["token"] == str(session.token)
    assert opened["beats"] == f"/api/v1/streaming/sessions/{session.token}/beats"
    assert opened["base"].startswith("/v/")
    assert opened["base"].endswith(f"/{grant.asset.uuid}/{grant.asset.release}/")
    assert (opened["position_ms"], opened["duration_ms"], opened["missing"], opened["rate_cap"]) == (0, 600_000, [[0, 600_000]], 2.0)
    assert (opened["window_s"], opened["streams"], opened["viewer_mark"]) == (60, 1, "")


def test_a_browsers_own_player_gets_an_address_that_stays_and_its_pass_by_cookie(owner, grant):
    opened = post(owner, OPEN, {"grant": grant.pk, "native": True})
    renewed = owner.get(opened.json()["address"], {"native": "1"})

    for answer in (opened, renewed):
        assert answer.json()["base"] == f"/v/native/{grant.asset.uuid}/{grant.asset.release}/"
        cookie = answer.cookies["video"]
        assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (answer.json()["base"], True, "Strict")
    assert owner.get(opened.json()["address"]).cookies.get("video") is None
    Grant.objects.update(revoked_at=Now(), revoke_reason="Refunded.")
    refused = owner.get(opened.json()["address"], {"native": "1"})
    assert (refused.status_code, dict(refused.cookies)) == (409, {})


@pytest.mark.parametrize("content_type", ["text/plain;charset=UTF-8", "application/json", "application/x-www-form-urlencoded"])
def test_the_farewell_of_a_closing_page_is_taken_as_a_beacon_sends_it(grant, content_type):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(grant.user)
    session = open_session(grant=grant)
    key = make_beat_key(browser.get(reverse("account_login")).wsgi_request, session.token, grant.user_id)
    let_pass(session, 10)

    body = json.dumps(beat(key=key))
    answer = browser.post(reverse("streaming_api:session_beats", args=[session.token]), body, content_type=content_type)

    assert (answer.status_code, answer.json()["credited_ms"]) == (200, 10_000)


def test_a_beat_by_key_needs_no_csrf_token_and_asks_the_database_once(grant, django_assert_num_queries):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(grant.user)
    browser.get("/")
    session = open_session(grant=grant)
    request = browser.get(reverse("account_login")).wsgi_request
    key = make_beat_key(request, session.token, grant.user_id)
    let_pass(session, 10)

    with django_assert_num_queries(1):
        answer = browser.post(reverse("streaming_api:session_beats", args=[session.token]), json.dumps(beat(key=key)), content_type="text/plain")

    assert answer.status_code == 200
    assert answer.json() == {
        "credited_ms": 10_000,
        "covered_ms": 10_000,
        "duration_ms": 600_000,
        "fraction": 10_000 / 600_000,
        "missing": [[10_000, 600_000]],
        "stop": False,
        "message": "",
        "state": "open",
    }


def test_a_beat_without_key_goes_by_login_and_csrf_token(grant):
    session = open_session(grant=grant)
    path = reverse("streaming_api:session_beats", args=[session.token])
    careless = Client(enforce_csrf_checks=True)
    careless.force_login(grant.user)

    assert post(careless, path, beat()).status_code == 403
    assert post(Client(), path, beat()).status_code == 403
    assert WatchEvidence.objects.get().covered == []

    browser = Client()
    browser.force_login(grant.user)
    assert post(browser, path, beat()).status_code == 200


def test_i_watched_all_of_it_is_credited_seconds_and_told_so(owner, grant, spent_ms):
    opened = post(owner, OPEN, {"grant": grant.pk}).json()
    let_pass(PlaybackSession.objects.get(), 5)

    answer = post(owner, opened["beats"], beat(ranges=[(0, 600_000)], key=opened["key"])).json()

    assert 12_000 <= answer["credited_ms"] <= 12_000 + 2 * spent_ms()
    assert answer["message"].startswith("You claimed 600 s; ")


def test_a_key_opens_nothing_in_another_browser_or_for_another_session(owner, grant):
    opened = post(owner, OPEN, {"grant": grant.pk}).json()
    other = open_session(grant=GrantFactory())
    elsewhere = Client()
    elsewhere.force_login(grant.user)

    for browser, path in [
        (elsewhere, opened["beats"]),
        (Client(), opened["beats"]),
        (owner, reverse("streaming_api:session_beats", args=[other.token])),
    ]:
        answer = post(browser, path, beat(key=opened["key"]))
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_session")
    forged = f"{grant.user_id}.{'A' * 43}"
    for key in [forged, "", "1", None, 5, ["x"], opened["key"] + "A", "٣." + "A" * 43]:
        answer = post(Client(), opened["beats"], beat(key=key))
        assert answer.status_code in {403, 404}
    assert not WatchEvidence.objects.exclude(covered=[]).exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'"x"', b"[" * 5000])
def test_a_body_that_is_no_json_object_is_refused(owner, grant, body):
    opened = post(owner, OPEN, {"grant": grant.pk}).json()

    answer = owner.post(opened["beats"], body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_beat")


def test_a_malformed_beat_answers_400_with_the_field(owner, grant):
    opened = post(owner, OPEN, {"grant": grant.pk}).json()

    answer = post(owner, opened["beats"], beat(ranges=[(5, 5)], key=opened["key"]))

    assert answer.status_code == 400
    assert answer.json() == {"code": "malformed_beat", "detail": "Each of ranges must be a pair [start, end] of whole milliseconds with 0 ≤ start < end."}


def test_a_huge_body_is_refused_before_it_is_read(owner, grant):
    opened = post(owner, OPEN, {"grant": grant.pk}).json()

    answer = post(owner, opened["beats"], {"padding": "x" * 20_000})

    assert (answer.status_code, answer.json()["detail"]) == (400, "A beat is at most 16 kB.")


def test_a_flood_is_answered_429(owner, grant):
    opened = post(owner, OPEN, {"grant": grant.pk}).json()
    PlaybackSession.objects.update(beats=100)

    answer = post(owner, opened["beats"], beat(key=opened["key"]))

    assert (answer.status_code, answer["Retry-After"], answer.json()["code"]) == (429, "10", "too_many_beats")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"revoked_at": Now(), "revoke_reason": "The order was refunded."}, "The order was refunded."),
        ({"expires_at": Now() - timedelta(seconds=1)}, "The time to watch this video has run out. Open the course page to see what you can do."),
    ],
)
def test_a_grant_not_in_force_opens_nothing_and_renews_nothing(owner, grant, change, message):
    opened = post(owner, OPEN, {"grant": grant.pk}).json()
    assert owner.get(opened["address"]).json()["base"].startswith("/v/")
    Grant.objects.update(**change)

    for answer in [post(owner, OPEN, {"grant": grant.pk}), owner.get(opened["address"])]:
        assert (answer.status_code, answer.json()) == (409, {"code": "may_not_watch", "detail": message})
    assert PlaybackSession.objects.count() == 1


def test_an_asset_that_is_not_ready_opens_nothing(owner, grant):
    type(grant.asset).objects.update(state="processing", release="")

    answer = post(owner, OPEN, {"grant": grant.pk})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_playable")


def test_a_closed_player_renews_nothing_and_beats_nothing(owner, grant):
    opened = post(owner, OPEN, {"grant": grant.pk}).json()

    assert post(owner, opened["close"], {"key": opened["key"]}).json() == {"closed": True}
    assert post(owner, opened["close"], {"key": opened["key"]}).json() == {"closed": True}

    assert owner.get(opened["address"]).json()["code"] == "session_closed"
    assert post(owner, opened["beats"], beat(key=opened["key"])).json()["stop"] is True


def test_a_deactivated_person_is_out(owner, grant):
    opened = post(owner, OPEN, {"grant": grant.pk}).json()
    User.objects.update(is_active=False)

    assert owner.get(opened["address"]).status_code == 403
    assert post(owner, OPEN, {"grant": grant.pk}).status_code == 403
    assert post(owner, opened["beats"], beat(key=opened["key"])).json()["state"] == "deactivated"


# Each row: what a stranger, another learner, an instructor, a CE officer, a member of staff and the owner get.
ACCESS = {
    "open": [403, 404, 404, 404, 404, 201],
    "beats": [403, 404, 404, 404, 404, 200],
    "address": [403, 404, 404, 404, 404, 200],
    "close": [403, 404, 404, 404, 404, 200],
}


@pytest.mark.parametrize("endpoint", ACCESS)
def test_only_the_owner_gets_in(grant, endpoint):
    session = open_session(grant=grant)
    people = [None, UserFactory(), *(user_with_role(role) for role in (Role.INSTRUCTOR, Role.CE_OFFICER, Role.STAFF)), grant.user]
    calls = {
        "open": lambda client: post(client, OPEN, {"grant": grant.pk}),
        "beats": lambda client: post(client, reverse("streaming_api:session_beats", args=[session.token]), beat()),
        "address": lambda client: client.get(reverse("streaming_api:session_address", args=[session.token])),
        "close": lambda client: post(client, reverse("streaming_api:session_close", args=[session.token]), {}),
    }

    statuses = []
    for person in people:
        client = Client()
        if person:
            client.force_login(person)
        statuses.append(calls[endpoint](client).status_code)

    assert statuses == ACCESS[endpoint]


def test_an_unknown_token_is_404_and_a_get_is_405(owner):
    assert post(owner, reverse("streaming_api:session_beats", args=[uuid4()]), beat()).status_code == 404
    assert owner.get(reverse("streaming_api:session_beats", args=[uuid4()])).status_code == 405
    assert owner.get(OPEN).status_code == 405


def test_opening_and_renewing_cost_constant_queries(owner, grant, django_assert_max_num_queries):
    for _ in range(3):
        open_session(grant=grant)
    with django_assert_max_num_queries(18):
        opened = post(owner, OPEN, {"grant": grant.pk}).json()
    with django_assert_max_num_queries(4):
        owner.get(opened["address"])


def test_the_schema_describes_all_four(client):
    client.force_login(UserFactory())
    paths = client.get("/api/v1/schema/", headers={"accept": "application/json"}).json()["paths"]

    assert {"/api/v1/streaming/sessions", *(f"/api/v1/streaming/sessions/{{token}}/{verb}" for verb in ("beats", "address", "close"))} <= set(paths)


def test_a_revocation_reaches_the_open_player_by_its_next_beat(owner, grant):
    opened = post(owner, OPEN, {"grant": grant.pk}).json()
    assert revoke_grants(subject=grant.subject, reason="Access ended on 1 June.") == 1

    answer = post(owner, opened["beats"], beat(key=opened["key"])).json()

    assert (answer["stop"], answer["message"]) == (True, "Access ended on 1 June.")
