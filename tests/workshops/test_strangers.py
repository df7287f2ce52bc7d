"""Whoever runs one workshop reaches nothing of another's: every address below one is tried, by every method."""

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from accounts.models import Role
from tests.factories.accounts import UserFactory, user_with_role
from tests.workshops.checkin.factories import claimed_device, entry, running_workshop, sync
from workshops.models import Attendance, Seat, WalkIn, Workshop

ROOTS = ("api/v1/workshops/", "desk/workshops/")
NAMES = re.compile(r"<(?:\w+:)?(\w+)>")
METHODS = ("get", "post", "put", "patch", "delete")
ANYBODYS = {"workshop-registration"}  # what a workshop asks of oneself


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, str]]:
    """(address with its converters, name) of every route that is written as a path."""
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, address)
        elif "(?P" not in address:
            yield address, pattern.name or ""


@pytest.fixture
def room(client, db):
    """A workshop that runs, with a phone, an arrival and somebody without a seat; what its addresses may name."""
    workshop = running_workshop()
    seat, block, device = workshop.seats.first(), workshop.blocks.first(), claimed_device(workshop)
    sync(client, device, entry("in", seat=seat, block=block), entry("walk_in", block=block, name="Wim"))
    walk_in = WalkIn.objects.get()
    known = {"slug": workshop.slug, "pk": workshop.pk, "seat": seat.pk, "block": block.pk, "device": device.pk, "kind": "badges"}
    return known | {"entry": Attendance.objects.get().pk, "nonce": walk_in.nonce, "walk_in": walk_in.pk, "to": workshop.pk}


def answers_to(person, client, room):
    """(how many addresses were tried, those that answered with anything but a refusal)."""
    client.force_login(person)
    api = APIClient()
    api.force_authenticate(person)
    tried, answered = 0, []
    for address, name in routes(get_resolver().url_patterns):
        named = set(NAMES.findall(address))
        if not address.startswith(ROOTS) or not named & {"slug", "pk"} or name in ANYBODYS:
            continue
        path = "/" + NAMES.sub(lambda found: str(room.get(found[1], 1)), address)
        for method in METHODS:
            tried += 1
            status = (api if address.startswith(ROOTS[0]) else client).generic(method.upper(), path, "{}", content_type="application/json").status_code
            if status not in (400, 403, 404, 405, 409):
                answered.append((method, path, status))
    return tried, answered


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, None])
def test_no_address_of_a_workshop_answers_whom_it_does_not_concern(client, room, role):
    tried, answered = answers_to(user_with_role(role) if role else UserFactory(), client, room)

    assert (tried > 400, answered) == (True, [])
    assert Seat.objects.confirmed().count() == 2


def test_the_same_addresses_answer_who_runs_it(client, room):
    assert len(answers_to(Workshop.objects.get().instructor, client, room)[1]) > 25
