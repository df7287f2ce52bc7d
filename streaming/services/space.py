"""What videos take in storage, measured by listing it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from core import clock
from streaming.models import Space, VideoAsset
from streaming.stores import Stored, store

BATCH = 500
STILLS, CAPTIONS = {"posters", "storyboard"}, "captions"
COLUMNS = ["original_bytes", "renditions", "film_bytes", "stills_bytes", "captions_bytes", "other_bytes", "measured_at"]


@dataclass
class _Sums:
    release: str
    original: int = 0
    stills: int = 0
    captions: int = 0
    other: int = 0
    renditions: dict[str, int] = field(default_factory=dict)

    def add(self, parts: list[str], size: int) -> None:
        """`parts` of a key: video/<uuid>/<release>/<folder>/<file>."""
        folder = parts[3] if len(parts) > 4 else ""
        if parts[2] != self.release:
            self.other += size
        elif folder in STILLS:
            self.stills += size
        elif folder == CAPTIONS:
            self.captions += size
        elif folder:
            self.renditions[folder] = self.renditions.get(folder, 0) + size
        else:
            self.other += size


def measure_space(*, asset: VideoAsset | None = None) -> int:
    """Measure `asset`, or all of them in one walk through storage; returns how many. Repeating it overwrites the same rows."""
    assets = VideoAsset.objects.filter(pk=asset.pk) if asset else VideoAsset.objects.all()
    rows = {str(uuid): (pk, _Sums(release)) for pk, uuid, release in assets.values_list("pk", "uuid", "release").iterator()}
    for found in _files(asset):
        parts = found.key.split("/")
        if row := rows.get(parts[1]):
            if parts[0] == "originals":
                row[1].original += found.size
            elif len(parts) > 2:
                row[1].add(parts, found.size)
    _write(rows.values())
    return len(rows)


def _files(asset: VideoAsset | None) -> Iterable[Stored]:
    if asset is None:
        yield from store().listing("originals")
        yield from store().listing("video")
        return
    yield from store().listing(f"video/{asset.uuid}")
    if asset.original_key and (original := store().stat(asset.original_key)):
        yield Stored(f"originals/{asset.uuid}", original.size, clock.now())


def _write(rows: Iterable[tuple[int, _Sums]]) -> None:
    now = clock.now()
    spaces = [
        Space(
            asset_id=pk,
            original_bytes=sums.original,
            renditions=sums.renditions,
            film_bytes=sum(sums.renditions.values()),
            stills_bytes=sums.stills,
            captions_bytes=sums.captions,
            other_bytes=sums.other,
            measured_at=now,
        )
        for pk, sums in rows
    ]
    for first in range(0, len(spaces), BATCH):
        batch = spaces[first : first + BATCH]
        there = set(VideoAsset.objects.filter(pk__in=[space.asset_id for space in batch]).values_list("pk", flat=True))  # not those deleted meanwhile
        fresh = [space for space in batch if space.asset_id in there]
        Space.objects.bulk_create(fresh, update_conflicts=True, unique_fields=["asset"], update_fields=COLUMNS)


def measure_release(*, release: str) -> None:
    """Measure the asset whose release this is or was to become."""
    asset = VideoAsset.objects.filter(transcodes__release=release).first()
    if asset:
        measure_space(asset=asset)
