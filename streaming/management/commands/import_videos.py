"""`manage.py import_videos FOLDER`: bring a folder of video files in, as if each had been uploaded at the desk."""

from __future__ import annotations

import hashlib
import os
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from tqdm import tqdm

from accounts.models import User
from core.errors import DomainError
from streaming.gathering import PIECE_BYTES
from streaming.models import VideoAsset
from streaming.pipeline.formats import HEAD_BYTES, demuxer_for
from streaming.pipeline.probe import refusal
from streaming.selectors import asset_progress
from streaming.services.duplicates import fingerprint_of, same_file
from streaming.services.uploads import finish_upload, keep_piece, missing, open_upload

ENDINGS = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts", ".mpg", ".mpeg", ".3gp", ".flv", ".wmv", ".asf", ".ogv"}
HASH_BYTES = 1024 * 1024
ASK_EVERY_S = 2.0


@dataclass
class Outcome:
    """What became of one file."""

    path: Path
    said: str
    is_in: bool
    asset: VideoAsset | None = None


class Command(BaseCommand):
    help = (
        "Bring the video files of a folder in. Stopped halfway, run it again: it goes on inside the file where it stopped, "
        "and leaves out what is here. Ends with an error when any file did not come in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--recursive", action="store_true", help="folders inside it too")
        parser.add_argument("--title-from", choices=["name", "folder"], default="name", help="the title: the file's name, or its folder's name and the file's")
        parser.add_argument("--by", metavar="EMAIL", help="whose videos they become; without it, the first active superuser")
        parser.add_argument("--wait", action="store_true", help="stay until the films are prepared, with their progress")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done and do nothing")
        parser.add_argument("--jobs", type=int, default=2, metavar="N", help="files copied at once (2)")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder.")
        if options["jobs"] < 1:
            raise CommandError("--jobs must be at least 1.")
        person = _person(options["by"])
        files = sorted(_video_files(folder, recursive=options["recursive"]))
        if not files:
            raise CommandError(f"No video files in {folder}." + ("" if options["recursive"] else " --recursive looks into the folders inside it."))
        total = sum(size for _, size in files)
        bar = tqdm(total=total, unit="B", unit_scale=True, unit_divisor=1000, desc="Copying", disable=options["dry_run"], file=self.stderr)
        firsts: dict[str, Path] = {}
        with bar, ThreadPoolExecutor(options["jobs"]) as pool:
            work = _Import(person, folder, options["title_from"], options["dry_run"], bar, firsts)
            outcomes = list(pool.map(work.bring, files))
        for outcome in outcomes:
            style = self.style.SUCCESS if outcome.is_in else self.style.ERROR
            self.stdout.write(style(f"{outcome.path.relative_to(folder)}: {outcome.said}"))
        if options["wait"]:
            self._wait([(outcome, outcome.asset) for outcome in outcomes if outcome.asset])
        failed = [outcome for outcome in outcomes if not outcome.is_in]
        self.stdout.write(f"{len(outcomes) - len(failed)} of {len(outcomes)} files {'would be' if options['dry_run'] else 'are'} in.")
        if failed:
            raise CommandError(f"{len(failed)} did not come in; they are named above.")

    def _wait(self, outcomes: list[tuple[Outcome, VideoAsset]]) -> None:
        """Show the preparing of what came in, until each is ready or given up. A worker has to run."""
        with tqdm(total=100 * len(outcomes), desc="Preparing", bar_format="{l_bar}{bar}| {postfix}", file=self.stderr) as bar:
            waiting = outcomes
            while waiting:
                done = 100 * (len(outcomes) - len(waiting))
                still = []
                for outcome, asset in waiting:
                    asset.refresh_from_db()
                    progress = asset_progress(asset)
                    done += progress["percent"]
                    if asset.is_waited_for:
                        still.append((outcome, asset))
                        bar.set_postfix_str(f"{outcome.path.name}: {progress['stage']} {progress['percent']} %")
                    elif asset.state == VideoAsset.State.FAILED:
                        outcome.is_in, outcome.said = False, progress["error"]
                        self.stdout.write(self.style.ERROR(f"{outcome.path.name}: {outcome.said}"))
                bar.n = done
                bar.refresh()
                waiting = still
                if waiting:
                    time.sleep(ASK_EVERY_S)  # a person waits here, and nothing tells a command that a row has changed


