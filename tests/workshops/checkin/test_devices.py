"""A phone is enrolled at the desk, claimed once, and ended at the desk, by the clock or with its person's rights."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import RoleAssignment
from tests.workshops.checkin.factories import claimed_device, device_headers, entry, running_workshop
from workshops.checkin.devices import EnrolmentRefused, claim_device, claim_link, enrol_device, revoke_device, token_of
from workshops.models import Attendance, CheckinDevice

ROSTER = "/api/v1/workshops/checkin/roster/"
SYNC = "/api/v1/workshops/checkin/sync/"


def code_of(device):
    return claim_link(device, "").partition("#join=")[2]


def test_a_link_is_claimed_once_and_the_same_phone_may_ask_again(client, db):
    workshop = running_workshop()
    device = enrol_device(workshop=workshop, name="Door", by=workshop.instructor)
    mine = {"code": code_of(device), "claim": str(uuid.uuid4())}

    first = client.post("/api/v1/workshops/checkin/claim/", mine, content_type="application/json")
    lost = client.post("/api/v1/workshops/checkin/claim/", mine, content_type="application/json")
    other = client.post("/api/v1/workshops/checkin/claim/", {**mine, "claim": str(uuid.uuid4())}, content_type="application/json")

    assert first.json() == lost.json() == {"token": token_of(device), "workshop": workshop.pk}
    assert (other.status_code, other.json()["code"]) == (409, "claimed")


@pytest.mark.parametrize("code", ["", "nonsense", "0" * 32 + ":abc"])
def test_a_code_that_we_did_not_sign_is_refused(db, code):
    with pytest.raises(EnrolmentRefused, match="not whole"):
        claim_device(code=code, claim=uuid.uuid4())


def test_a_token_is_no_claim_and_a_claim_no_token(client, db):
    workshop = running_workshop()
    device = enrol_device(workshop=workshop, name="Door", by=workshop.instructor)

    with pytest.raises(EnrolmentRefused):
        claim_device(code=token_of(device), claim=uuid.uuid4())
    assert client.get(ROSTER, headers={"Authorization": f"Device {code_of(device)}"}).status_code == 403
    assert client.get(ROSTER, headers={"Authorization": f"Device {token_of(device)}"}).status_code == 403, "not claimed yet"


def test_a_link_is_over_after_half_an_hour(db):
    workshop = running_workshop()
    device = enrol_device(workshop=workshop, name="Door", by=workshop.instructor)
    CheckinDevice.objects.update(claim_until=timezone.now() - timedelta(seconds=1))

    with pytest.raises(EnrolmentRefused, match="over"):
        claim_device(code=code_of(device), claim=uuid.uuid4())


def test_no_phone_is_enrolled_for_a_cancelled_workshop(db):
    workshop = running_workshop(state="cancelled")

    with pytest.raises(EnrolmentRefused, match="cancelled"):
        enrol_device(workshop=workshop, name="Door", by=workshop.instructor)
    assert not CheckinDevice.objects.exists()


def revoke(device, workshop):
    revoke_device(device=device, by=workshop.instructor)


def expire(device, workshop):
    CheckinDevice.objects.update(expires_at=timezone.now())


def take_role(device, workshop):
    RoleAssignment.objects.filter(user=workshop.instructor).delete()


def lock_out(device, workshop):
    workshop.instructor.is_active = False
    workshop.instructor.save()


@pytest.mark.parametrize(
    ("end", "code"), [(revoke, "device_revoked"), (expire, "device_expired"), (take_role, "no_longer_allowed"), (lock_out, "no_longer_allowed")]
)
def test_a_phone_that_is_ended_reads_and_sends_nothing(client, db, end, code):
    workshop = running_workshop()
    device = claimed_device(workshop)
    seat, block = workshop.seats.first(), workshop.blocks.first()
    assert client.get(ROSTER, headers=device_headers(device)).status_code == 200

    end(device, workshop)
    answers = [
        client.get(ROSTER, headers=device_headers(device)),
        client.post(SYNC, {"device_ms": 1, "entries": [entry("in", seat=seat, block=block)]}, content_type="application/json", headers=device_headers(device)),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, code)] * 2
    assert not Attendance.objects.exists()


def test_a_session_is_no_phone(client, db):
    workshop = running_workshop()
    client.force_login(workshop.instructor, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get(ROSTER).status_code == 401


def test_a_phone_needs_no_session_and_works_days_after(client, db):
    workshop = running_workshop()
    device = claimed_device(workshop)

    assert device.expires_at > workshop.ends_at + timedelta(days=6)
    assert client.get(ROSTER, headers=device_headers(device)).status_code == 200
    assert CheckinDevice.objects.get().last_seen_at is not None
