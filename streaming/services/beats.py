"""One beat of one open player: what it earns is decided by one SQL function (migration 0009, docs/decisions/0005-watch-evidence.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, TypeGuard
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from streaming.fields import Stretch, parse_multirange
from streaming.services.watching import hand_over
from streaming.signals import evidence_grew

MOST_RANGES = 50
LARGEST = 2**31 - 1
JUDGE = "SELECT * FROM streaming_judge_beat(%s, %s, %s, %s::int[], %s::int[], %s, %s, %s, %s)"


class UnknownSession(DomainError):
    """No such open player of this person; another person's token reads the same."""

    code = "unknown_session"


class MalformedBeat(DomainError):
    """The beat makes no sense; nothing was changed."""

    code = "malformed_beat"


class TooManyBeats(DomainError):
    code = "too_many_beats"


@dataclass(frozen=True, slots=True)
class BeatAnswer:
    credited_ms: int
    covered_ms: int
    duration_ms: int
    fraction: float
    missing: list[Stretch]
    stop: bool
    message: str
    state: str  # open, hidden, uncounted, replay, replaced, closed, revoked, expired, deactivated, signed_out

    def to_json(self) -> dict[str, Any]:
        return {
            "credited_ms": self.credited_ms,
            "covered_ms": self.covered_ms,
            "duration_ms": self.duration_ms,
            "fraction": self.fraction,
            "missing": self.missing,
            "stop": self.stop,
            "message": self.message,
            "state": self.state,
        }


@dataclass(frozen=True, slots=True)
class Beat:
    """A beat whose every value has its type and bounds."""

    seq: int
    ranges: Sequence[Stretch]
    position_ms: int
    rate: float
    visible: bool


def record_beat(*, token: UUID, user: User, seq: int, ranges: Sequence[Stretch], position_ms: int, rate: float, visible: bool) -> BeatAnswer:
    """Credit what this beat may earn and say what that was, and why less than claimed.

    `ranges` are half-open stretches of media milliseconds in the order they were played. A repeated or older `seq`
    changes nothing. Raises UnknownSession, MalformedBeat or TooManyBeats; then nothing changed either.
    """
    beat = read_beat({"seq": seq, "ranges": ranges, "position_ms": position_ms, "rate": rate, "visible": visible})
    return count_beat(token=token, user_id=user.pk, beat=beat)


def count_beat(*, token: UUID, user_id: int, beat: Beat) -> BeatAnswer:
    """`record_beat` for a caller that has a person's key and a beat already read."""
    found = _judge(token, user_id, beat, announcing=False)
    if found is not None and found.is_free:
        hand_over(token=token, user_id=user_id)
        found = _judge(token, user_id, beat, announcing=False)
    if found is not None and found.is_news and found.credited_ms:
        with transaction.atomic():  # nothing was written yet: what others must hear of is written together with what they do
            found = _judge(token, user_id, beat, announcing=True)
            if found is not None and found.is_news and found.credited_ms:
                evidence_grew.send(
                    sender=count_beat, subject=found.subject, asset_id=found.asset_id, covered_ms=found.covered_ms, duration_ms=found.duration_ms
                )
    if found is None:
        raise UnknownSession(_("This player is not open any more. Reload the page to go on watching."))
    if found.state == "throttled":
        raise TooManyBeats(_("The player reports too often. It will try again in a moment."))
    return BeatAnswer(
        credited_ms=found.credited_ms,
        covered_ms=found.covered_ms,
        duration_ms=found.duration_ms,
        fraction=found.covered_ms / found.duration_ms,
        missing=parse_multirange(found.missing),
        stop=found.state not in {"open", "hidden", "uncounted", "replay"},
        message=_sentence(found),
        state=found.state,
    )


class Judgement(NamedTuple):
    """What `streaming_judge_beat` returns (migration 0009)."""

    state: str
    credited_ms: int
    claimed_ms: int
    elapsed_ms: int
    covered_ms: int
    duration_ms: int
    missing: str
    is_news: bool
    subject: str
    asset_id: int
    rate_cap: Decimal
    revoke_reason: str
    is_free: bool  # nobody's player counts now, so this one may


def _judge(token: UUID, user_id: int, beat: Beat, *, announcing: bool) -> Judgement | None:
    starts, ends = [start for start, _end in beat.ranges], [end for _start, end in beat.ranges]
    rate = min(max(float(beat.rate), 0.25), 16.0)
    with connection.cursor() as cursor:
        cursor.execute(JUDGE, [str(token), user_id, beat.seq, starts, ends, beat.position_ms, rate, beat.visible, announcing])
        row = cursor.fetchone()
    return Judgement(*row) if row else None


def read_beat(body: Mapping[str, Any]) -> Beat:
    """The beat in `body`. Raises MalformedBeat, naming the field, unless every value has its type and bounds."""
    seq, ranges, position_ms, rate, visible = (body.get(name) for name in ("seq", "ranges", "position_ms", "rate", "visible"))
    if not _is_whole(seq, least=1):
        raise MalformedBeat(_("seq must be a whole number from 1."))
    if not _is_whole(position_ms):
        raise MalformedBeat(_("position_ms must be a whole number of milliseconds from 0."))
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 100:
        raise MalformedBeat(_("rate must be a number from 0 to 100."))
    if not isinstance(visible, bool):
        raise MalformedBeat(_("visible must be true or false."))
    if not isinstance(ranges, list | tuple) or len(ranges) > MOST_RANGES:
        raise MalformedBeat(_("ranges must be a list of at most %(most)s pairs [start, end] in milliseconds.") % {"most": MOST_RANGES})
    for pair in ranges:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not _is_whole(pair[0]) or not _is_whole(pair[1]) or pair[0] >= pair[1]:
            raise MalformedBeat(_("Each of ranges must be a pair [start, end] of whole milliseconds with 0 ≤ start < end."))
    return Beat(seq=seq, ranges=ranges, position_ms=position_ms, rate=rate, visible=visible)


def _is_whole(value: Any, *, least: int = 0) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= LARGEST


def _sentence(found: Judgement) -> str:
    """What the learner should know; empty when all that was claimed counts."""
    if found.state == "open":
        if found.credited_ms >= found.claimed_ms:
            return ""
        return _("You claimed %(claimed)s s; %(elapsed)s s had passed. At up to %(cap)s× speed, %(credited)s s were counted.") % {
            "claimed": _seconds(found.claimed_ms),
            "elapsed": _seconds(found.elapsed_ms),
            "cap": f"{found.rate_cap.normalize():f}",
            "credited": _seconds(found.credited_ms),
        }
    sentences = {
        "hidden": _("Time with the player out of sight does not count."),
        "replay": _("This report had arrived before; nothing was counted twice."),
        "replaced": _("You are watching somewhere else now. Only the newest player counts."),
        "uncounted": _("You are also watching in another player, and only that one is counted. Pause it for a minute to be counted here."),
        "signed_out": _("Your password was changed, so you were signed out. Sign in again to go on watching."),
        "closed": _("This player was closed. Reload the page to go on watching."),
        "revoked": found.revoke_reason or _("Your permission to watch this video was withdrawn."),
        "expired": _("The time to watch this video has run out. Open the course page to see what you can do."),
        "deactivated": _("This account is closed. Write to the school if that is a mistake."),
    }
    return sentences[found.state]


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.1f}".removesuffix(".0")
