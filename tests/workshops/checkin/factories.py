"""A room of people, a phone at its door, and what the phone would send."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Role
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import SeatFactory, workshop_with_blocks
from workshops.checkin.devices import claim_device, claim_link, enrol_device, token_of
from workshops.checkin.selectors import milliseconds
from workshops.models import CheckinDevice, Workshop

DRAWING = {"width": 300, "height": 150, "strokes": [[[10, 10], [60, 90], [120, 40]], [[130, 30], [200, 100]]]}


def running_workshop(people: int = 2, **fields: Any) -> Workshop:
    """It began an hour ago: two hours left of its first block."""
    instructor = fields.pop("instructor", None) or user_with_role(Role.INSTRUCTOR)
    starts_at = (timezone.now() - timedelta(hours=1)).replace(second=0, microsecond=0)
    workshop = workshop_with_blocks(starts_at=starts_at, instructor=instructor, **fields)
    for name in ("Ada Rivera", "Ben Okafor", "Chloë Marsh", "Dev Patel")[:people]:
        SeatFactory(workshop=workshop, learner=UserFactory(display_name=name))
    return workshop


def claimed_device(workshop: Workshop, name: str = "Ada’s phone", by: Any = None) -> CheckinDevice:
    device = enrol_device(workshop=workshop, name=name, by=by or workshop.instructor)
    return claim_device(code=claim_link(device, "").partition("#join=")[2], claim=uuid.uuid4())


def device_headers(device: CheckinDevice) -> dict[str, str]:
    return {"Authorization": f"Device {token_of(device)}"}


def entry(kind: str = "in", *, seat: Any = None, block: Any = None, minutes_ago: float = 10, skew_ms: int | None = 0, **fields: Any) -> dict[str, Any]:
    """What a phone sends of one gesture; `skew_ms` ahead of our clock."""
    made = milliseconds(timezone.now() - timedelta(minutes=minutes_ago)) + (skew_ms or 0)
    values: dict[str, Any] = {"nonce": str(uuid.uuid4()), "kind": kind, "made_ms": made, "skew_ms": skew_ms}
    if seat is not None:
        values["seat"] = seat.pk
    if block is not None:
        values["block"] = block.pk
    return values | fields


def sync(client: Any, device: CheckinDevice, *entries: dict[str, Any], skew_ms: int = 0) -> list[dict[str, Any]]:
    body = {"device_ms": milliseconds(timezone.now()) + skew_ms, "entries": list(entries)}
    response = client.post("/api/v1/workshops/checkin/sync/", body, content_type="application/json", headers=device_headers(device))
    assert response.status_code == 200, response.content
    return response.json()["answers"]
