"""Many licences at once: the same answers as one at a time, in a constant number of queries."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credits import services
from credits.batch import BatchStanding, EarlierCycle, compare, standings_of
from credits.batch import standings as batch_standings
from credits.models import AwardEntry, Licence
from credits.rulebook import known
from credits.standings import standing_of_licence
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import (
    AccreditationFactory,
    AwardFactory,
    BirthDateFactory,
    BoardFactory,
    DossierFactory,
    ExternalCreditFactory,
    HeldCredentialFactory,
    LicenceFactory,
    LicenceOverrideFactory,
    LicenceRenewalFactory,
    LicenceStatusFactory,
    MetDutyFactory,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
SEED = 20261123
# Calendars of every kind, boards without one, without rules, and with rules that ask for rare facts.
BOARDS = (
    "us_fl_massage", "us_ny_massage", "us_ne_massage", "us_ga_massage", "us_tx_massage", "us_va_massage", "us_wa_massage", "us_ct_massage",
    "us_la_massage", "us_il_massage", "us_ms_massage", "ncbtmb_bc", "nsca", "nasm", "no_such_board",
)  # fmt: skip
MODES = ("in_person_hands_on", "in_person_lecture", "live_remote", "self_paced")
TOPICS = ("ethics", "Laws and rules of the state", "medical_errors", "technique", "human_trafficking", "something nobody asks for")


@pytest.fixture
def officer():
    return user_with_role("ce_officer")


def told_one_by_one(licences):
    return [_told(standing_of_licence(licence, TODAY)) for licence in licences.with_facts()]


def _told(view):
    """What the page of one licence says, in the form of the batch."""
    unknown = BatchStanding(view.licence.pk, view.licence.user_id, view.licence.board.code, "unknown")
    if view.current is None:
        return replace(unknown, gap_code=view.gap.code)
    current, before, row = view.current, view.before, view.result["cycles"][-1]
    return replace(
        unknown, status=view.status, cycle_start=current.start, cycle_end=current.end, deadline=current.deadline, required=_decimal(current.required),
        applied=_decimal(current.applied), needed=_decimal(current.needed),
        missing=tuple((part["code"], Decimal(part["units"])) for part in row["minima_missing"]),
        held=sum((Decimal(part.units) for part in current.lines if part.word == "Held"), Decimal(0)),
        rule_id=current.rule.id if current.rule else "", rule_version=current.rule.version if current.rule else None, is_verified=view.is_verified,
        blocked_by=tuple(row["blocked_by"]),
        before=EarlierCycle(before.end, before.deadline, before.status, _decimal(before.needed)) if before else None,
    )  # fmt: skip


def _decimal(text):
    return None if text is None else Decimal(text)


def random_licence(random, officer):
    board = BoardFactory(code=random.choice(BOARDS), kind=random.choice(["state_board", "national_certification"]))
    issued = random.choice([None, date(2027, 1, 1), *[date(random.randint(2012, 2026), random.randint(1, 11), random.randint(1, 28)) for _ in range(9)]])
    number = random.choice(["", "MA²", "MA12345", "7"])
    licence = LicenceFactory(
        board=board, number=number, issued_on=issued, expires_on=random.choice([None, date(2029, 5, 1)]), practising_since=random.choice([None, issued])
    )
    if random.random() < 0.8:
        BirthDateFactory(user=licence.user, born_on=random.choice([date(1984, 2, 29), date(1985, 6, 15)]))
    if random.random() < 0.3:
        LicenceStatusFactory(licence=licence, begins_on=date(2024, 3, 1))
    if random.random() < 0.3:
        HeldCredentialFactory(user=licence.user, credential=random.choice(["cpr", "bls", "ncbtmb_bc"]))
    if random.random() < 0.3:
        LicenceRenewalFactory(licence=licence, cycle_end=date(2025, 8, 31), submitted_on=date(2025, 8, 1), renewed_on=date(2025, 8, 20))
    if random.random() < 0.2:
        LicenceOverrideFactory(licence=licence, cycle_end=date(2025, 8, 31), required=Decimal("5"), officer=officer)
    if random.random() < 0.2:
        MetDutyFactory(licence=licence)
    for _ in range(random.randint(0, 7)):
        random_award(random, licence, officer)
    for _ in range(random.randint(0, 2)):
        random_external(random, licence)
    return licence


def random_award(random, licence, officer):
    day = TODAY - timedelta(days=random.randint(0, 1100))
    units, mode = Decimal(random.choice(["0", "1", "2.5", "6", "12", "40"])), random.choice(MODES)
    split = [{"category": topic, "units": "1"} for topic in random.sample(TOPICS, random.randint(0, 2))] if units > 2 else []
    under = BoardFactory(code="ncbtmb_ap") if random.random() < 0.4 else licence.board
    accreditation = AccreditationFactory(board=under, units=units or Decimal("1"), mode=mode, category_split=split)
    minutes = random.choice([None, {"in_person_hands_on": 100, "in_person_lecture": 50}])
    dossier = DossierFactory(
        user=licence.user, activity=accreditation.activity, completed_on=day, completed_at=datetime(day.year, day.month, day.day, 15, tzinfo=UTC),
        facts={"offered": {"minutes": minutes}} if minutes else {},
    )  # fmt: skip
    award = AwardFactory(
        dossier=dossier, accreditation=accreditation, board=licence.board, licence=licence, units=units, mode=mode, category_split=split, completed_on=day
    )
    match random.randint(0, 9):
        case 0:
            services.revoke_award(officer=officer, award=award, reason_class="duplicate", reason="Twice")
        case 1:
            AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.HELD)
        case 2:
            AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.SUSPENDED, data={"because": "under_review"})
        case 3:
            AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.HELD, data={"missing": ["licence_number_missing"]})
            AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.RELEASED)


def random_external(random, licence):
    ExternalCreditFactory(
        user=licence.user, board=licence.board, title=random.choice(["Lymph drainage", "Ethics at work"]), mode=random.choice(MODES),
        units=Decimal(random.choice(["1", "2.5", "12"])), completed_on=TODAY - timedelta(days=random.randint(0, 1100)),
        category_split=random.choice([[], [{"category": "ethics", "units": "1"}]]), hands_on_percent=random.choice([None, 0, 75, 100]),
        approval_board=random.choice([None, licence.board]), status=random.choice(["waiting", "accepted", "accepted", "refused", "withdrawn"]),
    )  # fmt: skip


def test_it_says_of_each_licence_what_its_page_says(officer):
    random = Random(SEED)
    for _ in range(120):
        random_licence(random, officer)
    licences = Licence.objects.order_by("pk")

    told = list(standings_of(licences, TODAY))

    assert told == told_one_by_one(licences), f"seed {SEED}"
    gaps = {standing.gap_code for standing in told}
    assert gaps >= {"", "no_rules", "no_calendar", "missing_issued_on", "missing_born_on", "not_begun", "facts_unfit"}
    assert {standing.status for standing in told} >= {"open", "met", "exempt", "unknown"}


def test_two_licences_of_one_person_do_not_share_their_awards(officer):
    random = Random(SEED)
    person = UserFactory()
    florida, nebraska = (LicenceFactory(user=person, board=BoardFactory(code=code), issued_on=date(2022, 3, 1)) for code in ("us_fl_massage", "us_ne_massage"))
    for licence in (florida, florida, nebraska):
        random_award(random, licence, officer)
    other = LicenceFactory(board=florida.board, issued_on=date(2022, 3, 1))
    random_award(random, other, officer)
    licences = Licence.objects.order_by("pk")

    assert list(standings_of(licences, TODAY)) == told_one_by_one(licences)


def test_a_chunk_costs_the_same_queries_for_one_licence_and_for_three(officer):
    counts = []
    for _ in range(3):
        licence = LicenceFactory(board=BoardFactory(code="us_fl_massage"), issued_on=date(2022, 3, 1))
        random_award(Random(SEED), licence, officer)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            list(standings_of(Licence.objects.order_by("pk"), TODAY))
        counts.append(len(queries))

    assert counts == [9, 9, 9]


def test_chunks_lose_and_double_nobody(monkeypatch):
    monkeypatch.setattr(batch_standings, "CHUNK", 2)
    licences = [LicenceFactory(board=BoardFactory(code="us_fl_massage"), issued_on=date(2022, 3, 1)) for _ in range(5)]

    told = [standing.licence_id for standing in standings_of(Licence.objects.order_by("pk"), TODAY)]

    assert told == [licence.pk for licence in licences]


def test_compare_names_those_whose_standing_would_change_and_how():
    florida = BoardFactory(code="us_fl_massage")
    empty = LicenceFactory(board=florida, issued_on=date(2022, 3, 1))
    LicenceFactory(board=BoardFactory(code="us_ne_massage"), issued_on=date(2022, 3, 1))
    LicenceFactory(board=florida, issued_on=None)
    before = known()["us_fl_massage"]
    code = next(part["code"] for row in before.rules for part in row.content["minima"] if part.get("match", {}).get("modes"))
    after = replace(before, rules=tuple(replace(row, content=_raised(deepcopy(row.content), code)) for row in before.rules))

    (change,) = compare(Licence.objects.order_by("pk"), TODAY, before, after)

    assert change.licence_id == empty.pk
    assert dict(change.before.missing)[code] == 12
    assert dict(change.after.missing)[code] == 14
    assert list(compare(Licence.objects.all(), TODAY, before, before)) == []


def _raised(content, code):
    for minimum in content.get("minima", ()):
        if minimum["code"] == code:
            minimum["units"] = "14"
    return content


def test_compare_shows_what_a_board_without_rules_would_get():
    licence = LicenceFactory(board=BoardFactory(code="us_fl_massage"), issued_on=date(2022, 3, 1))

    (change,) = compare(Licence.objects.all(), TODAY, None, known()["us_fl_massage"])

    assert (change.licence_id, change.before.gap_code, change.after.status) == (licence.pk, "no_rules", "open")
