"""A cache that is away fails no page."""

import logging
import time

import pytest
import redis
from django.conf import settings as django_settings
from django.core.cache import caches

from core.cache import ForgivingRedisCache
from smrt_platform import settings as production
from tests.factories.accounts import PASSWORD, UserFactory


@pytest.fixture(autouse=True)
def awake(monkeypatch):
    monkeypatch.setattr(ForgivingRedisCache, "_rests_until", 0.0)


@pytest.fixture
def nowhere(tmp_path):
    return ForgivingRedisCache(f"unix://{tmp_path}/no.sock", production.CACHES["default"])


@pytest.fixture
def here():
    number = 15
    cache = ForgivingRedisCache(f"{django_settings.REDIS_URL}?db={number}", production.CACHES["default"])
    yield cache
    with redis.Redis.from_url(django_settings.REDIS_URL, db=number) as client:
        client.flushdb()


def test_it_is_a_cache_when_it_is_there(here):
    here.set("one", 1)

    assert (here.get("one"), here.add("one", 2), here.incr("one"), here.has_key("two"), here.delete("one"), here.get("one")) == (1, False, 2, False, True, None)


def test_a_missing_key_is_still_an_error_of_the_caller(here):
    with pytest.raises(ValueError, match="not found"):
        here.incr("nothing")


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (lambda cache: cache.get("one", "else"), "else"),
        (lambda cache: cache.set("one", 1), None),
        (lambda cache: cache.add("one", 1), True),
        (lambda cache: cache.incr("one"), 1),
        (lambda cache: cache.delete("one"), False),
        (lambda cache: cache.get_many(["one"]), {}),
        (lambda cache: cache.set_many({"one": 1}), []),
        (lambda cache: cache.delete_many(["one"]), None),
        (lambda cache: cache.touch("one"), False),
        (lambda cache: cache.has_key("one"), False),
        (lambda cache: cache.clear(), False),
        (lambda cache: cache.get_or_set("one", 5), 5),
    ],
)
def test_it_answers_like_an_empty_cache_when_it_is_away(nowhere, ask, answer):
    assert ask(nowhere) == answer


def test_it_is_left_alone_for_a_while_and_the_log_says_so_once(nowhere, caplog):
    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            nowhere.get("one")

    assert len(caplog.records) == 1
    assert "rate limits are off" in caplog.text
    assert time.monotonic() < ForgivingRedisCache._rests_until


def test_people_sign_in_and_the_api_answers_without_the_cache(client, db, settings, tmp_path):
    """Control: with Django's own backend both requests end in an error."""
    settings.CACHES = {"default": {**production.CACHES["default"], "LOCATION": f"unix://{tmp_path}/no.sock"}}
    settings.ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip"}
    user = UserFactory()
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    client.post("/account/login/", {"login": user.email, "password": PASSWORD})

    assert isinstance(caches["default"], ForgivingRedisCache)
    assert client.get("/dashboard/").status_code == 200
