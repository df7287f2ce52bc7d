"""Originals on a worker's own disk: fetched once for all pieces of a film, and linked into each piece's private folder."""

from __future__ import annotations

import os
import shutil
import zlib
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from core.jobs import PermanentFailure
from streaming.models import Transcode
from streaming.pipeline.sandbox import locked
from streaming.services.originals import bring_back
from streaming.stores import store

MOST_BYTES = 100 * 1024**3
ROOM_LEFT = 2 * 1024**3
LOCKS = 16  # two films that share one wait for each other's download, no more


def bring_source(*, transcode: Transcode, target: Path) -> None:
    """Make the film of `transcode` (rewritten for exact cuts, if it was) readable at `target`, which does not exist.

    What is at `target` stays readable whatever becomes of the kept copy. Raises PermanentFailure when storage has no such file.
    """
    if transcode.source_key:
        _bring(key=transcode.source_key, name=f"{transcode.release}.exact", target=target)
    else:
        bring_original(transcode=transcode, target=target)


def bring_original(*, transcode: Transcode, target: Path) -> None:
    """The same with the file as it was uploaded. Raises Postponed while that is on its way back from cold storage."""
    bring_back(asset=transcode.asset)
    _bring(key=transcode.asset.original_key, name=f"{transcode.release}.original", target=target)


def forget_sources(*, release: str) -> None:
    """Remove this machine's copies of a film that is done; other machines do so when they work on their next one."""
    for path in _root().glob(f"{release}.*"):
        path.unlink(missing_ok=True)


def _root() -> Path:
    root: Path = settings.WORK_DIR / "sources"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root


def _bring(*, key: str, name: str, target: Path) -> None:
    root = _root()
    kept, part = root / name, root / f"{name}.part"
    while not target.exists():
        with locked(root / f".lock-{zlib.crc32(name.encode()) % LOCKS}"):
            if not kept.exists():
                found = store().stat(key) if key else None
                if found is None:
                    raise PermanentFailure(_("The original of this video is no longer in storage. Upload the file again."))
                part.unlink(missing_ok=True)  # of a worker that died while it fetched
                _make_room(root, found.size)
                store().fetch(key, part)
                part.rename(kept)
            try:
                os.link(kept, target)
            except FileNotFoundError:
                if kept.exists():
                    raise
                continue  # another film needed the room just now
            except OSError:  # a file system without links
                shutil.copyfile(kept, target)


def _make_room(root: Path, size: int) -> None:
    """Drop the copies of films that are done, then those unused for longest, until `size` more fits."""
    copies = [path for path in root.iterdir() if not path.name.startswith(".") and not path.name.endswith(".part")]
    wanted = set(Transcode.objects.under_way().filter(release__in={path.name[:12] for path in copies}).values_list("release", flat=True))
    for path in copies:
        if path.name[:12] not in wanted:
            path.unlink(missing_ok=True)
    kept = []
    for path in copies:
        with suppress(FileNotFoundError):
            kept.append((path.stat().st_ctime, path.stat().st_size, path))  # each link made of it renews its ctime
    kept.sort()
    total = sum(length for _at, length, _path in kept)
    for _at, length, path in kept:
        if total + size <= MOST_BYTES and shutil.disk_usage(root).free > size + ROOM_LEFT:
            break
        path.unlink(missing_ok=True)
        total -= length
