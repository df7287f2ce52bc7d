"""What earlier cycles have a say in: a course credited years ago, a duty met for good, hours carried on."""

from datetime import date
from decimal import Decimal

import pytest

from credits.batch.standings import standings_of
from credits.models import Licence
from credits.prospects.offers import Offer
from credits.prospects.prospector import Prospector
from credits.rulebook import known
from credits.standings import standing_of_licence
from tests.credits.test_standings import award_for, licence_with
from tests.factories.credits import AwardFactory, DossierFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)


def standing(licence, day=TODAY):
    return standing_of_licence(Licence.objects.with_facts().get(pk=licence.pk), day)


def again(award, day):
    """The same course once more."""
    dossier = DossierFactory(user=award.dossier.user, activity=award.dossier.activity, completed_on=day)
    return AwardFactory(
        dossier=dossier, accreditation=award.accreditation, board=award.board, licence=award.licence, units=award.units, mode=award.mode, category_split=[]
    )  # fmt: skip


def test_alabama_bars_a_course_of_less_than_four_years_ago_though_two_renewals_lie_between():
    licence = licence_with("us_al_massage", issued_on=date(2018, 3, 1))
    first = award_for(licence, units="4", day=date(2024, 2, 20))  # the cycle that ended on February 29, 2024

    (promised,) = Prospector(licence.user, date(2026, 6, 1)).prospects([Offer("one", first.dossier.activity)])["one"]
    again(first, date(2026, 6, 1))
    now = standing(licence)

    assert (promised.counts, promised.code) == (False, "repeat")
    assert now.current.applied == "0"
    assert [line.why for line in now.current.lines] == ["the same course counted before, too recently to count again"]
    assert (now.before.end.year, len(now.timeline.spans)) == (2026, 2)
    assert [line.day for line in now.unplaced] == [date(2024, 2, 20)]


def test_after_four_years_it_counts_again():
    licence = licence_with("us_al_massage", issued_on=date(2018, 3, 1))
    first = award_for(licence, units="4", day=date(2021, 2, 20))

    again(first, date(2026, 6, 1))

    assert standing(licence).current.applied == "4"


def test_a_certification_body_credits_a_course_once_for_ever():
    licence = licence_with("ncbtmb_bc", issued_on=date(2014, 3, 1))
    first = award_for(licence, units="4", day=date(2017, 6, 1), approved_by="ncbtmb_ap")

    again(first, date(2026, 6, 1))

    assert [line.why for line in standing(licence).current.lines] == ["the same course counted before, too recently to count again"]


def test_a_cycle_that_was_complete_only_with_hours_from_before_hands_its_own_surplus_on():
    """New Jersey: 20 hours, 2 of ethics and 1 of law. 30 in the first cycle, 12 in the second: complete with the 10 that came over, and 2 go on."""
    licence = licence_with("us_nj_massage", issued_on=date(2018, 3, 1))
    topics = [{"category": "ethics", "units": "2"}, {"category": "laws_and_rules", "units": "1"}]
    award_for(licence, units="30", mode="in_person_hands_on", day=date(2022, 6, 1), category_split=topics)
    award_for(licence, units="12", mode="in_person_hands_on", day=date(2024, 6, 1), category_split=topics)

    now = standing(licence)

    assert (now.before.status, now.result["cycles"][-2]["carried_in"]) == ("met", "10")
    assert now.result["cycles"][-1]["carried_in"] == "2"


def test_many_licences_are_worked_out_with_the_same_memory():
    licence = licence_with("us_al_massage", issued_on=date(2018, 3, 1))
    again(award_for(licence, units="4", day=date(2024, 2, 20)), date(2026, 6, 1))

    (found,) = standings_of(Licence.objects.all(), TODAY)

    assert (found.applied, str(found.needed)) == (Decimal(0), standing(licence).current.needed)


def test_only_rules_that_need_it_look_back():
    rules = known()

    assert {
        code for code in ("us_al_massage", "us_or_massage", "us_ia_massage", "ncbtmb_bc", "us_mo_massage", "us_nc_massage") if not rules[code].looks_back
    } == set()
    assert {code for code in ("us_fl_massage", "us_tx_massage", "us_tn_massage") if rules[code].looks_back} == set()
