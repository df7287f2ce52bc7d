"""What phones send: each entry once, in order, with an answer of its own; what cannot be recorded waits for a person."""

import json
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.db.utils import InternalError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.workshops import SeatFactory
from tests.fixtures.at_once import at_once
from tests.workshops.checkin.factories import DRAWING, claimed_device, device_headers, entry, running_workshop, sync
from workshops.booking.tickets import ticket_code, ticket_hash
from workshops.checkin.selectors import phone_roster
from workshops.checkin.serializers import read_entry
from workshops.models import Attendance, CheckinConflict, CheckinDevice, Signature, WalkIn, WorkshopCompletion
from workshops.roster.selectors import standing_log
from workshops.roster.services import complete_seat, mark_block, record_attendance
from workshops.roster.services.log import Proof
from workshops.services import cancel_seat


@pytest.fixture
def room(db):
    workshop = running_workshop()
    return workshop, list(workshop.seats.all()), workshop.blocks.first(), claimed_device(workshop)


def states(answers):
    return [(answer["state"], answer["code"]) for answer in answers]


def kinds(seat):
    return list(standing_log(seat).values_list("kind", flat=True))


def test_an_entry_is_recorded_by_the_schools_clock_with_its_device(client, room):
    workshop, (ada, _ben), block, device = room
    sent = entry("in", seat=ada, block=block, minutes_ago=10, skew_ms=3_600_000)

    answers = sync(client, device, sent, skew_ms=3_600_000)

    line = Attendance.objects.get()
    assert answers == [{"nonce": sent["nonce"], "state": "recorded", "code": "", "detail": ""}]
    assert (str(line.nonce), line.device, line.recorded_by, line.skew_ms) == (sent["nonce"], device, workshop.instructor, 3_600_000)
    assert abs((timezone.now() - timedelta(minutes=10) - line.at).total_seconds()) < 60
    device.refresh_from_db()
    assert abs(device.skew_ms - 3_600_000) < 60_000


def test_a_batch_sent_again_doubled_or_reordered_records_each_entry_once(client, room):
    _workshop, (ada, ben), block, device = room
    sent = [
        entry("in", seat=ada, block=block, minutes_ago=30),
        entry("in", seat=ben, block=block, minutes_ago=29),
        entry("out", seat=ada, block=block, minutes_ago=5),
        entry("walk_in", block=block, name="Wim"),
    ]

    first = sync(client, device, *sent)
    again = sync(client, device, *reversed(sent), *sent)

    assert {answer["state"] for answer in first + again} == {"recorded"}
    assert (Attendance.objects.count(), WalkIn.objects.count(), CheckinConflict.objects.count()) == (3, 1, 0)
    assert (kinds(ada), kinds(ben)) == (["in", "out"], ["in"])


def test_a_departure_that_arrives_before_its_arrival_is_recorded_too(client, room):
    _workshop, (ada, _ben), block, device = room
    arrival, departure = entry("in", seat=ada, block=block, minutes_ago=30), entry("out", seat=ada, block=block, minutes_ago=5)

    sync(client, device, departure)
    sync(client, device, arrival)

    assert kinds(ada) == ["in", "out"]


def test_one_bad_entry_does_not_hold_up_the_others(client, room):
    workshop, (ada, ben), block, device = room
    stranger = SeatFactory()
    batch = [
        entry("in", seat=stranger, block=block),
        {"nonce": "no uuid", "kind": "in"},
        "not even an object",
        entry("dance", seat=ada, block=block),
        entry("in", seat=ada, block=block, signature={"width": 300, "height": 150, "strokes": [[[1, 1], [2, 2]]]}),
        entry("in", seat=ada, block=block, signature={"width": 300, "height": 150, "strokes": [[[999, 1], [2, 2]]]}),
        entry("in", seat=ben, block=block),
    ]

    answers = sync(client, device, *batch)

    assert [state for state, _code in states(answers)] == ["refused"] * 6 + ["recorded"]
    assert states(answers)[0] == ("refused", "no_such_seat")
    assert [answer["detail"] for answer in answers[4:6]] == [
        "That is too small for a signature. Let the person sign again.",
        "The signature cannot be read. Let the person sign again.",
    ]
    assert Attendance.objects.count() == 1
    assert not Signature.objects.exists()
    assert workshop.seats.count() == 2


