"""Ways to cheat, each with the number that bounds it, and the honest viewer who must not suffer for them."""

import random
from decimal import Decimal

import pytest

from streaming.models import PlaybackSession, WatchEvidence
from streaming.selectors import coverage
from streaming.services import UnknownSession, close_session, open_session
from tests.factories.accounts import UserFactory
from tests.factories.streaming import GrantFactory, ReadyAssetFactory
from tests.streaming.clock import Player, let_pass

pytestmark = pytest.mark.django_db

HOUR = 3_600_000


@pytest.fixture
def grant():
    return GrantFactory(asset=ReadyAssetFactory(duration_ms=HOUR))


def covered_ms() -> int:
    return sum(end - start for row in WatchEvidence.objects.all() for start, end in row.covered)


def wall_ms() -> int:
    return sum(WatchEvidence.objects.values_list("wall_ms", flat=True))


def test_one_post_of_everything_after_five_seconds_earns_twelve(grant, spent_ms):
    answer = Player(open_session(grant=grant)).beat((0, HOUR), after=5)

    assert 12_000 <= answer.credited_ms <= 12_000 + 2 * spent_ms()
    assert answer.fraction < 0.004


def test_sixteen_times_speed_for_a_minute_earns_cap_times_a_minute_plus_two_seconds(grant, spent_ms):
    player = Player(open_session(grant=grant))
    for tenth in range(60):  # a beat each second: the slack is not given anew with each
        player.beat((tenth * 16_000, tenth * 16_000 + 16_000), after=1, rate=16)

    assert 120_000 <= covered_ms() <= 122_000 + 2 * spent_ms()
    assert wall_ms() <= 60_000 + spent_ms()


def test_eight_tabs_for_a_minute_earn_what_one_does(spent_ms):
    person = UserFactory()
    tabs = [Player(open_session(grant=GrantFactory(user=person, asset=ReadyAssetFactory(duration_ms=HOUR)))) for _ in range(8)]
    for beat in range(6):
        let_pass(tabs[0].session, 10)
        for tab in tabs:
            tab.beat((beat * 10_000, beat * 10_000 + 10_000))

    assert 60_000 <= covered_ms() <= 60_000 + 2 * spent_ms()
    assert wall_ms() <= 60_000 + spent_ms()


def test_reopening_the_player_a_hundred_times_earns_no_slack_anew(grant, spent_ms):
    for n in range(100):
        session = open_session(grant=grant)
        Player(session).beat((n * 10_000, n * 10_000 + 10_000))
        close_session(session=session)

    assert covered_ms() <= 2_000 + 2 * spent_ms()


def test_farewells_of_a_hundred_replaced_players_earn_only_the_time_that_passed(grant, spent_ms):
    players = [Player(open_session(grant=grant)) for _ in range(100)]
    let_pass(players[-1].session, 20)
    for n, player in enumerate(players):
        player.beat((n * 100_000 % HOUR, n * 100_000 % HOUR + 100_000))

    assert covered_ms() <= 42_000 + 2 * spent_ms()


def test_the_same_beat_a_thousand_times_grows_nothing(grant):
    player = Player(open_session(grant=grant))
    player.beat((0, 10_000), after=10)
    before = PlaybackSession.objects.values().get(), WatchEvidence.objects.values().get()

    for _ in range(1_000):
        assert player.beat((0, 10_000), seq=1).credited_ms == 0

    assert (PlaybackSession.objects.values().get(), WatchEvidence.objects.values().get()) == before


def test_honest_beats_in_any_order_give_the_same_union(grant):
    pieces = [(start, start + 10_000) for start in range(0, 300_000, 10_000)]
    random.Random(5).shuffle(pieces)
    player = Player(open_session(grant=grant))
    for piece in pieces:
        player.beat(piece, after=10)

    assert WatchEvidence.objects.get().covered == [(0, 300_000)]


def test_a_hidden_tab_for_ten_minutes_earns_nothing(grant):
    player = Player(open_session(grant=grant))
    for beat in range(60):
        player.beat((beat * 10_000, beat * 10_000 + 10_000), after=10, visible=False)

    assert (covered_ms(), wall_ms()) == (0, 0)


