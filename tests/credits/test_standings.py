"""Where a licence stands: the case, the words, the page and the API."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from credits import services, standing_views
from credits.credit_rows import holding_of
from credits.engine.run import evaluate
from credits.models import FactVerification, Licence
from credits.revisions import in_force
from credits.rulebook import known
from credits.standings import case_of, standing_of_licence
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import (
    AccreditationFactory,
    AwardFactory,
    BirthDateFactory,
    BoardFactory,
    DossierFactory,
    ExternalCreditFactory,
    LicenceFactory,
    LicenceOverrideFactory,
    LicenceRenewalFactory,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
ISSUED = date(2022, 3, 1)


def licence_with(code, *, name="Board of Massage Therapy", **values):
    board = BoardFactory(code=code, name=name)
    return LicenceFactory(board=board, **({"issued_on": ISSUED} | values))


def award_for(licence, *, units="6", day=date(2026, 5, 9), approved_by=None, offered=None, **values):
    board = BoardFactory(code=approved_by) if approved_by else licence.board
    mode = values.pop("mode", "self_paced")
    split = values.pop("category_split", [])
    accreditation = AccreditationFactory(board=board, units=Decimal(units), mode=mode, category_split=split)
    dossier = DossierFactory(
        user=licence.user, activity=accreditation.activity, completed_on=day, completed_at=datetime(day.year, day.month, day.day, 15, tzinfo=UTC),
        facts={"offered": {"minutes": offered}} if offered else {},
    )  # fmt: skip
    return AwardFactory(
        dossier=dossier, accreditation=accreditation, board=licence.board, licence=licence, units=Decimal(units), mode=mode, category_split=split,
        completed_on=day, **values,
    )  # fmt: skip


def standing(licence, as_of=TODAY):
    return standing_of_licence(Licence.objects.with_facts().get(pk=licence.pk), as_of)


def lines(view):
    return [(line.units, line.word, line.why) for line in view.current.lines]


def test_florida_says_what_is_missing_of_each_part():
    licence = licence_with("us_fl_massage")
    award_for(licence, units="3", category_split=[{"category": "Ethics", "units": "2"}, {"category": "Medical_errors", "units": "1"}])

    view = standing(licence)

    assert view.sentence == (
        "21 more hours by August 31, 2027, 1 of prevention of medical errors, 2 of laws and rules of the state, 1 of human trafficking, "
        "12 of massage technique, hands-on in person."
    )
    assert [(bar.label, bar.applied, bar.missing) for bar in view.current.bars][:3] == [
        ("In all", "3", "21"),
        ("Prevention of medical errors", "1", "1"),
        ("Laws and rules of the state", "0", "2"),
    ]
    assert lines(view) == [("2", "Counted", "as ethics"), ("1", "Counted", "as prevention of medical errors")]
    assert (view.status, view.is_verified, view.current.rule.as_of) == ("open", False, date(2024, 9, 24))


def test_new_york_takes_only_its_own_approval_and_no_more_than_a_third_at_home():
    licence = licence_with("us_ny_massage", issued_on=date(2020, 1, 10))
    BirthDateFactory(user=licence.user, born_on=date(1985, 6, 15))
    award_for(licence, units="15", day=date(2026, 8, 1))
    award_for(licence, units="6", day=date(2026, 9, 1), approved_by="ncbtmb_ap", mode="in_person_lecture")

    view = standing(licence)

    assert view.sentence == "24 more hours by June 30, 2029."
    assert lines(view) == [
        ("12", "Counted", "as part of the total"),
        ("3", "Over a limit", "it is over the most the board counts of its kind"),
        ("6", "Does not count", "the board does not accept this approval"),
    ]
    assert view.current.bars[0].over == "3"
    assert view.current.conditions == (
        "What is missing can be earned: hands-on in person, lecture in person or live at a distance.",
        "No more of this counts: self-paced.",
    )


def test_the_national_certification_counts_what_its_approval_body_approved():
    licence = licence_with("ncbtmb_bc", issued_on=date(2025, 4, 1))
    award_for(licence, units="24", approved_by="ncbtmb_ap", category_split=[{"category": "ethics", "units": "3"}, {"category": "technique", "units": "21"}])

    view = standing(licence)

    assert (view.status, view.sentence) == ("met", "Everything is on record for the cycle that ends on April 1, 2027: 24 CEs.")
    assert view.before is None
    assert "Less sure: That the two years end on the anniversary of the certification is less sure than the rest." in view.current.rule.sentences


def test_a_minimum_of_a_way_of_delivery_reads_at_least():
    licence = licence_with("us_ne_massage")
    view = standing(licence)

    assert view.current.rule
    assert view.sentence.startswith(f"{view.current.needed} more hours by ")


@pytest.mark.parametrize(
    ("code", "values", "gap"),
    [
        ("no_such_board", {}, "no_rules"),
        ("us_ct_massage", {}, "no_calendar"),
        ("us_ca_camtc", {}, "nothing_asked"),
        ("us_fl_massage", {"issued_on": None}, "missing_issued_on"),
        ("us_ny_massage", {}, "missing_born_on"),
        ("us_fl_massage", {"issued_on": date(2027, 1, 1)}, "not_begun"),
        ("nsca", {"issued_on": date(2018, 1, 1)}, "no_cycle"),
    ],
)
def test_what_can_not_be_said_says_why_and_what_to_do(client, code, values, gap):
    licence = licence_with(code, **values)
    as_of = date(2090, 1, 1) if gap == "no_cycle" else TODAY

    view = standing(licence, as_of)

    assert (view.gap.code, view.current) == (gap, None)
    assert case_of(Licence.objects.with_facts().get(pk=licence.pk), as_of) is None
    client.force_login(licence.user)
    page = client.get(reverse("credits:licence_standing", args=[licence.pk])).content.decode()
    assert page.count("<h1>") == 1
    assert gap == "no_cycle" or view.gap.title in page


def test_the_page_says_once_that_it_is_guidance(client, today):
    licence = licence_with("us_fl_massage", name="Florida Board of Massage Therapy")
    award_for(licence)
    client.force_login(licence.user)

    page = client.get(reverse("credits:licence_standing", args=[licence.pk])).content.decode()

    assert page.count("guidance, not legal advice") == 1
    assert "not yet checked by a person at the school" in page
    assert "section-64b7-28-009" in page
    assert "as of September 24, 2024" in page
    assert "19 more hours by August 31, 2027" in page  # hours of no topic fill only the five that may be any


def test_what_was_earned_before_the_cycle_counts_in_the_one_before():
    licence = licence_with("us_fl_massage")
    award_for(licence, day=date(2025, 3, 1))
    award_for(licence, day=date(2022, 5, 1))

    view = standing(licence)

    assert view.current.lines == ()
    assert {line.day for line in view.before.lines} == {date(2025, 3, 1)}
    assert view.before.sentence.startswith("19 hours were missing on August 31, 2025")
    assert [(line.day, line.word, line.why) for line in view.unplaced] == [(date(2022, 5, 1), "Not in these cycles", "")]


def test_what_an_open_cycle_does_not_need_is_not_called_lost():
    licence = licence_with("us_fl_massage")
    award_for(licence)

    assert lines(standing(licence))[1][:2] == ("1", "Not needed so far")


def test_an_exempt_cycle_asks_for_nothing():
    licence = licence_with("us_fl_massage")
    LicenceOverrideFactory(licence=licence, cycle_end=date(2027, 8, 31), required=Decimal("0"))

    view = standing(licence)

    assert "A CE officer recorded a decision of the board for this cycle; it is followed here." in view.current.conditions


def test_hands_on_teaching_counts_by_its_share_of_what_was_offered():
    licence = licence_with("us_fl_massage")
    award_for(licence, mode="in_person_hands_on", offered={"in_person_hands_on": 240, "in_person_lecture": 120})

    case = case_of(Licence.objects.with_facts().get(pk=licence.pk), TODAY)

    assert case["credits"][0]["segments"] == [
        {"units": "6", "mode": "in_person_hands_on", "categories": ["approval:us_fl_massage"], "hands_on_fraction": "0.666667"}
    ]


def test_a_revoked_award_no_longer_counts_and_says_so(officer):
    licence = licence_with("us_fl_massage")
    award = award_for(licence)
    before = standing(licence, date(2027, 1, 1)).current.applied

    services.revoke_award(officer=officer, award=award, reason_class="duplicate", reason="Twice")

    view = standing(licence, date(2027, 1, 1))
    assert (before, view.current.applied) == ("5", "0")
    assert lines(view) == [("6", "Does not count", "the award was revoked")]


def test_what_was_known_before_a_revocation_stays_a_version_of_its_own(officer):
    licence = licence_with("us_fl_massage")
    award = award_for(licence)
    services.revoke_award(officer=officer, award=award, reason_class="duplicate", reason="Twice")

    first, second = holding_of(Licence.objects.get(pk=licence.pk)).rows

    assert (first["version"], first["status"], second["version"], second["status"]) == (1, "active", 2, "revoked")
    assert second == first | {"version": 2, "status": "revoked"}


def test_a_corrected_award_counts_as_corrected(officer):
    licence = licence_with("us_fl_massage")
    award = award_for(licence, units="2", category_split=[{"category": "ethics", "units": "2"}])
    assert standing(licence, date(2027, 1, 1)).current.needed == "22"

    services.correct_award(officer=officer, award=award, reason="The board approved one", changes={"completed_on": date(2025, 5, 9)})

    view = standing(licence, date(2027, 1, 1))
    assert (view.current.needed, view.before.applied) == ("24", "2")


def test_the_result_is_the_engines_for_the_same_case(client, today):
    licence = licence_with("us_fl_massage")
    award_for(licence, category_split=[{"category": "ethics", "units": "6"}])
    LicenceRenewalFactory(licence=licence)
    loaded = Licence.objects.with_facts().get(pk=licence.pk)
    case = case_of(loaded, TODAY)
    client.force_login(licence.user)

    answer = client.get(f"/api/v1/credits/licences/{licence.pk}/standing")

    assert case["evaluate"] == ["2025-08-31", "2027-08-31"]
    assert json.loads(json.dumps(case)) == case
    assert standing_of_licence(loaded, TODAY).result == evaluate(case) == answer.json()


def test_the_api_says_why_nothing_can_be_said(client):
    licence = licence_with("us_fl_massage", issued_on=None)
    client.force_login(licence.user)

    answer = client.get(f"/api/v1/credits/licences/{licence.pk}/standing")

    assert (answer.status_code, answer.json()["code"]) == (409, "standing_unknown")


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_a_constant_number_of_queries(client, today, django_assert_num_queries, count):
    licence = licence_with("us_fl_massage")
    for _ in range(count):
        award_for(licence)
    LicenceFactory.create_batch(count, user=licence.user)
    client.force_login(licence.user)
    address = reverse("credits:licence_standing", args=[licence.pk])
    client.get(address)

    with django_assert_num_queries(PAGE_QUERIES):
        assert client.get(address).status_code == 200


PAGE_QUERIES = 12
assert PAGE_QUERIES <= 12


def test_only_the_holder_sees_it(client):
    licence = licence_with("us_fl_massage")
    client.force_login(UserFactory())

    for address in (reverse("credits:licence_standing", args=[licence.pk]), f"/api/v1/credits/licences/{licence.pk}/standing"):
        assert client.get(address).status_code == 404


@pytest.fixture
def officer():
    return user_with_role("ce_officer")


@pytest.fixture
def today(monkeypatch):
    monkeypatch.setattr(standing_views, "today_of", lambda person: TODAY)
    monkeypatch.setattr("credits.api.standings.today_of", lambda person: TODAY)


def test_an_open_licence_leads_on_to_what_apps_above_offer(client):
    licence = licence_with("us_fl_massage")
    client.force_login(licence.user)

    text = client.get(reverse("credits:licence_standing", args=[licence.pk])).content.decode()

    assert f"/planner/?licences={licence.pk}" in text
    assert "Plan what is missing" in text


def test_a_licence_nothing_can_be_said_of_leads_nowhere(client):
    licence = LicenceFactory()
    client.force_login(licence.user)

    assert "Plan what is missing" not in client.get(reverse("credits:licence_standing", args=[licence.pk])).content.decode()


@pytest.mark.parametrize(
    ("expires_on", "is_said"),
    [
        (None, False),
        (date(2027, 8, 31), False),
        (date(2027, 9, 1), False),  # some boards print the first day without a licence
        (date(2027, 2, 28), True),
        (date(2029, 8, 31), True),  # renewed, and not noted here?
        (date(2025, 8, 31), False),  # long over: nobody kept the date up
    ],
)
def test_a_licence_that_ends_on_another_day_than_its_cycle_is_a_warning(client, today, expires_on, is_said):
    licence = licence_with("us_fl_massage", expires_on=expires_on)
    client.force_login(licence.user)

    text = client.get(reverse("credits:licence_standing", args=[licence.pk])).content.decode()

    assert ("Go by the earlier day until you know" in text) is is_said


def test_a_licence_renewed_already_ends_on_another_day_and_nothing_is_wrong(today):
    licence = licence_with("us_fl_massage", expires_on=date(2029, 8, 31))
    LicenceRenewalFactory(licence=licence, cycle_end=date(2027, 8, 31), submitted_on=TODAY, renewed_on=TODAY)

    assert standing(licence).other_expiry is None


def verify(board, **by):
    """Somebody at the school verified these kinds of facts of a board."""
    for fact in known()[board.code].facts:
        if fact.kind in by:
            said = {"verified_by_name": by[fact.kind][0], "verified_on": by[fact.kind][1], "source_seen": "The rule"}
            FactVerification.objects.create(board=board, kind=fact.kind, name=fact.name, digest=fact.digest, **said)
    in_force.forget()


def test_the_rule_says_who_checked_it_and_when(client, today):
    licence = licence_with("us_fl_massage")
    client.force_login(licence.user)
    address = reverse("credits:licence_standing", args=[licence.pk])
    assert "nobody at the school yet" in client.get(address).content.decode()

    verify(licence.board, rules=("Ines", date(2026, 11, 1)))
    assert "nobody at the school yet" in client.get(address).content.decode()  # when its cycle ends was not checked
    verify(licence.board, calendar=("Robin", date(2026, 11, 2)))

    page = client.get(address).content.decode()
    assert "Ines, on November 1, 2026<br>Robin, on November 2, 2026" in page
    assert "nobody at the school yet" not in page


def test_what_the_rule_says_is_said_without_names_of_fields():
    sentences = standing(licence_with("us_fl_massage")).current.rule.sentences

    assert (
        "One hour counts for only one of these: prevention of medical errors; laws and rules of the state; ethics; human trafficking; "
        "massage technique, hands-on in person; any kind."
    ) in sentences
    assert "Less sure: That nothing carries over is less sure than the rest of the row." in sentences


def test_a_missing_card_leads_to_where_it_is_noted(client, today):
    licence = licence_with("ace")
    client.force_login(licence.user)

    page = client.get(reverse("credits:licence_standing", args=[licence.pk])).content.decode()

    assert page.count("Note a card you hold") == 1


def test_a_question_of_the_school_is_not_called_a_wait():
    licence = licence_with("us_fl_massage")
    ExternalCreditFactory(user=licence.user, board=licence.board, completed_on=date(2026, 5, 9), status="asked")

    [(_units, word, why)] = lines(standing(licence))
    to_officer = standing_of_licence(Licence.objects.with_facts().get(pk=licence.pk), TODAY, to_holder=False)

    assert (word, why) == (
        "Not counted yet",
        "the school asks you for more about its proof, under “Earned elsewhere”; it counts once the school has accepted it",
    )
    assert [line.why for line in to_officer.current.lines] == ["more was asked for about its proof; it counts once that is accepted"]
