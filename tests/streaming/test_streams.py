"""Several players of one person: how many may be open, which of them counts, and how the count goes over."""

from functools import partial

import pytest

from streaming.models import Grant, PlaybackSession, WatchEvidence
from streaming.services import allow_streams, close_session, issue_grant, open_session, sign_out_players, watching
from tests.factories.accounts import UserFactory
from tests.factories.streaming import GrantFactory, ReadyAssetFactory
from tests.fixtures.at_once import at_once, begin, outcomes
from tests.streaming.clock import Player, let_pass

HOUR = 3_600_000
CALM = "You are also watching in another player, and only that one is counted. Pause it for a minute to be counted here."


@pytest.fixture
def person(db):
    return UserFactory()


def player_of(person, streams=2):
    return Player(open_session(grant=GrantFactory(user=person, streams=streams, asset=ReadyAssetFactory(duration_ms=HOUR))))


def open_players():
    return list(PlaybackSession.objects.filter(closed_at__isnull=True).order_by("pk"))


def covered_ms() -> int:
    return sum(end - start for row in WatchEvidence.objects.all() for start, end in row.covered)


def test_by_default_a_newer_player_replaces_the_older(person):
    old = player_of(person, streams=1)
    new = player_of(person, streams=1)

    assert (old.beat((0, 1_000)).state, new.beat((0, 1_000)).state) == ("replaced", "open")
    assert open_players() == [new.session]


def test_beside_a_newer_player_an_older_one_goes_on_uncounted(person, spent_ms):
    old, new = player_of(person), player_of(person)
    let_pass(new.session, 10)

    beside, counted = old.beat((0, 10_000), position_ms=10_000), new.beat((0, 10_000))
    later = old.beat((10_000, 20_000), after=10)

    assert (beside.stop, beside.state, beside.message) == (False, "uncounted", CALM)
    assert (counted.state, counted.credited_ms) == ("open", 10_000)
    assert beside.credited_ms <= 2 * spent_ms(), "what it played before the newer one opened"
    assert later.credited_ms == 0
    assert [session.is_crediting for session in open_players()] == [False, True]


def test_what_was_played_before_the_newer_one_opened_still_counts_once(person, spent_ms):
    old = player_of(person)
    let_pass(old.session, 10)
    new = player_of(person)

    assert old.beat((0, 10_000)).credited_ms == 10_000
    assert old.beat((10_000, 40_000)).credited_ms == 0
    assert new.beat((0, 30_000)).credited_ms <= 2_000 + 2 * spent_ms()


def test_one_player_too_many_stops_the_oldest_across_assets_and_courses(person):
    players = [player_of(person, streams=3) for _ in range(5)]

    assert [player.beat().state for player in players] == ["replaced", "replaced", "uncounted", "uncounted", "open"]


def test_a_player_silent_for_a_minute_stops_before_one_that_is_heard(person):
    silent, heard = player_of(person), player_of(person)
    let_pass(heard.session, 90)
    heard.beat()
    later = player_of(person)

    assert open_players() == [heard.session, later.session]
    assert silent.beat().stop


def test_when_the_counted_player_falls_silent_the_other_is_counted_from_there(person, spent_ms):
    other, counted = player_of(person), player_of(person)
    other.beat((0, 10_000), after=10)
    before = covered_ms()

    answer = other.beat((10_000, 90_000), after=60)

    assert (answer.state, answer.stop) == ("open", False)
    assert answer.credited_ms == 80_000
    assert covered_ms() == before + 80_000
    assert [session.is_crediting for session in open_players()] == [True, False]
    back = counted.beat((0, 70_000))
    assert (back.state, back.credited_ms) == ("uncounted", 0), "its time went over with the count"


def test_when_the_counted_player_closes_the_other_is_counted_from_its_next_beat(person, spent_ms):
    other, counted = player_of(person), player_of(person)
    close_session(session=counted.session)

    handed_over, next_beat = other.beat((0, 600_000)), other.beat((0, 600_000), after=10)

    assert handed_over.state == next_beat.state == "open"
    assert handed_over.credited_ms + next_beat.credited_ms <= 2_000 + 20_000 + 2 * spent_ms()


def test_passing_the_count_to_and_fro_earns_no_more_than_the_time(person, spent_ms):
    players = [player_of(person), player_of(person)]
    for turn in range(10):
        silent, speaking = players[turn % 2], players[1 - turn % 2]
        let_pass(silent.session, 60)
        for player in (speaking, silent, speaking):
            player.beat((turn * 300_000, turn * 300_000 + 300_000))

    assert covered_ms() <= 10 * 120_000 + 2_000 + 2 * spent_ms()


