"""Who signs: a fact of the boards' data, never of their names."""

from credits.rulebook import known
from tests.factories.credits import AccreditationFactory, BoardFactory, LicenceFactory
from tests.factories.workshops import SeatFactory, VenueFactory, workshop_with_blocks
from workshops.checkin.signers import signers

OREGON = {"region": "OR", "city": "Bend", "time_zone": "America/Los_Angeles"}


def taught_in_oregon():
    """A workshop that a national body approved, held where no board asks for signatures."""
    national = BoardFactory(code="ncbtmb_ap", jurisdiction="US")
    workshop = workshop_with_blocks(venue=VenueFactory(**OREGON))
    AccreditationFactory(activity=workshop.activity, board=national)
    florida = BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy", jurisdiction="US-FL")
    florida.accepts_approvals_of.add(national)
    return workshop, florida


def test_the_files_say_that_florida_and_mississippi_want_signatures():
    asking = {code for code, rules in known().items() for fact in rules.facts if fact.kind == "provider" and fact.content.get("attendance_signature")}

    assert asking == {"us_fl_massage", "us_ms_massage"}


def test_nobody_signs_where_no_board_asks(db):
    workshop = workshop_with_blocks()
    AccreditationFactory(activity=workshop.activity, board=BoardFactory(code="us_tx_massage"))
    seat = SeatFactory(workshop=workshop)

    assert not signers(workshop, [seat]).includes(seat)


def test_everyone_signs_where_the_board_that_asks_approved_the_activity(db):
    workshop = workshop_with_blocks(venue=VenueFactory(**OREGON))
    board = BoardFactory(code="us_ms_massage", name="Mississippi State Board of Massage Therapy", jurisdiction="US-MS")
    AccreditationFactory(activity=workshop.activity, board=board)
    seat = SeatFactory(workshop=workshop)

    found = signers(workshop, [seat])

    assert (found.everyone, found.boards, found.includes(seat)) == (True, ("Mississippi State Board of Massage Therapy",), True)


def test_elsewhere_only_those_sign_who_hold_a_licence_of_the_board_that_asks(db, django_assert_num_queries):
    workshop, florida = taught_in_oregon()
    visitor, local = SeatFactory(workshop=workshop), SeatFactory(workshop=workshop)
    LicenceFactory(user=visitor.learner, board=florida)

    with django_assert_num_queries(3):
        found = signers(workshop, [visitor, local])

    assert [found.includes(seat) for seat in (visitor, local)] == [True, False]


def test_everyone_signs_in_the_state_of_a_board_that_asks(db):
    workshop, _florida = taught_in_oregon()
    workshop.venue.region = "FL"

    assert signers(workshop, []).everyone
