"""What one beat earns, what it answers, and who is told to stop."""

import re
from decimal import Decimal
from functools import partial

import pytest
from django.db import DatabaseError, transaction
from django.db.models.functions import Now

from streaming.models import PlaybackSession, WatchEvidence
from streaming.selectors import coverage, coverage_map, evidence_summary
from streaming.services import MalformedBeat, TooManyBeats, UnknownSession, close_session, open_session, revoke_grants
from streaming.signals import evidence_grew
from tests.factories.accounts import UserFactory
from tests.factories.streaming import GrantFactory, ReadyAssetFactory
from tests.fixtures.at_once import at_once, begin
from tests.streaming.clock import Player, let_pass

pytestmark = pytest.mark.django_db


@pytest.fixture
def player():
    return Player(open_session(grant=GrantFactory()))


def evidence() -> WatchEvidence:
    return WatchEvidence.objects.get()


def test_an_honest_beat_counts_in_full_and_says_what_is_missing(player):
    answer = player.beat((0, 10_000), after=10, position_ms=10_000)

    assert (answer.credited_ms, answer.covered_ms, answer.duration_ms) == (10_000, 10_000, 600_000)
    assert answer.fraction == pytest.approx(1 / 60)
    assert answer.missing == [(10_000, 600_000)]
    assert (answer.stop, answer.message, answer.state) == (False, "", "open")
    assert evidence().covered == [(0, 10_000)]
    assert evidence().position_ms == 10_000
    assert 9_990 <= evidence().wall_ms <= 10_000
    session = PlaybackSession.objects.get()
    assert (session.beats, session.credited_ms, session.last_seq) == (1, 10_000, 1)


def test_a_claim_faster_than_the_cap_is_cut_from_its_start_and_says_so(player, spent_ms):
    answer = player.beat((60_000, 360_000), (0, 60_000), after=5)

    assert 12_000 <= answer.credited_ms <= 12_000 + 2 * spent_ms()
    assert evidence().covered == [(60_000, 60_000 + answer.credited_ms)]
    assert re.fullmatch(r"You claimed 360 s; \d+(\.\d)? s had passed\. At up to 2× speed, \d+(\.\d)? s were counted\.", answer.message)


def test_the_cap_of_the_grant_decides(spent_ms):
    player = Player(open_session(grant=GrantFactory(rate_cap=Decimal("1"))))

    answer = player.beat((0, 600_000), after=10)

    assert 12_000 <= answer.credited_ms <= 12_000 + spent_ms()


def test_slack_is_given_once_not_with_every_beat(player, spent_ms):
    earned = sum(player.beat((start, start + 20_000)).credited_ms for start in range(0, 200_000, 20_000))

    assert 2_000 <= earned <= 2_000 + 2 * spent_ms()


def test_a_gap_of_an_hour_earns_one_minute(player):
    answer = player.beat((0, 600_000), after=3600)

    assert answer.credited_ms == 122_000
    assert evidence().wall_ms == 60_000


def test_watching_again_costs_and_earns_nothing(player):
    player.beat((0, 10_000), after=10)

    again = player.beat((0, 10_000), (0, 10_000), (10_000, 20_000), after=10)

    assert (again.credited_ms, again.message) == (10_000, "")
    assert evidence().covered == [(0, 20_000)]


def test_stretches_are_cut_to_the_video(player):
    answer = player.beat((595_000, 700_000), (600_000, 800_000), after=10)

    assert answer.credited_ms == 5_000
    assert evidence().covered == [(595_000, 600_000)]


def test_a_repeated_or_older_beat_changes_nothing(player):
    player.beat((0, 5_000), after=10)
    player.beat((5_000, 10_000), after=10)
    before = PlaybackSession.objects.values().get(), WatchEvidence.objects.values().get()

    for seq in [2, 1, 2]:
        answer = player.beat((20_000, 30_000), seq=seq)
        assert (answer.credited_ms, answer.stop, answer.state) == (0, False, "replay")

    assert (PlaybackSession.objects.values().get(), WatchEvidence.objects.values().get()) == before


def test_out_of_sight_nothing_counts_and_the_time_is_gone(player, spent_ms):
    hidden = player.beat((0, 10_000), after=10, visible=False)
    shown = player.beat((0, 10_000), (10_000, 50_000))

    assert (hidden.credited_ms, hidden.stop, hidden.state) == (0, False, "hidden")
    assert hidden.message == "Time with the player out of sight does not count."
    assert 2_000 <= shown.credited_ms <= 2_000 + 2 * spent_ms()


def test_wall_time_is_what_was_played_and_never_more_than_passed(player, spent_ms):
    player.beat((0, 3_000), after=10)  # paused for seven seconds
    assert evidence().wall_ms == 3_000

    player.beat((3_000, 8_000), after=10, rate=0.5)
    assert 12_990 <= evidence().wall_ms <= 13_000

    player.beat((8_000, 28_000), after=10, rate=0.01)  # a forged rate claims no more than the time
    assert 22_950 <= evidence().wall_ms <= 23_000 + spent_ms()

    player.beat(after=30)
    assert 22_950 <= evidence().wall_ms <= 23_000 + spent_ms()


