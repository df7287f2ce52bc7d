"""Still pictures of a release: the storyboard under the player's bar, and the poster staff choose."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from PIL import Image

from core import clock
from core.jobs import enqueue
from streaming import tasks  # noqa: F401  (registers the kind enqueued here)
from streaming.models import Transcode
from streaming.pipeline import stills as pictures
from streaming.pipeline.package import AUDIO, Track, merge
from streaming.services.posters import carry_over, own_name
from streaming.stores import store

MEASURED_AFTER = timedelta(minutes=2)  # when the rest of the finish is written too


def make_stills(*, transcode: Transcode) -> None:
    """Make storyboard and posters of a whole release, from its own key frames. A second run writes the same bytes again.

    A poster staff chose is carried over from the release before.
    """
    prefix = f"video/{transcode.asset.uuid}/{transcode.release}"
    film = _Film(transcode, prefix)
    shown = [pictures.judged(number, film.picture(film.smallest, number)) for number in pictures.thinned(film.segments)]
    sheets = list(pictures.sheets([still.tile for still in shown]))
    chosen = pictures.posters(shown, lambda number: film.picture(film.for_posters, number))
    for number, poster in enumerate(chosen):
        _keep(f"{prefix}/posters/{number}.jpg", poster.jpeg)
    for sheet in sheets:
        _keep(f"{prefix}/storyboard/{sheet.name}", sheet.jpeg)
    starts = [film.start_ms(still.segment) for still in shown]
    cues = pictures.storyboard_vtt(starts, film.end_ms, shown[0].tile.size)
    store().put_bytes(f"{prefix}/storyboard/storyboard.vtt", cues.encode(), "text/vtt")
    candidates = [{"at_ms": film.start_ms(poster.segment), "name": own_name(poster.jpeg)} for poster in chosen]
    transcode.stills = {"posters": candidates, "sheets": len(sheets)}
    transcode.save(update_fields=["stills", "updated_at"])
    carry_over(transcode=transcode)
    args, soon = {"release": transcode.release}, clock.now() + MEASURED_AFTER
    enqueue("streaming.measure_release", key=f"video-space:{transcode.release}", args=args, run_after=soon)


class _Film:
    """The key frames of a release, each read from storage by its range: what the pieces measured says where it ends."""

    def __init__(self, transcode: Transcode, prefix: str):
        self.prefix = prefix
        tracks = merge(facts for facts in transcode.pieces.filter(done_at__isnull=False).values_list("facts", flat=True) if facts)
        rungs = sorted((track for name, track in tracks.items() if name != AUDIO), key=lambda track: int(track.name))
        self.smallest = rungs[0]
        self.for_posters = min(rungs, key=lambda track: abs(int(track.name) - pictures.POSTER_SIDE))
        self.segments = len(self.smallest.segments)
        self.inits = {track.name: self._read(f"{track.name}/init.mp4", track.init_size) for track in (self.smallest, self.for_posters)}

    def _read(self, name: str, length: int) -> bytes:
        file = store().read(f"{self.prefix}/{name}", 0, length)
        try:
            return file.read()
        finally:
            file.close()

    def picture(self, track: Track, segment: int) -> Image.Image:
        return pictures.key_frame(self.inits[track.name] + self._read(f"{track.name}/seg_{segment:05d}.m4s", track.segments[segment].key_bytes))

    def start_ms(self, segment: int) -> int:
        return self._ms(self.smallest.segments[segment].start)

    @property
    def end_ms(self) -> int:
        last = self.smallest.segments[-1]
        return self._ms(last.start + last.duration)

    def _ms(self, ticks: int) -> int:
        return round(Fraction(ticks * 1000, self.smallest.timescale))


def _keep(key: str, data: bytes) -> None:
    store().put_bytes(key, data, "image/jpeg")
