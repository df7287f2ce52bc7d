"""The demonstration's series, made once."""

from accounts.models import Role
from demo.schedule import make_series
from tests.factories.accounts import user_with_role
from tests.factories.workshops import VenueFactory, workshop_with_blocks
from workshops.models import Series, Venue, Workshop


def test_making_it_twice_makes_one_series(db):
    staff = user_with_role(Role.STAFF)
    workshop_with_blocks(venue=VenueFactory(city="Chicago"))

    for _ in range(2):
        make_series(staff=staff)

    dates = Series.objects.get().workshops.order_by("starts_at")
    assert [(date.state, date.format) for date in dates] == [("published", "hybrid"), ("published", "hybrid"), ("draft", "hybrid")]
    assert (Workshop.objects.count(), Venue.objects.filter(parking="").exists()) == (3, False)
