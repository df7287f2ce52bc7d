"""What a course or workshop would count for, licence by licence."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser

from credits.models import Accreditation, Licence
from credits.prospects.offers import Offer
from credits.prospects.prospector import Prospector
from credits.standings import StandingUnknown, standing_of_licence, standing_result
from tests.credits.test_standings import award_for, licence_with
from tests.factories.accounts import UserFactory
from tests.factories.credits import (
    AccreditationFactory,
    ActivityFactory,
    BirthDateFactory,
    BoardFactory,
    LicenceFactory,
    LicenceOverrideFactory,
    LicenceRenewalFactory,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
HANDS_ON = "in_person_hands_on"


def florida(**values):
    return licence_with("us_fl_massage", name="Florida Board of Massage Therapy", **values)


def approved(board, *, units="6", mode="self_paced", split=(), minutes=360, **values):
    kind = "home_study" if mode == "self_paced" else "workshop"
    activity = ActivityFactory(kind=kind, components=[{"mode": mode, "minutes": minutes}])
    AccreditationFactory(board=board, activity=activity, mode=mode, units=Decimal(units), category_split=list(split), **values)
    return activity


def technique(units):
    return [{"category": "technique", "units": units}]


def prospect(licence, activity, *, day=None, **values):
    found = Prospector(licence.user, TODAY).prospects([Offer("one", activity, day, **values)])["one"]
    assert len(found) == 1
    return found[0]


def test_hands_on_hours_fill_the_minimum_that_asks_for_them():
    licence = florida()
    activity = approved(licence.board, mode=HANDS_ON, split=technique("6"))

    found = prospect(licence, activity, day=date(2027, 2, 1))

    assert (found.counts, found.code, found.units, found.worth) == (True, "fills", Decimal(6), Decimal(6))
    assert found.sentence == "Florida: fills 6 of your 12 hours of massage technique, hands-on in person."
    assert [(fill.code, fill.units, fill.of) for fill in found.fills] == [("technique", Decimal(6), Decimal(12))]
    assert found.why.startswith("Awarded under Florida Board of Massage Therapy")
    assert found.why.endswith("After it, 18 hours are still missing for August 31, 2027.")


def test_home_study_fills_only_the_hours_of_any_kind_and_says_what_is_not_needed():
    licence = florida()

    found = prospect(licence, approved(licence.board, units="8"))

    assert (found.code, found.units, found.worth) == ("fills", Decimal(5), Decimal(8))
    assert found.sentence == "Florida: fills 5 of the 24 hours you still need."
    assert "Not needed of its 8 hours: 3 hours, since it fits nothing that is still missing." in found.why


def test_what_is_missing_hands_on_is_not_filled_at_home():
    licence = licence_with("us_ga_massage", name="Georgia Board of Massage Therapy")
    licence.board.jurisdiction = "US-GA"
    licence.board.save()
    licence.board.accepts_approvals_of.add(BoardFactory(code="ncbtmb_ap"))
    award_for(licence, units="12", approved_by="ncbtmb_ap", day=date(2026, 11, 10))

    found = prospect(licence, approved(BoardFactory(code="ncbtmb_ap"), units="6"))

    assert (found.counts, found.code) == (False, "other_kind")
    assert found.sentence == "Does not count in Georgia: not hands-on in person."


def test_a_course_without_approval_says_so():
    licence = florida()

    found = prospect(licence, ActivityFactory())

    assert (found.counts, found.code) == (False, "no_approval")
    assert found.sentence == "Does not count in Florida: not approved for it."


def test_a_body_that_is_no_state_is_named_as_one():
    licence = licence_with("ace", name="American Council on Exercise")
    licence.board.kind = "fitness_body"
    licence.board.jurisdiction = ""
    licence.board.save()

    assert prospect(licence, ActivityFactory()).sentence == "Does not count for American Council on Exercise: not approved for it."


def test_an_approval_that_ended_names_the_day():
    licence = florida()

    found = prospect(licence, approved(licence.board, valid_to=date(2026, 5, 1)))

    assert (found.counts, found.code) == (False, "approval_gap")
    assert found.sentence == "Does not count in Florida: the approval ended on May 1, 2026."


def test_an_approval_that_begins_later_names_the_day_and_counts_from_it():
    licence = florida()
    activity = approved(licence.board, mode=HANDS_ON, valid_from=date(2027, 1, 1))

    assert prospect(licence, activity).sentence == "Does not count in Florida: the approval begins on January 1, 2027."
    assert prospect(licence, activity, day=date(2027, 1, 2)).counts


def test_fewer_minutes_than_approved_differ_from_the_approval():
    licence = florida()
    activity = approved(licence.board, mode=HANDS_ON)

    found = prospect(licence, activity, minutes={HANDS_ON: 300})

    assert (found.counts, found.code) == (False, "differs_from_approval")
    assert "360 minutes" in found.why


def test_a_day_after_the_deadline_counts_for_the_renewal_after_it():
    licence = florida()

    found = prospect(licence, approved(licence.board, mode=HANDS_ON, split=technique("6")), day=date(2027, 10, 1))

    assert (found.counts, found.code, found.day) == (True, "next_cycle", date(2029, 8, 31))
    assert found.sentence == (
        "Florida: too late for this renewal; for the one of August 31, 2029 it fills 6 of your 12 hours of massage technique, hands-on in person."
    )


def test_a_cycle_that_was_renewed_takes_nothing_more():
    licence = florida()
    LicenceRenewalFactory(licence=licence, cycle_end=date(2027, 8, 31), submitted_on=date(2026, 11, 1), renewed_on=date(2026, 11, 20))

    found = prospect(licence, approved(licence.board))

    assert found.code == "no_rule"
    assert "You renewed the cycle that ends on August 31, 2027." in found.why


def test_when_nothing_is_due_it_says_so():
    licence = florida()
    LicenceOverrideFactory(licence=licence, cycle_end=date(2027, 8, 31), required=Decimal("0"))
    LicenceOverrideFactory(licence=licence, cycle_end=date(2025, 8, 31), required=Decimal("0"))
    for code, units in [("medical_errors", "2"), ("laws_and_rules", "2"), ("ethics", "2"), ("human_trafficking", "1")]:
        award_for(licence, units=units, category_split=[{"category": code, "units": units}])
    award_for(licence, units="12", mode=HANDS_ON, category_split=technique("12"))
    award_for(licence, units="5")

    found = prospect(licence, approved(licence.board))

    assert (found.counts, found.code) == (False, "nothing_due")
    assert found.sentence == "Florida: nothing more is due by August 31, 2027."


def test_a_licence_nothing_can_be_said_of_still_says_what_it_gives():
    licence = florida(issued_on=None)
    activity = approved(licence.board)

    found = prospect(licence, activity)

    assert (found.counts, found.code, found.worth, found.day) == (True, "credited", Decimal(6), None)
    assert found.sentence == "Florida: gives 6 hours. One fact is missing."
    asked = Prospector(licence.user, TODAY)
    assert asked.gap(asked.licences[0]).code == "missing_issued_on"
    with pytest.raises(StandingUnknown):
        asked.effect(asked.licences[0], [Offer("one", activity)])


def test_the_same_course_again_does_not_count_where_the_board_says_so():
    licence = licence_with("us_al_massage", name="Alabama Board", issued_on=date(2022, 3, 1))
    award = award_for(licence, day=date(2026, 5, 9))

    found = prospect(licence, award.dossier.activity)

    assert (found.counts, found.code) == (False, "repeat")
    assert "too recently" in found.sentence


def test_an_effect_is_what_the_awards_will_do():
    """The hypothetical and the real: the same units needed and the same missing after the completions are recorded."""
    licence = florida()
    award_for(licence, units="3", category_split=[{"category": "ethics", "units": "2"}])
    asked = Prospector(licence.user, TODAY)
    offers = [
        Offer("a", approved(licence.board, mode=HANDS_ON, split=technique("6")), date(2027, 2, 1)),
        Offer("b", approved(licence.board, units="9", split=[{"category": "laws_and_rules", "units": "2"}]), date(2027, 2, 2)),
    ]

    effect = asked.effect(asked.licences[0], offers)

    day = date(2027, 2, 2)
    assert effect.needed_before == Decimal(standing_result(Licence.objects.with_facts().get(pk=licence.pk), TODAY)["cycles"][-1]["additional_needed"])
    for offer in offers:
        row = Accreditation.objects.get(activity=offer.activity)
        award_for_offer(licence, offer, row)
    real = standing_of_licence(Licence.objects.with_facts().get(pk=licence.pk), day)
    assert effect.needed_after == Decimal(real.current.needed)
    assert [(code, str(units)) for code, units in effect.missing_after] == [(row["code"], row["units"]) for row in real.result["cycles"][-1]["minima_missing"]]
    assert effect.counted == {"a": Decimal(6), "b": Decimal(6)}
    assert effect.reasons["a"] == ""
    assert effect.reasons["b"] == "not_needed"
    assert not effect.closes


def award_for_offer(licence, offer, row):
    from tests.factories.credits import AwardFactory, DossierFactory

    moment = datetime(offer.day.year, offer.day.month, offer.day.day, 15, tzinfo=UTC)
    dossier = DossierFactory(user=licence.user, activity=offer.activity, completed_on=offer.day, completed_at=moment)
    AwardFactory(
        dossier=dossier, accreditation=row, board=licence.board, licence=licence, units=row.units, mode=row.mode, category_split=row.category_split,
        completed_on=offer.day,
    )  # fmt: skip


def test_an_effect_of_nothing_changes_nothing_and_late_offers_count_nothing():
    licence = florida()
    activity = approved(licence.board)
    asked = Prospector(licence.user, TODAY)
    mine = asked.licences[0]

    none = asked.effect(mine, [])
    late = asked.effect(mine, [Offer("late", activity, date(2027, 9, 15))])

    assert none.needed_before == none.needed_after == Decimal(24)
    assert (late.needed_after, late.counted, late.reasons) == (Decimal(24), {"late": Decimal(0)}, {"late": "outside_window"})


@pytest.mark.parametrize("number", [1, 3])
def test_licences_and_offers_cost_the_same_queries(number, django_assert_num_queries):
    user = UserFactory()
    for place in range(number):
        board = BoardFactory(code=["us_fl_massage", "us_ga_massage", "us_tx_massage"][place])
        award_for(LicenceFactory(user=user, board=board, issued_on=date(2022, 3, 1)))
    offers = [Offer(f"o{place}", approved(BoardFactory(code="us_fl_massage"))) for place in range(number)]

    with django_assert_num_queries(11):
        asked = Prospector(user, TODAY)
        asked.prospects(offers)
    with django_assert_num_queries(0):
        for licence in asked.licences:
            asked.effect(licence, offers)


def test_a_stranger_and_a_person_without_licences_get_no_prospects():
    activity = approved(BoardFactory())
    assert Prospector(AnonymousUser(), TODAY).prospects([Offer("one", activity)]) == {"one": ()}
    assert Prospector(UserFactory(), TODAY).prospects([Offer("one", activity)]) == {"one": ()}


def test_an_effect_on_a_renewed_cycle_is_none():
    licence = florida()
    LicenceRenewalFactory(licence=licence, cycle_end=date(2027, 8, 31), submitted_on=date(2026, 11, 1), renewed_on=date(2026, 11, 20))
    asked = Prospector(licence.user, TODAY)
    offers = [Offer("one", approved(licence.board)), Offer("none", ActivityFactory())]

    effect = asked.effect(asked.licences[0], offers)

    assert effect.needed_before == effect.needed_after == Decimal(24)
    assert effect.missing_before == effect.missing_after
    assert effect.reasons == {"one": "outside_window", "none": "no_approval"}
    assert set(effect.counted.values()) == {Decimal(0)}


def test_a_cap_is_named_where_it_keeps_units_out():
    licence = licence_with("us_ny_massage", issued_on=date(2020, 1, 10))
    BirthDateFactory(user=licence.user, born_on=date(1985, 6, 15))
    asked = Prospector(licence.user, TODAY)

    effect = asked.effect(asked.licences[0], [Offer("one", approved(licence.board, units="15"))])

    assert (effect.counted, effect.reasons) == ({"one": Decimal(12)}, {"one": "over_cap"})
