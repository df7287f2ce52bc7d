"""The officers' dashboards: who lacks what, what ends soon, what nobody verified; as pages, files and over the API."""

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from core import clock
from core.models import AuditEntry
from credits.batch import snapshots
from credits.dashboards.plots import bars_of, columns_of, months_from
from credits.models import AwardEntry, FactVerification, Licence, StandingSnapshot
from credits.revisions import in_force
from credits.rulebook import known
from tests.credits.test_standings import award_for
from tests.factories.accounts import user_with_role
from tests.factories.credits import AccreditationFactory, BoardFactory, HeldCredentialFactory, LicenceFactory, LicenceRenewalFactory

pytestmark = pytest.mark.django_db
TODAY = date(2027, 7, 20)
STANDINGS, ENDING, UNVERIFIED = (reverse(f"credits_desk:{name}") for name in ("deficiency_list", "expiry_list", "unverified_list"))
QUERIES = {STANDINGS: 9, ENDING: 11, UNVERIFIED: 6}


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 7, 20, 15, tzinfo=UTC))


@pytest.fixture
def officer(client):
    person = user_with_role("ce_officer")
    client.force_login(person)
    return person


def florida(name="Zoë", **values):
    board = BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy")
    return LicenceFactory(board=board, user__display_name=name, **({"issued_on": date(2022, 3, 1)} | values))


def refresh():
    snapshots._refresh(list(Licence.objects.on_file().order_by("pk").values_list("pk", flat=True)))


def main(answer):
    return answer.content.decode().split('<div class="desk__main">')[1]


def lines(answer):
    return list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))


def test_without_licences_it_says_where_they_come_from(client, officer):
    page = main(client.get(STANDINGS))

    assert "No licence is on file" in page
    assert "Learners put licences on file themselves" in page
    assert page.count("<h1>") == 1


def test_it_names_who_lacks_what_by_when(client, officer):
    licence = florida(number="MA12345")
    award_for(licence, units="3", day=date(2027, 2, 1), category_split=[{"category": "ethics", "units": "2"}])
    refresh()

    page = main(client.get(STANDINGS))

    for words in ("Zoë", "MA12345", "Aug. 31, 2027", "42 days left", "21 hours", "12 massage technique", "2 prevention of medical errors", "not verified"):
        assert words in page, words
    assert reverse("credits_desk:licence_standing", args=[licence.pk]) in page
    assert "1 licence with a near deadline gets no reminder" in page


@pytest.fixture
def four():
    """Somebody who lacks much, somebody who lacks ethics alone, somebody who is done, and somebody of whom nothing can be said."""
    little = florida("Ada", number="A1")
    award_for(little, units="24", day=date(2027, 2, 1), mode="in_person_hands_on", category_split=[
        {"category": "medical_errors", "units": "2"}, {"category": "laws_and_rules", "units": "2"}, {"category": "human_trafficking", "units": "1"},
        {"category": "technique", "units": "12"},
    ])  # fmt: skip
    done = florida("Cy", number="C1")
    award_for(done, units="26", day=date(2027, 2, 1), mode="in_person_hands_on", category_split=[
        {"category": "medical_errors", "units": "2"}, {"category": "laws_and_rules", "units": "2"}, {"category": "human_trafficking", "units": "1"},
        {"category": "technique", "units": "12"}, {"category": "ethics", "units": "2"},
    ])  # fmt: skip
    florida("Dora", number="D1", issued_on=None)
    LicenceFactory(board=BoardFactory(code="us_ne_massage", name="Nebraska"), user__display_name="Bea", number="B1", issued_on=date(2022, 3, 1))
    refresh()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Ada", "Bea"}),
        ("show=complete", {"Cy"}),
        ("show=unknown", {"Dora"}),
        ("show=all", {"Ada", "Bea", "Cy", "Dora"}),
        ("show=late", set()),
        ("show=nonsense&within=nonsense", {"Ada", "Bea"}),
        ("board=us_fl_massage", {"Ada"}),
        ("board=nowhere", set()),
        ("lacks=ethics&board=us_fl_massage", {"Ada"}),
        ("lacks=technique", set()),
        ("within=90", {"Ada"}),
        ("q=b1", {"Bea"}),
        ("q=\x00zeppelin", set()),
        ("unverified=1&show=all", {"Ada", "Bea", "Cy"}),
    ],
)
def test_filters_choose_the_same_on_the_page_in_the_file_and_over_the_api(client, officer, four, query, names):
    page = main(client.get(f"{STANDINGS}?{query}"))
    assert {name for name in ("Ada", "Bea", "Cy", "Dora") if f"<bdi>{name}</bdi>" in page} == names

    assert {row["person"] for row in lines(client.get(f"{reverse('credits_desk:deficiency_csv')}?{query}"))} == names
    told = client.get(f"{reverse('credits_api:standings')}?{query}").json()["results"]
    assert {row["person"] for row in told} == names