def test_a_number_that_stands_for_another_entry_is_refused(client, room):
    _workshop, (ada, ben), block, device = room
    sent = entry("in", seat=ada, block=block)
    sync(client, device, sent)

    answers = sync(client, device, {**sent, "seat": ben.pk})

    assert states(answers) == [("refused", "nonce_reused")]
    assert kinds(ben) == []


@pytest.mark.parametrize(
    "strokes", ["x", [], [[]], [["x"]], [[[1]]], [[[1, 2, 3], [90, 90, 3]]], [[["1", "1"], ["90", "90"]]], [[[1, True], [90, 90]]], [[[1, 1]]] * 201, {}]
)
@pytest.mark.parametrize("shape", [lambda strokes: {"width": 300, "height": 150, "strokes": strokes}, lambda strokes: strokes])
def test_what_is_no_drawing_is_refused_by_itself(client, room, strokes, shape):
    _workshop, (ada, ben), block, device = room

    answers = sync(client, device, entry("in", seat=ada, block=block, signature=shape(strokes)), entry("in", seat=ben, block=block))

    assert states(answers) == [("refused", "unreadable"), ("recorded", "")]
    assert not Signature.objects.exists()


def test_a_drawing_of_many_dots_is_read_at_once():
    """A room of people signs in one batch, and a lost phone sends what it likes: a dot costs next to nothing."""
    sent = entry("in", signature={"width": 2000, "height": 2000, "strokes": [[[dot % 2000, place] for dot in range(20)] for place in range(200)]})
    began = time.process_time()

    read = [read_entry(sent) for _time in range(20)]

    assert time.process_time() - began < 0.5
    assert {entry.drawing.width for entry in read} == {2000}
    assert read_entry(sent | {"signature": {"width": 9, "height": 9, "strokes": [[[1, 1]] * 300_000]}}).startswith("The signature cannot be read")
    assert time.process_time() - began < 1


def test_a_signature_is_kept_as_its_lines_and_never_changes(client, room):
    _workshop, (ada, _ben), block, device = room

    sync(client, device, entry("in", seat=ada, block=block, signature=DRAWING))

    signature = Attendance.objects.get().signature
    assert (signature.strokes, signature.width, signature.height) == (DRAWING["strokes"], 300, 150)
    with pytest.raises(InternalError, match="never changes"):
        Signature.objects.update(width=1)


def test_what_is_taken_back_stays_in_the_log_and_counts_no_more(client, room):
    _workshop, (ada, _ben), block, device = room
    arrival = entry("in", seat=ada, block=block)
    back = entry("annul", seat=ada, block=block, annuls=arrival["nonce"])

    answers = sync(client, device, arrival, back, back)

    assert states(answers) == [("recorded", "")] * 3
    assert kinds(ada) == []
    assert list(Attendance.objects.order_by("pk").values_list("kind", "device")) == [("in", device.pk), ("annul", device.pk)]
    assert states(sync(client, device, entry("annul", annuls=arrival["nonce"]))) == [("already", "gone")]


def test_two_phones_at_one_door_agree_and_the_longer_stay_stands(client, room):
    workshop, (ada, ben), block, device = room
    other = claimed_device(workshop, "Bo’s phone")
    sync(client, device, entry("in", seat=ada, block=block, minutes_ago=30), entry("in", seat=ben, block=block, minutes_ago=30))

    later, earlier = sync(client, other, entry("in", seat=ada, block=block, minutes_ago=28), entry("in", seat=ben, block=block, minutes_ago=33))

    assert (later["state"], later["code"], earlier["state"]) == ("already", "agrees", "recorded")
    assert [line.device for line in standing_log(ada)] == [device]
    assert [line.device for line in standing_log(ben)] == [other]