def test_the_newest_player_counts_and_the_other_is_told_to_stop(player, spent_ms):
    newer = Player(open_session(grant=GrantFactory(user=player.session.user)))

    told = player.beat((0, 10_000), after=10)
    counted = newer.beat((0, 10_000))

    assert (told.stop, told.state) == (True, "replaced")
    assert told.credited_ms <= 2 * spent_ms()  # the moment between the two openings
    assert told.message == "You are watching somewhere else now. Only the newest player counts."
    assert (counted.credited_ms, counted.stop) == (10_000, False)


def test_a_replaced_player_hands_in_the_time_before_the_replacement_once(player):
    let_pass(player.session, 10)
    newer = Player(open_session(grant=player.session.grant))

    farewell = player.beat((0, 10_000), position_ms=10_000)
    greedy = player.beat((10_000, 40_000), after=30)

    assert (farewell.credited_ms, farewell.stop) == (10_000, True)
    assert (greedy.credited_ms, greedy.stop) == (0, True)
    assert coverage(subject=player.session.grant.subject, asset=player.session.grant.asset).position_ms == 10_000
    assert newer.beat((10_000, 40_000)).credited_ms == 30_000


def test_a_late_farewell_does_not_move_the_newer_players_position(player):
    newer = Player(open_session(grant=player.session.grant))
    newer.beat((0, 1_000), after=10, position_ms=300_000)

    player.beat((0, 1_000), position_ms=7)

    assert evidence().position_ms == 300_000


def test_a_closed_player_is_told_to_stop(player):
    close_session(session=player.session)
    close_session(session=player.session)

    answer = player.beat((0, 10_000), after=20)

    assert (answer.stop, answer.state, answer.message) == (True, "closed", "This player was closed. Reload the page to go on watching.")


def test_a_revoked_grant_stops_the_player_with_its_reason(player):
    let_pass(player.session, 10)
    revoke_grants(subject=player.session.grant.subject, reason="The order was refunded.")

    answer = player.beat((0, 10_000))

    assert (answer.credited_ms, answer.stop, answer.state, answer.message) == (0, True, "revoked", "The order was refunded.")
    assert evidence().covered == []


def test_a_grant_that_ran_out_stops_the_player(player):
    type(player.session.grant).objects.update(expires_at=Now())

    answer = player.beat((0, 10_000), after=10)

    assert (answer.credited_ms, answer.stop, answer.state) == (0, True, "expired")


def test_a_deactivated_person_is_stopped(player):
    type(player.session.user).objects.update(is_active=False)

    answer = player.beat((0, 10_000), after=10)

    assert (answer.credited_ms, answer.stop, answer.state) == (0, True, "deactivated")
    assert evidence().covered == []


def test_another_persons_token_is_unknown(player):
    stranger = UserFactory()
    let_pass(player.session, 10)
    player.session.user = stranger

    with pytest.raises(UnknownSession):
        player.beat((0, 10_000))

    assert evidence().covered == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"seq": 0},
        {"seq": 1.5},
        {"seq": True},
        {"seq": None},
        {"seq": 2**31},
        {"position_ms": -1},
        {"position_ms": "0"},
        {"rate": float("nan")},
        {"rate": -1},
        {"rate": None},
        {"visible": 1},
        {"visible": None},
        {"ranges": None},
        {"ranges": {"0": 1}},
        {"ranges": [(0, 1)] * 51},
        {"ranges": [(5, 5)]},
        {"ranges": [(6, 5)]},
        {"ranges": [(-1, 5)]},
        {"ranges": [(0, 5.0)]},
        {"ranges": [(0, "5")]},
        {"ranges": [(0, 5, 6)]},
        {"ranges": [5]},
        {"ranges": [(0, 2**31)]},
        {"ranges": [(False, True)]},
    ],
)
def test_a_malformed_beat_is_refused_and_changes_nothing(player, wrong):
    from streaming.services import record_beat

    let_pass(player.session, 10)
    before = PlaybackSession.objects.values().get()
    beat = {"seq": 1, "ranges": [(0, 5)], "position_ms": 0, "rate": 1, "visible": True} | wrong

    with pytest.raises(MalformedBeat, match=next(iter(wrong))):
        record_beat(token=player.session.token, user=player.session.user, **beat)

    assert PlaybackSession.objects.values().get() == before


def test_a_flood_of_beats_is_refused_and_writes_nothing(player):
    def flood():
        for _ in range(60):
            player.beat((0, 10))

    with pytest.raises(TooManyBeats):
        flood()

    assert 30 <= PlaybackSession.objects.get().beats <= 35
    assert player.beat((0, 10), after=60).state == "open"


def test_one_beat_is_one_statement(player, django_assert_num_queries):
    let_pass(player.session, 10)

    with django_assert_num_queries(1):
        player.beat((0, 10_000))


def heard(sent):
    def listen(sender, **news):
        sent.append((news["covered_ms"], news["duration_ms"]))

    return listen