def test_the_file_says_all_and_who_took_it_is_noted(client, officer):
    licence = florida("=Zoë", number="MA12345")
    award_for(licence, units="3", day=date(2027, 2, 1))
    refresh()

    (row,) = lines(client.get(reverse("credits_desk:deficiency_csv")))

    assert (row["person"], row["needed"], row["deadline"], row["verified"], row["as_of"]) == ("'=Zoë", "21", "2027-08-31", "no", "2027-07-20")
    assert "12 massage technique" in row["missing"]
    assert AuditEntry.objects.get(action="credits.export_standings").actor == officer


def test_held_units_stand_beside_what_is_missing(client, officer):
    award = award_for(florida(), day=date(2027, 2, 1))
    AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.SUSPENDED, data={"because": "under_review"})
    refresh()

    (row,) = client.get(reverse("credits_api:standings")).json()["results"]
    (line,) = lines(client.get(reverse("credits_desk:deficiency_csv")))

    assert "6 hours held, not counted meanwhile" in main(client.get(STANDINGS))
    assert (row["needed_units"], row["held_units"], line["needed"], line["held"]) == ("24", "6", "24", "6")


def test_the_api_gives_the_figures(client, officer):
    licence = florida(number="MA12345")
    refresh()
    snapshots.mark_stale(person_id=licence.user_id)

    (row,) = client.get(reverse("credits_api:standings")).json()["results"]

    assert (row["needed_units"], row["required_units"], row["deadline"], row["is_stale"], row["status"]) == ("24", "24", "2027-08-31", True, "open")
    assert {"code": "medical_errors", "units": "2", "what": "prevention of medical errors"} in row["missing"]


def test_late_credit_of_the_cycle_before_is_a_list_of_its_own(client, officer):
    licence = florida(number="MA12345")
    refresh()
    late = {"before_status": "open", "before_end": date(2027, 6, 30), "before_deadline": date(2027, 8, 15), "before_needed": Decimal("5.5")}
    StandingSnapshot.objects.filter(licence=licence).update(**late)

    page = main(client.get(f"{STANDINGS}?show=late&within=30"))

    assert "late credit until Aug. 15, 2027" in page
    assert "5.5 hours of the cycle before" in page


@pytest.mark.parametrize("address", list(QUERIES))
def test_pages_cost_the_same_for_one_licence_and_for_three(client, officer, django_assert_num_queries, address):
    for number in range(3):
        licence = florida(number=str(number), expires_on=TODAY + timedelta(days=20))
        HeldCredentialFactory(user=licence.user, expires_on=TODAY + timedelta(days=20))
        refresh()
        with django_assert_num_queries(QUERIES[address]):
            client.get(address)


