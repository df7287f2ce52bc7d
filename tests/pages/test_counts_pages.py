"""Lists and pages that say what counts for a person, in a real browser: axe finds nothing, and nothing scrolls sideways."""

from datetime import date

import pytest

from credits.petitions.services import make_petition, request_petition
from tests.factories.courses import completed, enrolled, published_course
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory, LicenceFactory
from tests.factories.workshops import SeatFactory, workshop_with_blocks


@pytest.fixture
def learner(transactional_db):
    florida = BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy")
    georgia = BoardFactory(code="us_ga_massage", name="Georgia Board of Massage Therapy", jurisdiction="US-GA")
    user = LicenceFactory(board=florida, issued_on=date(2022, 3, 1)).user
    LicenceFactory(user=user, board=georgia, issued_on=date(2022, 3, 1))
    return user


@pytest.fixture
def offers(learner):
    florida = learner.licences.get(board__code="us_fl_massage").board
    course, ended = published_course(), published_course()
    AccreditationFactory(activity=course.current_version.activity, board=florida)
    AccreditationFactory(activity=ended.current_version.activity, board=florida, valid_to=date(2026, 5, 1))
    activity = ActivityFactory(kind="workshop")
    AccreditationFactory(activity=activity, board=florida, mode="in_person_hands_on", category_split=[{"category": "technique", "units": "6"}])
    workshop = workshop_with_blocks(activity=activity)
    SeatFactory(workshop=workshop, learner=learner)
    return {"course": course, "ended": ended, "workshop": workshop, "attempt": enrolled(course, learner)}


def test_pages_with_counts_are_accessible_at_every_width(look_at, learner, offers):
    paths = ["/", "/courses/", "/workshops/", "/dashboard/", "/search/?q=knee", *(row.get_absolute_url() for row in offers.values())]

    assert look_at(paths, learner) == {}


def test_petition_pages_are_accessible_at_every_width(look_at, transactional_db):
    attempt = completed()
    board = LicenceFactory(user=attempt.learner, board=BoardFactory(code="ace", name="American Council on Exercise", kind="fitness_body")).board
    LicenceFactory(user=attempt.learner, board=BoardFactory(code="nesta", name="NESTA"))
    unknown = LicenceFactory(user=attempt.learner).board
    pack = make_petition(pack=request_petition(dossier=attempt.completion.dossier, board=board, words="For runners"), making=1)
    waiting = request_petition(dossier=attempt.completion.dossier, board=unknown)
    paths = ["/credits/petitions/", f"/credits/petitions/for/{attempt.completion.dossier_id}/?board=ace", pack.get_absolute_url(), waiting.get_absolute_url()]

    assert look_at(paths, attempt.learner) == {}