def test_a_longer_stay_from_a_second_phone_keeps_what_the_person_signed(client, room):
    workshop, (ada, ben), block, device = room
    other = claimed_device(workshop, "Bo’s phone")
    sync(
        client,
        device,
        entry("in", seat=ada, block=block, minutes_ago=30, signature=DRAWING),
        entry("in", seat=ben, block=block, minutes_ago=30, on_paper=True),
    )

    sync(client, other, entry("in", seat=ada, block=block, minutes_ago=33), entry("in", seat=ben, block=block, minutes_ago=33))

    hers, his = standing_log(ada).get(), standing_log(ben).get()
    assert (hers.device, hers.signature.strokes) == (other, DRAWING["strokes"])
    assert (his.device, his.awaits_paper) == (other, True)
    assert Attendance.objects.filter(signature__isnull=False).count() == 2, "the first one is still with the line it was drawn for"


def test_what_was_keyed_in_from_paper_keeps_its_own_time_beside_an_unsigned_arrival(client, room):
    workshop, (ada, _ben), block, device = room
    at = timezone.now().replace(microsecond=0) - timedelta(minutes=30)
    record_attendance(seat=ada, block=block, kind="in", at=at, by=workshop.instructor, proof=Proof(on_paper=True))

    answers = sync(client, device, entry("in", seat=ada, block=block, minutes_ago=33))

    assert states(answers) == [("already", "agrees")]
    assert standing_log(ada).get().at == at


def test_two_phones_that_contradict_each_other_leave_the_choice_to_a_person(client, room):
    workshop, (ada, _ben), block, device = room
    other = claimed_device(workshop, "Bo’s phone")
    sync(client, device, entry("in", seat=ada, block=block, minutes_ago=50), entry("out", seat=ada, block=block, minutes_ago=30))

    sent = entry("out", seat=ada, block=block, minutes_ago=10, signature=DRAWING)
    answers = sync(client, other, sent)

    assert states(answers) == [("conflict", "other_device")]
    assert sync(client, other, sent) == answers
    conflict = CheckinConflict.objects.get()
    assert (conflict.seat, conflict.device, conflict.signature.strokes) == (ada, other, DRAWING["strokes"])
    assert kinds(ada) == ["in", "out"]


def test_another_stay_before_one_that_is_known_is_no_contradiction(client, room):
    workshop, (ada, _ben), block, device = room
    other = claimed_device(workshop, "Bo’s phone")
    sync(client, device, entry("in", seat=ada, block=block, minutes_ago=20))

    answers = sync(client, other, entry("in", seat=ada, block=block, minutes_ago=50), entry("out", seat=ada, block=block, minutes_ago=35))

    assert states(answers) == [("recorded", ""), ("recorded", "")]
    assert kinds(ada) == ["in", "out", "in"]


@pytest.mark.parametrize(
    ("fields", "skew_now", "code"),
    [
        ({"minutes_ago": -10}, 0, "in_the_future"),
        ({"minutes_ago": 60 * 48}, 0, "other_day"),
        ({"skew_ms": 0}, 900_000, "clock_changed"),
        ({"block_gone": True}, 0, "schedule_changed"),
    ],
)
def test_what_cannot_be_right_waits_for_a_person(client, room, fields, skew_now, code):
    _workshop, (ada, _ben), block, device = room

    sent = entry("in", seat=ada, block=block, **{name: value for name, value in fields.items() if name != "block_gone"})
    if "block_gone" in fields:
        sent["block"] = 10**9
    answers = sync(client, device, sent, skew_ms=skew_now)

    assert states(answers) == [("conflict", code)]
    assert answers[0]["detail"]
    assert not Attendance.objects.exists()
    assert CheckinConflict.objects.get().code == code


def test_a_seat_given_back_meanwhile_is_a_conflict_and_its_entry_is_kept(client, room):
    workshop, (ada, _ben), block, device = room
    cancel_seat(workshop=workshop, learner=ada.learner, by=None)

    answers = sync(client, device, entry("in", seat=ada, block=block))

    assert states(answers) == [("conflict", "seat_cancelled")]
    assert not Attendance.objects.exists()


