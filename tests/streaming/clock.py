"""Time for beats without waiting: the rows move into the past instead."""

from datetime import timedelta

from django.db.models import F

from streaming.models import PlaybackSession
from streaming.services import BeatAnswer, record_beat


def let_pass(session: PlaybackSession, seconds: float) -> None:
    """As if `seconds` had gone by since whatever the person's sessions did last."""
    earlier = timedelta(seconds=seconds)
    mine = PlaybackSession.objects.filter(user=session.user)
    mine.update(last_beat_at=F("last_beat_at") - earlier, opened_at=F("opened_at") - earlier)
    mine.filter(credits_until__isnull=False).update(credits_until=F("credits_until") - earlier)
    mine.filter(closed_at__isnull=False).update(closed_at=F("closed_at") - earlier)


class Player:
    """A client of one session that numbers its beats."""

    def __init__(self, session: PlaybackSession):
        self.session = session
        self.seq = 0

    def beat(
        self, *ranges: tuple[int, int], after: float = 0, seq: int | None = None, visible: bool = True, rate: float = 1, position_ms: int = 0
    ) -> BeatAnswer:
        if after:
            let_pass(self.session, after)
        self.seq = self.seq + 1 if seq is None else seq
        return record_beat(
            token=self.session.token, user=self.session.user, seq=self.seq, ranges=list(ranges), position_ms=position_ms, rate=rate, visible=visible
        )
