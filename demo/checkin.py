"""A phone at the door of yesterday's workshop: somebody came without a seat, and one entry waits for a decision."""

from __future__ import annotations

import uuid
from datetime import timedelta

from accounts.models import User
from demo.roster import SLUG
from workshops.checkin.devices import claim_device, claim_link, enrol_device, note_contact
from workshops.checkin.selectors import milliseconds
from workshops.checkin.sync import Entry, sync_entries
from workshops.models import Workshop


def make_checkin(*, instructor: User) -> None:
    """After `make_roster`. Safe to repeat."""
    workshop = Workshop.objects.filter(slug=SLUG).select_related("venue").first()
    if workshop is None or workshop.starts_at is None or workshop.devices.exists():
        return
    device = enrol_device(workshop=workshop, name="Phone at the door", by=instructor)
    device = claim_device(code=claim_link(device, "").partition("#join=")[2], claim=uuid.uuid4())
    first = workshop.blocks.filter(kind="instruction").earliest("starts_at")
    seat = workshop.seats.confirmed().select_related("learner").earliest("pk")
    left = Entry(uuid.uuid4(), "out", milliseconds(first.ends_at - timedelta(minutes=25)), skew_ms=0, seat=seat.pk, block=first.pk, note="Took a call outside.")
    came = milliseconds(workshop.starts_at + timedelta(minutes=4))
    note = "Saw the poster, would pay at the door."
    walk_in = Entry(uuid.uuid4(), "walk_in", came, skew_ms=0, block=first.pk, name="Robin Vale", email="robin.vale@example.org", note=note)
    sync_entries(device=device, entries=[walk_in, left], skew_ms=0)
    note_contact(device=device, skew_ms=0, unsent=0)