@dataclass
class _Import:
    person: User
    folder: Path
    title_from: str
    is_dry: bool
    bar: Any
    firsts: dict[str, Path]

    def bring(self, found: tuple[Path, int]) -> Outcome:
        path, size = found
        try:
            return self._bring(path, size)
        except DomainError as refused:
            return Outcome(path, refused.message, is_in=False)
        except OSError as error:
            return Outcome(path, f"This file cannot be read: {error.strerror or error}.", is_in=False)
        finally:
            connection.close()  # this thread's own

    def _bring(self, path: Path, size: int) -> Outcome:
        with path.open("rb") as file:

            def read(first: int, length: int) -> bytes:
                file.seek(first)
                return file.read(length)

            if size == 0:
                return Outcome(path, refusal("empty").message, is_in=False)
            if demuxer_for(read(0, HEAD_BYTES)) is None:
                return Outcome(path, refusal("not_video").message, is_in=False)
            fingerprint = fingerprint_of(size, read)
            first = self.firsts.setdefault(fingerprint, path)
            if first != path:
                return Outcome(path, f"left out: the same file as {first.relative_to(self.folder)}.", is_in=True)
            if known := self._known(fingerprint, path):
                self.bar.update(size)
                return Outcome(path, f"left out: it is here already as “{known.title}”.", is_in=True)
            if self.is_dry:
                return Outcome(path, f"would come in as “{self._title(path)}”.", is_in=True)
            upload = open_upload(title=self._title(path), original_name=path.name, size=size, fingerprint=fingerprint, by=self.person)
            lacking = missing(upload)
            self.bar.update(size - sum(end - start for start, end in lacking))
            for start, end in lacking:
                for offset in range(start, end, PIECE_BYTES):
                    data = read(offset, min(PIECE_BYTES, end - offset))
                    keep_piece(upload=upload, offset=offset, length=len(data), sha256=hashlib.sha256(data).hexdigest(), read=BytesIO(data).read)
                    self.bar.update(len(data))
            asset = finish_upload(upload=upload)
        return Outcome(path, f"in, as “{asset.title}”.", is_in=True, asset=asset)

    def _known(self, fingerprint: str, path: Path) -> VideoAsset | None:
        """The same file in storage. A fingerprint alone is no proof: where the whole checksum is known, it decides."""
        known = same_file(fingerprint=fingerprint)
        if known is None or not known.sha256:
            return known
        with path.open("rb") as file:
            return same_file(sha256=hashlib.file_digest(file, "sha256").hexdigest())

    def _title(self, path: Path) -> str:
        words = path.stem.replace("_", " ").replace("-", " ").strip()
        return f"{path.parent.name} {words}" if self.title_from == "folder" else words


def _person(email: str | None) -> User:
    people = User.objects.filter(is_active=True)
    found = people.filter(email__iexact=email).first() if email else people.filter(is_superuser=True).order_by("pk").first()
    if found is None:
        raise CommandError(f"Nobody here has the address {email}." if email else "Say with --by whose videos they become.")
    return found


def _video_files(folder: Path, *, recursive: bool) -> Iterator[tuple[Path, int]]:
    """Video files by their endings, with their sizes; hidden ones and links that lead nowhere are left out."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".")) if recursive else []
        for name in names:
            path = Path(root) / name
            if not name.startswith(".") and path.suffix.lower() in ENDINGS and path.is_file():
                yield path, path.stat().st_size
