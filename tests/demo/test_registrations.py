"""The demonstration's registrations."""

from accounts.models import Role
from demo.registrations import make_registrations
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import SeatFactory, workshop_with_blocks
from workshops.booking.details import details_of
from workshops.models import Registration, WaiverVersion


def test_made_twice_they_are_there_once(db):
    learner, staff = UserFactory(), user_with_role(Role.STAFF)
    seat = SeatFactory(workshop=workshop_with_blocks(), learner=learner)

    for _ in range(2):
        make_registrations(staff=staff, learner=learner)

    workshop = seat.workshop
    assert (workshop.questions.count(), workshop.requirements.count(), WaiverVersion.objects.count(), workshop.seats.confirmed().count()) == (2, 1, 1, 2)
    assert [row.learner.email for row in Registration.objects.filter(invited_by=learner)] == ["colleague@example.org"]
    assert len(details_of(type(workshop).objects.get(pk=workshop.pk), learner).missing) == 1  # a licence, as the learner sees beside the seat
