"""Still pictures of a release: the storyboard under the player's bar, and the poster staff choose."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from fractions import Fraction

from PIL import Image

from core import clock
from core.jobs import enqueue
from streaming import tasks  # noqa: F401  (registers the kind enqueued here)
from streaming.models import Transcode
from streaming.pipeline import stills as pictures
from streaming.pipeline.boxes import read_init, read_segment
from streaming.services.posters import carry_over, own_name
from streaming.stores import store

MEASURED_AFTER = timedelta(minutes=2)  # when the rest of the finish is written too
SEGMENT = re.compile(r"(?P<rung>[0-9]+)/seg_[0-9]{5}\.m4s", re.ASCII)


def make_stills(*, transcode: Transcode) -> None:
    """Make storyboard and posters of a whole release, from its own key frames. A second run writes the same bytes again.

    A poster staff chose is carried over from the release before.
    """
    prefix = f"video/{transcode.asset.uuid}/{transcode.release}"
    film = _Film(prefix)
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
    """The key frames of a release, read from storage."""

    def __init__(self, prefix: str):
        self.prefix = prefix
        names = (SEGMENT.fullmatch(found.key.removeprefix(f"{prefix}/")) for found in store().listing(prefix))
        counts = Counter(int(name["rung"]) for name in names if name)
        self.smallest = min(counts)
        self.for_posters = min(counts, key=lambda rung: abs(rung - pictures.POSTER_SIDE))
        self.segments = counts[self.smallest]
        self.inits = {rung: self._read(f"{rung}/init.mp4") for rung in {self.smallest, self.for_posters}}

    def _read(self, name: str) -> bytes:
        key = f"{self.prefix}/{name}"
        found = store().stat(key)
        file = store().read(key, 0, found.size if found else 0)
        try:
            return file.read()
        finally:
            file.close()

    def picture(self, rung: int, segment: int) -> Image.Image:
        return pictures.key_frame(self.inits[rung] + self._read(f"{rung}/seg_{segment:05d}.m4s"))

    def _segment(self, number: int) -> tuple[Fraction, Fraction]:
        segment = read_segment(self._read(f"{self.smallest}/seg_{number:05d}.m4s"))
        timescale = read_init(self.inits[self.smallest]).timescale
        return Fraction(segment.start, timescale), Fraction(segment.start + segment.duration, timescale)

    def start_ms(self, segment: int) -> int:
        return round(self._segment(segment)[0] * 1000)

    @property
    def end_ms(self) -> int:
        return round(self._segment(self.segments - 1)[1] * 1000)


def _keep(key: str, data: bytes) -> None:
    store().put_bytes(key, data, "image/jpeg")
