"""Who gets in: the table of tests/access/table.py held against every address of the site."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access.table import ELSEWHERE, TABLE
from tests.access.world import PEOPLE, build_world


def routes(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[str]:
    """The full name of every address outside Django's admin, which has its own table of permissions."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"
        elif pattern.namespace != "admin":
            yield from routes(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)


def is_let_in(response) -> bool:
    """A redirect to sign-in, 401, 403 and 404 keep a person out; a form's refusal (409, 422) is shown to somebody inside."""
    if response.status_code in (301, 302):
        return not response["Location"].startswith("/account/login/")
    return response.status_code not in (401, 403, 404)


def test_every_route_has_a_row():
    names = set(routes())

    assert names - set(TABLE) - set(ELSEWHERE) == set()
    assert (set(TABLE) | set(ELSEWHERE)) - names == set(), "rows of addresses that are gone"


@pytest.mark.django_db
@pytest.mark.parametrize("person", PEOPLE)
def test_the_table_holds_for(person):
    world = build_world()
    client, user = Client(), world.people[person]
    if user:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    wrong = []
    for name, row in TABLE.items():
        with transaction.atomic():
            response = client.generic(row.method, reverse(name, kwargs=row.kwargs(world.things)) + row.query, row.body(world.things), row.content_type)
            transaction.set_rollback(True)
        if is_let_in(response) != row.lets_in(person):
            wrong.append(f"{row.method} {name} answered {response.status_code}; the table says {'in' if row.lets_in(person) else 'out'}")
        if user:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    assert wrong == []