def test_growth_is_announced_at_95_percent_and_at_the_whole_once_each():
    grant = GrantFactory(asset=ReadyAssetFactory(duration_ms=100_000))
    player = Player(open_session(grant=grant))
    sent = []
    listen = heard(sent)
    evidence_grew.connect(listen)

    for start in range(0, 100_000, 5_000):
        player.beat((start, start + 5_000), after=5)
    player.beat((0, 100_000), after=60)

    assert sent == [(95_000, 100_000), (100_000, 100_000)]


def test_a_listener_that_fails_undoes_the_credit():
    grant = GrantFactory(asset=ReadyAssetFactory(duration_ms=10_000))
    player = Player(open_session(grant=grant))

    def fail(sender, **news):
        raise RuntimeError("no")

    evidence_grew.connect(fail)
    with pytest.raises(RuntimeError):
        player.beat((0, 10_000), after=10)

    assert evidence().covered == []
    evidence_grew.disconnect(fail)
    assert player.beat((0, 10_000), after=10).fraction == 1


@pytest.mark.parametrize("harm", [{"covered": [(0, 1)]}, {"covered": []}, {"wall_ms": 0}, {"subject": "attempt:0:lesson:0"}])
def test_the_database_refuses_evidence_that_shrinks_or_moves(player, harm):
    player.beat((0, 10_000), after=10)

    with pytest.raises(DatabaseError), transaction.atomic():
        WatchEvidence.objects.update(**harm)
    with pytest.raises(DatabaseError), transaction.atomic():
        PlaybackSession.objects.all()._raw_delete("default")


def test_coverage_reads_back_and_a_subject_without_evidence_is_wholly_missing(player):
    grant = player.session.grant
    player.beat((40_000, 45_000), (50_000, 55_000), after=10, position_ms=55_000)

    seen = coverage(subject=grant.subject, asset=grant.asset)
    nothing = coverage(subject="attempt:0:lesson:0", asset=grant.asset)

    assert (seen.covered_ms, seen.position_ms, seen.fraction) == (10_000, 55_000, 10_000 / 600_000)
    assert seen.missing == [(0, 40_000), (45_000, 50_000), (55_000, 600_000)]
    assert (nothing.covered_ms, nothing.missing, nothing.fraction) == (0, [(0, 600_000)], 0)


@pytest.mark.parametrize("lessons", [1, 3])
def test_maps_and_summaries_cost_the_same_for_one_lesson_and_three(lessons, django_assert_num_queries):
    user = UserFactory()
    grants = [GrantFactory(user=user, subject=f"attempt:81:lesson:{n}") for n in range(lessons)]
    GrantFactory(subject="attempt:812:lesson:1")
    for grant in grants:
        Player(open_session(grant=grant)).beat((0, 1_000), after=2)

    with django_assert_num_queries(1):
        found = coverage_map(grant.subject for grant in grants)
    with django_assert_num_queries(2):
        summary = evidence_summary("attempt:81:")

    assert {key: value.covered_ms for key, value in found.items()} == {(grant.subject, grant.asset_id): 1_000 for grant in grants}
    assert [row["covered"] for row in summary] == [[[0, 1_000]]] * lessons
    assert [row["sessions"] for row in summary] == [1] * lessons
    assert summary[0]["asset"] == str(grants[0].asset.uuid)
    assert summary[0]["wall_ms"] == 1_000
    assert summary[0]["first_opened_at"] < summary[0]["last_beat_at"]


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_share_the_time_that_passed(spent_ms):
    """The second computes with what the first left. Without the lock in `held` both spend the same minute (seen: 200,000)."""
    session = open_session(grant=GrantFactory())
    let_pass(session, 60)

    with transaction.atomic():
        first = Player(session).beat((0, 100_000), seq=1)
        second = begin(lambda: Player(session).beat((200_000, 300_000), seq=2))
    answers = [first, second()]

    assert answers[0].credited_ms == 100_000
    assert answers[1].credited_ms <= 2_000 + 2 * spent_ms()
    assert sum(end - start for start, end in evidence().covered) == sum(answer.credited_ms for answer in answers)
    assert answers[1].covered_ms == sum(answer.credited_ms for answer in answers)


@pytest.mark.django_db(transaction=True)
def test_two_players_on_the_same_evidence_lose_nothing(spent_ms):
    """A replaced player's farewell and the new player's beat meet on one evidence row: the union keeps both."""
    old = open_session(grant=GrantFactory())
    let_pass(old, 30)
    new = open_session(grant=old.grant)
    let_pass(new, 5)

    with transaction.atomic():
        beat = Player(new).beat((20_000, 25_000))
        farewell = begin(lambda: Player(old).beat((0, 20_000)))

    assert (beat.credited_ms, farewell().credited_ms) == (5_000, 20_000)
    assert evidence().covered == [(0, 25_000)]


@pytest.mark.django_db(transaction=True)
def test_two_players_opened_at_once_leave_one_that_counts():
    grants = [GrantFactory()]
    grants.append(GrantFactory(user=grants[0].user))

    for _ in range(5):
        at_once(*[partial(open_session, grant=grant) for grant in grants])

    assert PlaybackSession.objects.count() == 10
    assert PlaybackSession.objects.filter(closed_at__isnull=True).count() == 1
