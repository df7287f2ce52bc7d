"""The statement's multirange arithmetic beside a plain model of sets, on random beats."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streaming.fields import IntMultiRangeField, format_multirange, parse_multirange
from streaming.models import PlaybackSession, WatchEvidence
from streaming.selectors.watching import coverage_of
from streaming.services import open_session, record_beat
from tests.factories.streaming import GrantFactory, ReadyAssetFactory
from tests.streaming.clock import let_pass

DURATION = 400
stretch = st.tuples(st.integers(0, 450), st.integers(1, 120)).map(lambda pair: (pair[0], pair[0] + pair[1]))
beat = st.tuples(st.lists(stretch, max_size=6), st.booleans(), st.integers(0, 6))


def stretches(moments: set[int]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for moment in sorted(moments):
        if joined and joined[-1][1] == moment:
            joined[-1] = (joined[-1][0], moment + 1)
        else:
            joined.append((moment, moment + 1))
    return joined


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(beats=st.lists(beat, min_size=1, max_size=8))
def test_the_evidence_is_the_set_of_moments_claimed_in_sight(beats):
    """With time enough, exactly what was claimed counts; a number used before changes nothing."""
    session = open_session(grant=GrantFactory(asset=ReadyAssetFactory(duration_ms=DURATION)))
    model: set[int] = set()
    last_seq = 0
    for ranges, visible, step in beats:
        let_pass(session, 30)
        before = set(model)
        seq = max(last_seq + step, 1)
        if seq > last_seq and visible:
            model |= {moment for start, end in ranges for moment in range(start, min(end, DURATION))}
        last_seq = seq
        answer = record_beat(token=session.token, user=session.user, seq=seq, ranges=ranges, position_ms=0, rate=1, visible=visible)
        assert answer.credited_ms == len(model - before)
        assert answer.covered_ms == len(model)
        assert answer.missing == stretches(set(range(DURATION)) - model)

    kept = WatchEvidence.objects.get(pk=session.evidence_id).covered
    assert kept == stretches(model)
    seen = coverage_of(kept, DURATION)
    assert (seen.covered_ms, seen.missing) == (len(model), stretches(set(range(DURATION)) - model))


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(ranges=st.lists(st.tuples(st.integers(0, 60_000), st.integers(1, 20_000)).map(lambda p: (p[0], p[0] + p[1])), min_size=1, max_size=8))
def test_what_a_short_allowance_buys_is_the_start_of_the_claim(spent_ms, ranges):
    session = open_session(grant=GrantFactory(asset=ReadyAssetFactory(duration_ms=70_000)))

    answer = record_beat(token=session.token, user=session.user, seq=1, ranges=ranges, position_ms=0, rate=1, visible=True)

    left, model = answer.credited_ms, set()
    for start, end in ranges:
        for moment in range(start, min(end, 70_000)):
            if left and moment not in model:
                model.add(moment)
                left -= 1
    assert WatchEvidence.objects.get(pk=session.evidence_id).covered == stretches(model)
    claimed = len({moment for start, end in ranges for moment in range(start, min(end, 70_000))})
    assert answer.credited_ms == claimed or 2_000 <= answer.credited_ms <= 2_000 + 2 * spent_ms()
    assert (answer.message == "") == (answer.credited_ms == claimed)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moments=st.sets(st.integers(-50, 50)))
def test_the_field_reads_what_it_writes(moments):
    value = stretches(moments)

    assert parse_multirange(format_multirange(value)) == value
    assert IntMultiRangeField().to_python(format_multirange(value)) == value


@pytest.mark.parametrize("text", ["", "{", "{[1,2]}", "{(,5)}", "{[1,2),}", "[1,2)", "{empty}"])
def test_the_field_refuses_anything_else(text):
    with pytest.raises(ValueError):
        parse_multirange(text)


@pytest.mark.django_db
def test_the_database_returns_the_field_as_pairs():
    session = open_session(grant=GrantFactory())
    WatchEvidence.objects.filter(pk=session.evidence_id).update(covered=[(5, 9), (0, 3), (3, 4)])

    assert WatchEvidence.objects.get().covered == [(0, 4), (5, 9)]
    assert PlaybackSession.objects.select_related("evidence").get().evidence.covered == [(0, 4), (5, 9)]