def test_a_completion_decided_meanwhile_is_a_conflict(client, room):
    workshop, (ada, _ben), block, device = room
    hour = timedelta(hours=9)
    for stretch in workshop.blocks.all():
        stretch.starts_at, stretch.ends_at = stretch.starts_at - hour, stretch.ends_at - hour
        stretch.save()
    workshop.starts_at, workshop.ends_at = workshop.starts_at - hour, workshop.ends_at - hour
    workshop.save()
    for stretch in workshop.blocks.filter(kind="instruction"):
        mark_block(seat=ada, block=stretch, present=True, by=workshop.instructor)
    complete_seat(seat=ada, by=workshop.instructor)
    line = ada.attendance.first()

    answers = sync(client, device, entry("out", seat=ada, block=block), entry("annul", annuls=str(line.nonce)))

    assert states(answers) == [("conflict", "decided")] * 2
    assert WorkshopCompletion.objects.count() == 1


def test_what_waits_for_a_person_can_be_taken_back_on_the_phone(client, room):
    _workshop, (ada, _ben), block, device = room
    early = entry("in", seat=ada, block=block, minutes_ago=-10)
    sync(client, device, early)

    sync(client, device, entry("annul", seat=ada, block=block, annuls=early["nonce"]))

    assert CheckinConflict.objects.get().settlement == "set_aside"
    assert states(sync(client, device, early)) == [("set_aside", "in_the_future")]


def test_a_phone_touches_only_its_own_workshop(client, room):
    _workshop, (ada, _ben), block, device = room
    sent = entry("in", seat=ada, block=block)
    sync(client, device, sent)
    elsewhere = running_workshop(people=1)

    answers = sync(client, claimed_device(elsewhere), entry("annul", annuls=sent["nonce"]), entry("in", seat=ada, block=block))

    assert states(answers) == [("already", "gone"), ("refused", "no_such_seat")]
    assert kinds(ada) == ["in"]


def test_a_batch_that_is_none_is_refused_whole(client, room):
    device = room[3]
    for body in ({}, {"device_ms": "soon", "entries": []}, {"device_ms": 1, "entries": [{}] * 201}, [], {"device_ms": -1, "entries": []}):
        response = client.post("/api/v1/workshops/checkin/sync/", json.dumps(body), content_type="application/json", headers=device_headers(device))
        assert response.status_code == 400, body
    assert not Attendance.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_batch_from_two_connections_at_once_is_recorded_once():
    workshop = running_workshop(people=4)
    block, device = workshop.blocks.first(), claimed_device(workshop)
    batch = [entry("in", seat=seat, block=block) for seat in workshop.seats.all()]

    answers = at_once(*[lambda: sync(Client(), device, *batch)] * 3)

    assert [states(each) for each in answers] == [[("recorded", "")] * 4] * 3
    assert Attendance.objects.count() == 4


def test_the_roster_of_a_phone_costs_the_same_for_one_and_three(client, room):
    workshop, _seats, block, device = room
    counts = []
    for _ in range(2):
        fresh = CheckinDevice.objects.select_related("workshop__venue", "workshop__activity").get(pk=device.pk)
        with CaptureQueriesContext(connection) as queries:
            roster = phone_roster(fresh)
        counts.append(len(queries))
        for _more in range(2):
            seat = SeatFactory(workshop=workshop, learner=UserFactory())
            sync(
                client,
                device,
                entry("in", seat=seat, block=block),
                entry("in", seat=seat, block=block, minutes_ago=-60),
                entry("walk_in", block=block, name="W"),
            )

    assert counts[0] == counts[1] <= 10
    assert [seat["name"] for seat in roster["seats"]][:2] == ["Ada Rivera", "Ben Okafor"]
    assert len(roster["log"]) == 2
    assert len(roster["conflicts"]) == 2
    assert len(roster["walk_ins"]) == 2


def test_the_roster_knows_tickets_as_hashes(client, room):
    _workshop, (ada, _ben), _block, device = room

    answer = client.get("/api/v1/workshops/checkin/roster/", headers=device_headers(device))

    seats = {seat["id"]: seat for seat in answer.json()["seats"]}
    assert seats[ada.pk]["ticket"] == ticket_hash(ticket_code(ada))
    assert ticket_code(ada) not in answer.content.decode()
    assert ada.learner.email not in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