def test_two_players_taking_turns_to_reopen_earn_no_slack_anew(person, spent_ms):
    grants = [GrantFactory(user=person, streams=2, asset=ReadyAssetFactory(duration_ms=HOUR)) for _ in range(2)]
    for n in range(60):
        Player(open_session(grant=grants[n % 2])).beat((n * 10_000, n * 10_000 + 10_000))

    assert covered_ms() <= 2_000 + 2 * spent_ms()


def test_fewer_streams_stop_the_players_beyond_and_hold_for_every_grant(person):
    players = [player_of(person, streams=3) for _ in range(3)]
    other = player_of(UserFactory(), streams=3)

    allow_streams(user=person, streams=1)

    assert [player.beat().stop for player in (*players, other)] == [True, True, False, False]
    assert set(Grant.objects.filter(user=person).values_list("streams", flat=True)) == {1}
    allow_streams(user=person, streams=2)
    assert Grant.objects.get(pk=players[0].session.grant_id).streams == 2


def test_issuing_again_takes_the_streams_now_asked_for(person):
    asset = ReadyAssetFactory()
    issue_grant(user=person, asset=asset, subject="attempt:1:lesson:1")

    assert issue_grant(user=person, asset=asset, subject="attempt:1:lesson:1", streams=4).streams == 4


def test_a_changed_password_stops_every_player_of_the_person(person):
    players, other = [player_of(person), player_of(person)], player_of(UserFactory())

    sign_out_players(user=person)

    answers = [player.beat((0, 1_000), after=5) for player in players]
    assert [(each.state, each.stop, each.credited_ms) for each in answers] == [("signed_out", True, 0)] * 2
    assert answers[0].message == "Your password was changed, so you were signed out. Sign in again to go on watching."
    assert not other.beat().stop


def twenty_openings():
    """Of players of one person who may have three open."""
    person = UserFactory()
    return [partial(open_session, grant=GrantFactory(user=person, streams=3, asset=ReadyAssetFactory())) for _ in range(20)]


@pytest.mark.django_db(transaction=True)
def test_of_twenty_players_opened_at_once_three_are_open_and_one_counts():
    at_once(*twenty_openings())

    assert [session.is_crediting for session in open_players()] == [False, False, True]


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_on_the_person_that_does_not_hold(monkeypatch):
    """The control: the promise above is the lock's."""
    monkeypatch.setattr(watching.User.objects, "select_for_update", lambda **_: watching.User.objects.all())

    opened = outcomes(*twenty_openings(), refused=Exception)

    errors = [came for came in opened if isinstance(came, Exception)]
    assert errors or [session.is_crediting for session in open_players()] != [False, False, True]


@pytest.mark.django_db(transaction=True)
def test_of_ten_players_that_all_find_the_count_free_one_takes_it():
    person = UserFactory()
    players = [player_of(person, streams=11) for _ in range(11)]
    close_session(session=players[-1].session)

    at_once(*[partial(player.beat, (0, 1_000)) for player in players[:-1]])

    assert sum(session.is_crediting for session in open_players()) == 1


def beats_meanwhile(monkeypatch, player, claim, *, before):
    """Let `player` beat in a connection of its own when `_slack_left` is asked for: it is done, or waits, before work goes on."""
    begun, real = [], watching._slack_left

    def interrupted(person):
        monkeypatch.setattr(watching, "_slack_left", real)
        slack = None if before else real(person)
        begun.append(begin(partial(player.beat, claim)))
        return real(person) if slack is None else slack

    monkeypatch.setattr(watching, "_slack_left", interrupted)
    return begun


@pytest.mark.django_db(transaction=True)
def test_a_silent_player_that_beats_while_its_time_goes_over_earns_it_not_again(monkeypatch, spent_ms):
    """Without the lock on its row both earn the same minute (seen: 240,000)."""
    person = UserFactory()
    other, counted = player_of(person), player_of(person)
    let_pass(counted.session, 70)
    begun = beats_meanwhile(monkeypatch, counted, (0, 200_000), before=True)

    other.beat((0, 200_000))
    [end] = begun
    end()

    assert covered_ms() <= 2 * 70_000 + 2_000 + 2 * spent_ms()


@pytest.mark.django_db(transaction=True)
def test_slack_spent_while_a_newer_player_opens_is_not_given_to_it_too(monkeypatch, spent_ms):
    """Without the lock each opening is worth two more seconds (seen: 4,000)."""
    person = UserFactory()
    old = player_of(person)
    begun = beats_meanwhile(monkeypatch, old, (0, 10_000), before=False)

    new = player_of(person)
    [end] = begun
    end()
    new.beat((0, 10_000))

    assert covered_ms() <= 2_000 + 2 * spent_ms()
