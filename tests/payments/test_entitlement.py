"""Until when a membership opens the library: every status, every date."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.entitlement import RENEWAL_SLACK, library_open_until
from payments.models import Subscription

GRACE = timedelta(days=7)
DAY = timedelta(days=1)
JAN = datetime(2027, 1, 6, 12, tzinfo=UTC)
STATUSES = [status.value for status in Subscription.Status]


@dataclass
class Row:
    status: str
    paid_through: datetime | None = JAN
    trial_end: datetime | None = None
    cancel_at: datetime | None = None
    paused_at: datetime | None = None
    ended_at: datetime | None = None
    taken_back_through: datetime | None = None
    is_paid_back: bool = False


TABLE = [
    # What renews is given the hours that the charge takes.
    (Row("trialing", trial_end=JAN), JAN + RENEWAL_SLACK),
    (Row("trialing", trial_end=JAN, cancel_at=JAN), JAN),
    (Row("trialing", paid_through=None, trial_end=JAN), JAN + RENEWAL_SLACK),
    (Row("trialing", paid_through=None), None),
    (Row("trialing", trial_end=JAN, paused_at=JAN - DAY), JAN),
    (Row("active"), JAN + RENEWAL_SLACK),
    (Row("active", paid_through=None), None),
    (Row("active", paid_through=None, trial_end=JAN), None),
    (Row("active", cancel_at=JAN), JAN),
    (Row("active", cancel_at=JAN - DAY), JAN),
    (Row("active", cancel_at=JAN + 30 * DAY), JAN + RENEWAL_SLACK),
    (Row("active", paused_at=JAN - DAY), JAN),
    (Row("active", taken_back_through=JAN), None),
    (Row("active", taken_back_through=JAN - DAY), JAN + RENEWAL_SLACK),
    (Row("active", is_paid_back=True), JAN + RENEWAL_SLACK),
    (Row("past_due"), JAN + GRACE),
    (Row("past_due", paid_through=None), None),
    (Row("past_due", paused_at=JAN), JAN),
    (Row("past_due", taken_back_through=JAN), None),
    (Row("paused"), JAN),
    (Row("paused", paid_through=None), None),
    (Row("unpaid"), JAN),
    (Row("unpaid", paid_through=None), None),
    (Row("incomplete", paid_through=None), None),
    (Row("incomplete"), JAN),
    (Row("incomplete_expired", paid_through=None), None),
    (Row("canceled", ended_at=JAN), JAN),
    (Row("canceled", ended_at=JAN - 20 * DAY), JAN),  # ended at once: what was paid is kept
    (Row("canceled", ended_at=JAN - 20 * DAY, is_paid_back=True), JAN - 20 * DAY),
    (Row("canceled", ended_at=JAN + 20 * DAY, is_paid_back=True), JAN),  # ended while it was late
    (Row("canceled", ended_at=JAN - 20 * DAY, taken_back_through=JAN), None),
    (Row("canceled", paid_through=None, ended_at=JAN), None),
]


@pytest.mark.parametrize(("row", "until"), TABLE)
def test_the_library_is_open_until(row, until):
    assert library_open_until(row, GRACE) == until


def test_the_table_has_every_status():
    assert {row.status for row, _ in TABLE} == set(STATUSES)


moments = st.none() | st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2028, 1, 1), timezones=st.just(UTC))
rows = st.builds(
    Row,
    status=st.sampled_from(STATUSES),
    paid_through=moments,
    trial_end=moments,
    cancel_at=moments,
    paused_at=moments,
    ended_at=moments,
    taken_back_through=moments,
    is_paid_back=st.booleans(),
)


@given(rows)
def test_nothing_is_open_without_a_paid_period_or_a_trial(row):
    unpaid = replace(row, paid_through=None, trial_end=row.trial_end if row.status != "trialing" else None)

    assert library_open_until(unpaid, GRACE) is None


@given(rows, st.integers(0, 30))
def test_it_is_never_open_longer_than_what_was_paid_and_the_grace(row, days):
    grace = timedelta(days=days)

    until = library_open_until(row, grace)

    assert until is None or until <= max(at for at in (row.paid_through, row.trial_end) if at) + max(grace, RENEWAL_SLACK)


@given(rows)
def test_what_was_taken_back_is_closed(row):
    taken = replace(row, taken_back_through=max((at for at in (row.paid_through, row.trial_end) if at), default=None))

    assert library_open_until(taken, GRACE) is None


@given(rows)
def test_what_was_paid_for_is_kept_whatever_became_of_it(row):
    kept = replace(row, taken_back_through=None, is_paid_back=False)

    if row.paid_through and row.status != "trialing":
        assert library_open_until(kept, GRACE) >= row.paid_through
