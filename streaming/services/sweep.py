"""Files that no row names: found and removed, a day after they were last written.

Storage is listed first and the rows are read afterwards, so whatever was named before its file was written is seen.
The day of grace covers the other order (a file is stored, then its row committed). Nothing that was without a name
gets one later: releases are random names, and an original is named by an asset made before it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import F, Q, QuerySet

from core import clock
from core.models import Job
from streaming.models import Transcode, UploadSession, VideoAsset
from streaming.pipeline.sandbox import abandoned_folders, remove_abandoned
from streaming.stores import Unfinished, store

logger = logging.getLogger(__name__)

GRACE = timedelta(hours=24)
ROOTS = ("video", "originals")


@dataclass(frozen=True)
class Orphan:
    """A file or folder in storage, an unfinished upload in parts, or a path of this machine's work folder."""

    name: str
    size_bytes: int
    upload: Unfinished | None = None
    path: Path | None = None


def sweep(*, dry_run: bool = False, grace: timedelta = GRACE) -> list[Orphan]:
    """Remove what no row names and nobody wrote for `grace`; returns what was, or would be, removed."""
    before = clock.now() - grace
    orphans = [*_in_storage(before), *_uploads_in_parts(before), *_at_work(before)]
    for orphan in [] if dry_run else orphans:
        _remove(orphan)
        logger.info("Swept %s (%s bytes): no row names it.", orphan.name, orphan.size_bytes)
    return orphans


def _remove(orphan: Orphan) -> None:
    if orphan.upload:
        store().give_up(orphan.upload)
    elif orphan.path is None:
        store().delete_tree(orphan.name)
    elif orphan.path.is_dir():
        remove_abandoned(orphan.path)
    else:
        orphan.path.unlink(missing_ok=True)


def _in_storage(before: datetime) -> Iterator[Orphan]:
    sizes, changed = dict[str, int](), dict[str, datetime]()
    for root in ROOTS:
        for found in store().listing(root):
            unit = _unit(found.key)
            sizes[unit] = sizes.get(unit, 0) + found.size
            changed[unit] = max(found.changed_at, changed.get(unit, found.changed_at))
    old = [unit for unit, at in changed.items() if at < before]
    if not old:
        return
    named, waiting = _named(), _waiting_for_removal()
    for unit in sorted(old):
        if unit not in named and not any(unit == folder or unit.startswith(f"{folder}/") for folder in waiting):
            yield Orphan(unit, sizes[unit])


def _unit(key: str) -> str:
    """What goes at once: a release's folder, an original, a file whose writer died before giving it its name."""
    folder, _slash, name = key.rpartition("/")
    return key if name.startswith(".") or folder == "originals" else "/".join(key.split("/")[:3])


def _named() -> set[str]:
    """Every release, original and rewritten source that a row stands for."""
    named = set[str]()
    for uuid, release, original, state in VideoAsset.objects.values_list("uuid", "release", "original_key", "state").iterator():
        named |= {f"video/{uuid}/{release}", original or f"originals/{uuid}"}
        if state == VideoAsset.State.UPLOADING:
            named.add(f"originals/{uuid}")
    for uuid, release, source in _living_transcodes().values_list("asset__uuid", "release", "source_key").iterator():
        named |= {f"video/{uuid}/{release}", source}
    return named


def _living_transcodes() -> QuerySet[Transcode]:
    """Those that work or will: waiting, running, or failed and open to another try."""
    going = Q(state__in=[Transcode.State.WAITING, Transcode.State.WORKING])
    return Transcode.objects.filter(going | Q(state=Transcode.State.FAILED, take=F("asset__take")))


def _waiting_for_removal() -> list[str]:
    """Folders that a job removes when those who are watching are done."""
    jobs = Job.objects.open().filter(kind="streaming.remove_files").values_list("args", flat=True)
    return [folder for args in jobs for folder in args["folders"]]


def _uploads_in_parts(before: datetime) -> Iterator[Orphan]:
    found = [upload for root in ROOTS for upload in store().unfinished(root) if upload.begun_at < before]
    going = {f"originals/{uuid}" for uuid in UploadSession.objects.filter(finished_at__isnull=True).values_list("asset__uuid", flat=True)} if found else set()
    for upload in found:
        if upload.key not in going:
            yield Orphan(f"{upload.key} (unfinished upload {upload.upload_id[:12]})", 0, upload=upload)


def _at_work(before: datetime) -> Iterator[Orphan]:
    """This machine's work folder: uploads nobody goes on with, fetched films nobody works on, folders of dead workers."""
    root: Path = settings.WORK_DIR
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.name in {"incoming", "sources"}:
            yield from _work_files(folder, before)
        elif folder.is_dir():
            for path in abandoned_folders(folder):
                if _changed_at(path) < before.timestamp():
                    yield Orphan(f"{folder.name}/{path.name}", _bytes_in(path), path=path)


def _work_files(folder: Path, before: datetime) -> Iterator[Orphan]:
    old = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".") and _changed_at(path) < before.timestamp()]
    if not old:
        return
    wanted = {f"upload-{uuid}" for uuid in UploadSession.objects.filter(finished_at__isnull=True).values_list("uuid", flat=True)}
    releases = set(_living_transcodes().values_list("release", flat=True))
    for path in old:
        if path.name not in wanted and path.name.partition(".")[0] not in releases:
            yield Orphan(f"{folder.name}/{path.name}", path.stat().st_size, path=path)


def _changed_at(path: Path) -> float:
    return path.stat().st_mtime


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
