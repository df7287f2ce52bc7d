"""The demonstration's phone at the door."""

from demo.checkin import make_checkin
from demo.roster import make_roster
from workshops.models import CheckinConflict, CheckinDevice, WalkIn


def test_one_came_without_a_seat_and_one_entry_waits(school):
    make_roster(**school)
    for _ in range(2):
        make_checkin(instructor=school["instructor"])

    assert CheckinDevice.objects.get().state == "active"
    assert WalkIn.objects.get().name == "Robin Vale"
    assert CheckinConflict.objects.get().code == "other_device"
