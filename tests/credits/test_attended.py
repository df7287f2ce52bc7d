"""What a board grants of a live day that was attended in part."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.models import Role
from credits.attended import granted_for
from credits.models import Award, Claim, Dossier, OfficerTask
from credits.services import award_completion, claim_completion, record_completion
from credits.services.officers import NotCovered, correct_award
from tests.factories.accounts import user_with_role
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory, DossierFactory, LicenceFactory

COMPLETED = datetime(2026, 3, 7, 21, 0, tzinfo=UTC)
MORNING = {"id": "1", "mode": "in_person_hands_on", "minutes": 180, "break_minutes": [], "attended": True, "late_minutes": 0, "early_minutes": 0}
AFTERNOON = MORNING | {"id": "2"}
OFFERED = {"title": "The knee", "minutes": {"in_person_hands_on": 360}}


def facts(*segments, is_full=False, offered=None):
    return {"offered": offered or OFFERED, "attended": {"is_full": is_full, "segments": list(segments)}}


@pytest.fixture
def activity(db):
    return ActivityFactory(kind="workshop", title="The knee")


def approval(activity, code, units="6", **fields):
    return AccreditationFactory(activity=activity, board=BoardFactory(code=code), units=Decimal(units), **fields)


def completion(activity, licence, *segments, **given):
    return record_completion(
        key="workshop-seat:1",
        user=licence.user,
        activity=activity,
        kind="workshop",
        completed_at=COMPLETED,
        zone="America/Chicago",
        trace={},
        facts=facts(*segments, **given),
    )


def test_full_attendance_is_what_the_board_approved(activity):
    row = approval(activity, "us_id_massage", units="6")

    assert granted_for(facts(MORNING, AFTERNOON, is_full=True), row).units == Decimal("6")


@pytest.mark.parametrize(
    ("code", "partial_credit", "segments", "units"),
    [
        # Idaho: 50 minutes of each 60, actual time; its rounding is not read, so whole hours: 180 / 60 + 150 / 60 = 5.5
        ("us_id_massage", "", [MORNING, AFTERNOON | {"early_minutes": 30}], "5"),
        ("us_id_massage", "", [MORNING, AFTERNOON | {"attended": False}], "3"),
        # NCBTMB says none by its rules, and half hours once an approval says otherwise
        ("ncbtmb_ap", "", [MORNING, AFTERNOON | {"early_minutes": 1}], "0"),
        ("ncbtmb_ap", "actual_time", [MORNING, AFTERNOON | {"early_minutes": 30}], "5.5"),
        ("ncbtmb_ap", "by_segment", [MORNING, AFTERNOON | {"early_minutes": 30}], "3"),
        # fifty minutes and a break of ten make an hour of the clock
        ("ncbtmb_ap", "by_segment", [MORNING | {"minutes": 50, "break_minutes": [10]}, AFTERNOON | {"attended": False}], "1"),
        ("ncbtmb_ap", "by_segment", [MORNING | {"minutes": 20}, AFTERNOON | {"attended": False}], "0"),
        # Texas divides by fifty and is bound by no clock; no rule says a part counts, the approval does
        ("us_tx_massage", "actual_time", [MORNING, AFTERNOON | {"late_minutes": 60}], "6"),
        ("us_tx_massage", "", [MORNING, AFTERNOON | {"late_minutes": 60}], "0"),
    ],
)
def test_a_part_is_worth_what_the_engine_makes_of_it(activity, code, partial_credit, segments, units):
    row = approval(activity, code, units="6", partial_credit=partial_credit)

    granted = granted_for(facts(*segments), row)

    assert (granted.units, bool(granted.sentence)) == (Decimal(units), True)


def test_a_part_is_never_worth_more_than_was_approved(activity):
    row = approval(activity, "us_id_massage", units="2")

    assert granted_for(facts(MORNING, AFTERNOON | {"late_minutes": 5}), row).units == Decimal("2")


def test_minutes_of_grace_are_the_approvals(activity):
    row = approval(activity, "ncbtmb_ap", units="6", late_tolerance_minutes=10)

    assert granted_for(facts(MORNING | {"late_minutes": 10}, AFTERNOON), row).units == Decimal("6")
    assert granted_for(facts(MORNING | {"late_minutes": 11}, AFTERNOON), row).code == "partial_attendance"


def test_a_board_whose_hour_nobody_has_read_asks_an_officer(activity):
    licence = LicenceFactory(board=BoardFactory(code="nobody_knows"))
    approval(activity, "nobody_knows", partial_credit="actual_time")

    award_completion(dossier=completion(activity, licence, MORNING, AFTERNOON | {"attended": False}))

    assert (Claim.objects.get().code, OfficerTask.objects.count(), Award.objects.count()) == ("hour_not_established", 1, 0)


def test_the_award_of_a_part_prints_the_part(activity):
    licence = LicenceFactory(board=BoardFactory(code="us_id_massage"))
    approval(activity, "us_id_massage", units="6", category_split=[{"category": "technique", "units": "6"}])

    award_completion(dossier=completion(activity, licence, MORNING, AFTERNOON | {"early_minutes": 30}))

    award = Award.objects.get()
    assert (award.units, award.contact_minutes, award.category_split) == (Decimal("5"), 330, [{"category": "technique", "units": "5"}])
    assert "5" in award.trace["children"][0]["children"][-1]["why"]


def test_of_several_categories_a_part_is_of_none(activity):
    row = approval(activity, "us_id_massage", units="6", category_split=[{"category": "technique", "units": "4"}, {"category": "ethics", "units": "2"}])

    assert granted_for(facts(MORNING, AFTERNOON | {"attended": False}), row).split == ()


def test_all_or_nothing_gives_nothing_not_even_the_plain_certificate_and_says_why(activity):
    licence = LicenceFactory(board=BoardFactory(code="ncbtmb_ap", name="NCBTMB"))
    approval(activity, "ncbtmb_ap", units="6")

    award_completion(dossier=completion(activity, licence, MORNING, AFTERNOON | {"attended": False}))

    claim = Claim.objects.get()
    assert (claim.code, Award.objects.count()) == ("partial_attendance", 0)
    assert claim.explanation == "NCBTMB credits it only when all of it was attended: all 6 hours or nothing."


def test_what_was_attended_in_part_is_not_a_whole_completion(activity):
    licence = LicenceFactory(board=BoardFactory(code="us_id_massage"))
    part = completion(activity, licence, MORNING, AFTERNOON | {"attended": False})
    whole, of_old = DossierFactory(facts=facts(MORNING, is_full=True)), DossierFactory()

    assert part.is_partial
    assert set(Dossier.objects.whole()) == {whole, of_old}


def test_a_later_claim_of_a_part_is_judged_the_same(activity):
    licence = LicenceFactory(board=BoardFactory(code="ncbtmb_ap"))
    dossier = completion(activity, licence, MORNING, AFTERNOON | {"attended": False})
    award_completion(dossier=dossier)
    approval(activity, "us_id_massage", units="6")

    claim = claim_completion(dossier=dossier, licence=LicenceFactory(user=licence.user, board=BoardFactory(code="us_id_massage")))

    assert claim.award.units == Decimal("3")


def test_a_correction_to_an_approval_that_grants_nothing_of_a_part_is_refused(activity):
    licence = LicenceFactory(board=BoardFactory(code="us_id_massage"))
    approval(activity, "us_id_massage", units="6")
    award_completion(dossier=completion(activity, licence, MORNING, AFTERNOON | {"attended": False}))
    strict = approval(activity, "us_id_massage", units="6", partial_credit="none")

    with pytest.raises(NotCovered, match="all 6 hours or nothing"):
        correct_award(officer=user_with_role(Role.CE_OFFICER), award=Award.objects.get(), reason="Another approval.", changes={"accreditation": strict})

    assert Award.objects.count() == 1


REMOTE = {"title": "The knee", "minutes": {"live_remote": 360}}


@pytest.mark.parametrize(("offered", "number"), [(OFFERED, "ROOM"), (REMOTE, "REMOTE")])
def test_the_room_and_online_are_credited_under_their_own_approvals(activity, offered, number):
    licence = LicenceFactory(board=BoardFactory(code="us_id_massage"))
    approval(activity, "us_id_massage", approval_number="ROOM")
    approval(activity, "us_id_massage", approval_number="REMOTE", mode="live_remote")

    award_completion(dossier=completion(activity, licence, is_full=True, offered=offered))

    assert Award.objects.get().approval_number == number


def test_online_is_not_credited_under_an_approval_for_the_room(activity):
    licence = LicenceFactory(board=BoardFactory(code="us_id_massage"))
    approval(activity, "us_id_massage")

    award_completion(dossier=completion(activity, licence, is_full=True, offered=REMOTE))

    assert Claim.objects.get().code == "differs_from_approval"
    plain = Award.objects.get()
    assert (plain.is_plain, plain.mode) == (True, "live_remote")
