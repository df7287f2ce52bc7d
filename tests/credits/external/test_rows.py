"""Credits earned elsewhere in the rows the rules engine reads, and in a standing."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from credits.credit_rows import holding_of
from credits.models import ExternalCredit, ExternalEntry, ExternalProof, Licence
from credits.standings import case_of, standing_of_licence
from tests.factories.credits import BoardFactory, ExternalCreditFactory, ExternalProofFactory, LicenceFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)


def licence_with(code, **values):
    return LicenceFactory(board=BoardFactory(code=code, name="Board of Massage Therapy"), issued_on=date(2022, 3, 1), **values)


def external_for(licence, **values):
    return ExternalCreditFactory(user=licence.user, board=licence.board, **values)


def standing(licence, as_of=TODAY):
    return standing_of_licence(Licence.objects.with_facts().get(pk=licence.pk), as_of)


def lines(view):
    return [(line.title, line.units, line.word, line.why) for line in view.current.lines]


def test_a_typed_in_credit_counts_once_its_proof_is_accepted():
    licence = licence_with("us_fl_massage")
    external_for(licence, title="Ethics at work", units=Decimal("2"), category_split=[{"category": "ethics", "units": "2"}], status="accepted")
    external_for(licence, title="Lymph drainage", completed_on=date(2026, 6, 1))

    view = standing(licence)

    assert (view.current.applied, view.current.needed) == ("2", "22")
    assert lines(view) == [
        ("Ethics at work (earned elsewhere)", "2", "Counted", "as ethics"),
        ("Lymph drainage (earned elsewhere)", "4", "Not counted yet", "its proof waits for review; it counts once the school has accepted it"),
    ]


def test_a_refused_proof_is_not_said_to_wait():
    licence = licence_with("us_fl_massage")
    external_for(licence, title="Lymph drainage", status="refused")

    assert lines(standing(licence)) == [("Lymph drainage (earned elsewhere)", "4", "Does not count", "the school has not accepted its proof")]


def test_every_event_is_a_version_and_bears_the_labels_that_were_named():
    approving = BoardFactory(code="ncbtmb_ap")
    licence = licence_with("us_ga_massage")
    credit = external_for(
        licence,
        approval_board=approving,
        units=Decimal("6.50"),
        category_split=[{"category": "ethics", "units": "1.5"}],
        labels=["activity:college_course"],
        hands_on_percent=75,
        status="refused",
    )

    rows = holding_of(licence).rows

    common = ["external", "approval:ncbtmb_ap", "activity:college_course"]
    assert [(row["id"], row["version"], row["review"], row["status"]) for row in rows] == [
        (f"external:{credit.key}", 1, "pending", "active"),
        (f"external:{credit.key}", 2, "refused", "active"),
    ]
    assert rows[0]["segments"] == [
        {"units": "1.5", "mode": "in_person_hands_on", "categories": [*common, "ethics"], "hands_on_fraction": "0.75"},
        {"units": "5", "mode": "in_person_hands_on", "categories": common, "hands_on_fraction": "0.75"},
    ]
    assert case_of(Licence.objects.with_facts().get(pk=licence.pk), TODAY)["credits"] == rows


def test_a_new_version_takes_the_place_of_the_old_one_and_a_withdrawn_one_is_gone():
    licence = licence_with("us_fl_massage")
    old = external_for(licence, units=Decimal("4"), status="accepted")
    ExternalEntry.objects.create(credit=old, kind=ExternalEntry.Kind.SUPERSEDED)
    new = external_for(licence, key=old.key, version=2, supersedes=old, units=Decimal("3"), status="accepted")

    corrected = holding_of(licence).rows
    ExternalEntry.objects.create(credit=new, kind=ExternalEntry.Kind.WITHDRAWN)
    withdrawn = holding_of(licence).rows

    assert [(row["version"], row["segments"][0]["units"], row["review"]) for row in corrected] == [
        (1, "4", "pending"),
        (2, "4", "accepted"),
        (3, "3", "pending"),
        (4, "3", "accepted"),
    ]
    assert (withdrawn[-1]["version"], withdrawn[-1]["status"]) == (5, "revoked")
    assert [credit.pk for credit in ExternalCredit.objects.latest()] == [new.pk]


def test_only_the_holder_s_own_for_that_board_are_read():
    licence = licence_with("us_fl_massage")
    external_for(licence)
    ExternalCreditFactory(board=licence.board)
    ExternalCreditFactory(user=licence.user)

    assert len(holding_of(licence).rows) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_a_standing_costs_the_same_with_many(count, django_assert_num_queries):
    licence = licence_with("us_fl_massage")
    for _number in range(count):
        external_for(licence, approval_board=licence.board, status="accepted")
    loaded = Licence.objects.with_facts().get(pk=licence.pk)

    with django_assert_num_queries(2):
        standing_of_licence(loaded, TODAY)


@pytest.mark.parametrize("values", [{"units": Decimal("0")}, {"title": ""}, {"hands_on_percent": 101}, {"version": 2}])
def test_the_table_refuses_what_can_not_be(values):
    with pytest.raises(IntegrityError), transaction.atomic():
        ExternalCreditFactory(**values)


def test_a_purged_proof_keeps_its_hash_alone():
    ExternalProofFactory()
    now = timezone.now()

    with pytest.raises(IntegrityError, match="a_proof_has_a_file_until_it_is_purged"), transaction.atomic():
        ExternalProof.objects.update(purged_at=now)
    ExternalProof.objects.update(purged_at=now, file="", name="")

    proof = ExternalProof.objects.get()
    assert (bool(proof.file), proof.name, len(proof.sha256)) == (False, "", 64)
