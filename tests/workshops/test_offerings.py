"""What an announced workshop offers reaches the credits ledger, and leaves it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Role
from credits.models import Offering, OfficerTask
from tests.factories.accounts import user_with_role
from tests.factories.credits import AccreditationFactory
from tests.factories.workshops import VenueFactory, workshop_with_blocks
from tests.workshops.test_pages import workshop_post
from workshops import tasks
from workshops.cancelling.services import call_off
from workshops.models import Block
from workshops.services import publish_workshop, save_workshop
from workshops.services.publishing import BlockInput

pytestmark = pytest.mark.django_db


def block_inputs(workshop):
    return [BlockInput(row.starts_at, row.ends_at, row.kind, row.mode, row.topic) for row in workshop.blocks.all()]


def test_a_draft_is_nobodys_offer_and_an_announced_workshop_is():
    staff, workshop = user_with_role(Role.STAFF), workshop_with_blocks(state="draft")
    save_workshop(workshop=workshop, blocks=block_inputs(workshop), by=staff)
    assert not Offering.objects.exists()

    publish_workshop(workshop=workshop, by=staff)

    offering = Offering.objects.get()
    assert (offering.key, offering.activity, offering.ended_at) == (workshop.subject, workshop.activity, None)
    assert offering.on == workshop.ends_at.astimezone(workshop.zone).date()
    assert offering.facts["pass_mark"] is None
    assert sum(offering.facts["minutes"].values()) == sum(block.minutes for block in workshop.blocks.filter(kind=Block.Kind.INSTRUCTION))


def test_a_shorter_schedule_raises_a_task_and_a_cancellation_settles_it():
    staff, workshop = user_with_role(Role.STAFF), workshop_with_blocks(state="draft")
    workshop.activity.kind = "workshop"
    AccreditationFactory(activity=workshop.activity)
    workshop.activity.components = [{"mode": "in_person_hands_on", "minutes": 60}]
    workshop.activity.save()
    workshop = publish_workshop(workshop=workshop, by=staff)
    blocks = block_inputs(workshop)
    first = blocks[0]

    save_workshop(workshop=workshop, blocks=[BlockInput(first.starts_at, first.starts_at + timedelta(minutes=30), "instruction", first.mode)], by=staff)
    assert "60 minutes “In person, hands-on” were approved, 30 were offered." in OfficerTask.objects.open().get(kind="file_a_change").detail

    call_off(workshop=workshop, by=staff, reason="The room is gone.")
    assert not OfficerTask.objects.open().exists()
    assert Offering.objects.get().ended_at


def test_the_daily_job_hands_over_workshops_of_old():
    workshop = workshop_with_blocks()
    assert not Offering.objects.exists()

    tasks.note_offerings(None)

    assert Offering.objects.get().key == workshop.subject


def test_who_saves_a_workshop_is_told_what_differs(client):
    instructor, row = user_with_role(Role.INSTRUCTOR), AccreditationFactory(activity__kind="workshop")
    client.force_login(instructor)
    values = workshop_post(row.activity, VenueFactory(), instructor) | {"instructor_name": "Ben Lee"}

    answer = client.post(reverse("workshops_desk:workshop_create"), values, follow=True)

    assert "it is taught by Ben Lee. A CE officer has to file it with the board." in answer.content.decode()