def test_a_jump_to_the_end_earns_the_end_only(grant):
    player = Player(open_session(grant=grant))
    player.beat((0, 5_000), (HOUR - 5_000, HOUR), after=10)

    assert coverage(subject=grant.subject, asset=grant.asset).covered_ms == 10_000
    assert coverage(subject=grant.subject, asset=grant.asset).fraction < 0.95


def test_crumbs_do_not_make_the_evidence_grow_without_bound(grant):
    player = Player(open_session(grant=grant))
    WatchEvidence.objects.update(covered=[(start, start + 1) for start in range(0, 400_000, 200)])

    crumbs = player.beat(*((start, start + 1) for start in range(500_000, 501_000, 50)), after=10)
    honest = player.beat((600_000, 605_000), after=10)

    assert (crumbs.credited_ms, honest.credited_ms) == (0, 5_000)


def test_another_persons_session_token_is_refused(grant):
    session = open_session(grant=grant)
    let_pass(session, 60)
    session.user = UserFactory()

    with pytest.raises(UnknownSession):
        Player(session).beat((0, 60_000))

    assert covered_ms() == 0


def test_a_forged_length_is_cut_to_the_video():
    grant = GrantFactory(asset=ReadyAssetFactory(duration_ms=30_000))
    player = Player(open_session(grant=grant))

    answer = player.beat((0, 2**31 - 1), after=60)

    assert (answer.credited_ms, answer.duration_ms, answer.fraction) == (30_000, 30_000, 1.0)
    assert WatchEvidence.objects.get().covered == [(0, 30_000)]


def test_what_was_played_without_a_line_counts_within_the_window_when_it_comes_in_one_beat(grant):
    player = Player(open_session(grant=grant))
    queue = [(start, start + 10_000) for start in range(0, 50_000, 10_000)]

    answer = player.beat(*queue, after=50)

    assert (answer.credited_ms, answer.message) == (50_000, "")


def test_a_queue_of_an_hour_earns_the_window_however_it_is_handed_in(grant, spent_ms):
    """Longer than a minute without a line is lost: nobody can tell it from a queue that was made up."""
    player = Player(open_session(grant=grant))
    queue = [(start, start + 60_000) for start in range(0, HOUR, 60_000)]
    let_pass(player.session, 3_600)
    for stretch in queue:  # a beat for each, all at once
        if player.seq < 29:
            player.beat(stretch)
    player.beat(*queue[29:])

    assert covered_ms() <= 122_000 + 2 * spent_ms()


def test_a_queue_kept_by_a_player_that_was_replaced_earns_its_own_time_alone(grant, spent_ms):
    old = Player(open_session(grant=grant))
    let_pass(old.session, 30)
    new = Player(open_session(grant=grant))
    let_pass(new.session, 30)

    late, now = old.beat((0, 600_000)), new.beat((600_000, 1_200_000))

    assert late.credited_ms <= 60_000 + 2 * spent_ms()
    assert now.credited_ms <= 62_000 + 2 * spent_ms()


def test_time_saved_up_by_pausing_buys_no_jump(grant, spent_ms):
    player = Player(open_session(grant=grant))
    for _ in range(6):
        player.beat(after=10)

    answer = player.beat((0, HOUR))

    assert answer.credited_ms <= 2_000 + 2 * spent_ms()


@pytest.mark.parametrize(("rate", "cap"), [(1, "2"), (1.5, "2"), (1, "1"), (0.5, "2")])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_honest_viewer_on_a_bad_line_is_covered(rate, cap, seed):
    """Ten minutes; 5 % of beats lost (and sent again with the next one), two seconds of jitter, half a minute offline."""
    chance = random.Random(seed)
    grant = GrantFactory(asset=ReadyAssetFactory(duration_ms=600_000), rate_cap=Decimal(cap))
    player = Player(open_session(grant=grant))
    position, pending, since_answer, offline_at = 0, [], 0.0, 200_000
    while position < 600_000:
        passed = 30 if offline_at and position >= offline_at else 10 + chance.uniform(-2, 2)
        offline_at = None if passed == 30 else offline_at
        start, position = position, min(position + int(passed * rate * 1000), 600_000)
        pending.append((start, position))
        since_answer += passed
        if chance.random() < 0.05 and position < 600_000:
            continue
        player.beat(*pending, after=since_answer, rate=rate)
        pending, since_answer = [], 0.0

    assert coverage(subject=grant.subject, asset=grant.asset).fraction >= 0.98
