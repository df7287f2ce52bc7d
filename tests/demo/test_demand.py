"""The demonstration's towns that ask."""

import pytest

from demo.demand import ASKING, make_demand
from notifications.models import MailMessage
from tests.factories.accounts import UserFactory
from workshops.models import DemandCall, Pin, Place, SearchAlert

pytestmark = pytest.mark.django_db


def test_one_town_is_over_its_threshold_and_a_second_run_changes_nothing():
    for number, name in enumerate(("Tallahassee, FL", "Thomasville, GA", "Pensacola, FL")):
        where = ((30.44, -84.28), (30.84, -83.98), (30.42, -87.22))[number]
        Place.objects.create(kind="city", search_key=name.lower(), label=name, lat=where[0], lng=where[1])
    learner = UserFactory()

    for _twice in range(2):
        make_demand(learner=learner)

    call = DemandCall.objects.get()
    assert (call.label, call.level, call.pins.count()) == ("Tallahassee, FL", "all", 4)
    assert Pin.objects.filter(state=Pin.State.ACTIVE).count() == 4 < len(ASKING)
    assert SearchAlert.objects.get().user == learner
    assert MailMessage.objects.filter(template="workshops/demand/mail/call").count() == 1