def test_what_ends_soon_is_listed_by_kind(client, officer):
    licence = florida(expires_on=TODAY + timedelta(days=10), number="MA1")
    renewed = florida("Bea", expires_on=TODAY + timedelta(days=10), number="MA2")
    LicenceRenewalFactory(licence=renewed, cycle_end=renewed.expires_on, renewed_on=TODAY)
    florida("Cy", expires_on=TODAY + timedelta(days=100), number="MA3")
    HeldCredentialFactory(user=licence.user, expires_on=TODAY + timedelta(days=80))
    approval = AccreditationFactory(valid_to=TODAY + timedelta(days=90))
    AccreditationFactory(valid_to=TODAY + timedelta(days=91))

    def listed(kind, within=90):
        told = client.get(f"{reverse('credits_api:endings')}?kind={kind}&within={within}").json()["results"]
        page = main(client.get(f"{ENDING}?kind={kind}&within={within}"))
        assert page.count("days left") == len(told)
        assert [row["ends_on"] for row in lines(client.get(f"{reverse('credits_desk:expiry_csv')}?kind={kind}&within={within}"))] == [
            row["ends_on"] for row in told
        ]
        return [row["id"] for row in told]

    assert listed("licences") == [licence.pk]
    assert len(listed("licences", 180)) == 2
    assert len(listed("credentials")) == 1
    assert listed("approvals") == [approval.pk]
    assert listed("nonsense", 7) == [licence.pk]


def test_nothing_that_ends_says_so(client, officer):
    page = main(client.get(ENDING))

    assert "Nothing ends in them." in page
    assert "Choose more days, or another kind." in page


def test_unverified_boards_are_counted_with_whom_they_concern(client, officer):
    florida()
    florida("Bea")
    refresh()

    page = main(client.get(UNVERIFIED))
    first = client.get(reverse("credits_api:unverified")).json()["results"][0]

    facts = len(known()["us_fl_massage"].facts)
    assert first == {"board": "us_fl_massage", "verified": 0, "facts": facts, "licences": 2, "resting": 2, "withheld": 2}
    assert "2 licences, their deadline within 90 days" in page
    assert f"0 of {facts} facts" in page


def test_a_verified_board_is_not_listed(client, officer):
    licence = florida()
    for fact in known()["us_fl_massage"].facts:
        FactVerification.objects.create(
            board=licence.board, kind=fact.kind, name=fact.name, digest=fact.digest, verified_by_name="Ines", verified_on=TODAY, source_seen="The rule"
        )
    in_force.forget()
    refresh()

    page = main(client.get(UNVERIFIED))

    assert "Everything is verified" in page
    assert "no reminder" not in main(client.get(STANDINGS))


def test_the_ledger_counts_who_lacks_something(client, officer):
    florida()
    refresh()

    page = main(client.get(reverse("credits_desk:overview")))

    assert "1 licence lacks something within 90 days" in page
    assert "1 without a reminder" in page


def test_columns_are_stacked_and_the_highest_fills_the_picture():
    days = months_from(date(2026, 11, 23), 3)
    plot = columns_of(days, {days[1]: {"lacking": 3, "complete": 1}, days[2]: {"lacking": 1}}, ("lacking", "complete"))

    assert days == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]
    assert [(part.kind, part.x, part.y, part.height) for column in plot.columns for part in column.parts] == [
        ("lacking", "11.50", "10.00", "30.00"),
        ("complete", "11.50", "0.00", "10.00"),
        ("lacking", "21.50", "30.00", "10.00"),
    ]
    assert columns_of(days, {}, ("lacking",)).is_empty


def test_bars_lie_side_by_side_and_the_longest_fills_the_picture():
    longest, other = bars_of([("fl", "Florida", {"lacking": 3, "complete": 1}), ("ne", "Nebraska", {"complete": 2})], ("lacking", "complete"))

    assert [(part.x, part.width) for part in longest.parts] == [("0.00", "75.00"), ("75.00", "25.00")]
    assert [(part.x, part.width) for part in other.parts] == [("0.00", "50.00")]
