"""The format of an audit pack, and the writer of one. Pure: no database, no clock, no settings (docs/audit-packs.md).

A pack is a ZIP. `SHA256SUMS` lists every other file with its SHA-256, as `sha256sum -c` reads it; `manifest.json` says what the
pack is and holds the SHA-256 of that list; `manifest.jws` is the school's ES256 signature over the manifest's bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Any

FORMAT = "smrt-audit-pack"
VERSION = 1
MANIFEST, SIGNATURE, SUMS = "manifest.json", "manifest.jws", "SHA256SUMS"
SEAL = (MANIFEST, SIGNATURE, SUMS)  # what is about the other files and so not in the list itself
CHUNK = 1024 * 1024
AS_THEY_ARE = (".pdf", ".png", ".jpg", ".jpeg", ".zip")  # compressed already
LONGEST_NAME = 100

Sign = Callable[[bytes], str]


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def is_safe_path(path: str) -> bool:
    """Whether a name in a pack stays inside the folder it is unpacked to, on any system."""
    parts = PurePosixPath(path).parts
    return bool(path) and not path.startswith("/") and "\\" not in path and ":" not in path and ".." not in parts and "\n" not in path and "\r" not in path


def safe_name(name: str) -> str:
    """`name` as a file's name on any system: ASCII letters, digits, dot, dash; never empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    kept = "".join(sign if sign.isalnum() or sign in "._-" else "-" for sign in plain).strip(".-")
    stem, dot, ending = kept.rpartition(".")
    short = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}" if dot and stem and len(ending) < 10 else kept[:LONGEST_NAME]
    return short or "file"


def dossier_digest(recorded: dict[str, Any]) -> str:
    """The SHA-256 a dossier was given when it was recorded, out of what was recorded."""
    return hashlib.sha256(json.dumps(recorded, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def as_text(value: Any) -> bytes:
    """JSON for people and machines: sorted, indented, with a last newline."""
    return (json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


class PackWriter:
    """Writes a pack file by file to `path`; nothing but the list of names stays in memory.

    >>> with PackWriter(path, made_at=now) as pack:
    ...     pack.add("roster.csv", b"...")
    ...     pack.seal(facts, sign)
    """

    def __init__(self, path: Path, *, made_at: datetime) -> None:
        self._when = made_at.timetuple()[:6]
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self._sums: IO[bytes] = tempfile.TemporaryFile()
        self._names: set[str] = set()
        self.size_bytes = 0

    def __enter__(self) -> PackWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._sums.close()
        self._zip.close()

    @property
    def file_count(self) -> int:
        return len(self._names)

    def add(self, path: str, content: bytes | Iterable[bytes]) -> str:
        """Write one file, whole or in pieces; returns its SHA-256."""
        if not is_safe_path(path) or path in SEAL or path in self._names:
            raise ValueError(f"“{path}” cannot be a file of the pack, or is one already.")
        digest = hashlib.sha256()
        with self._open(path) as file:
            for piece in [content] if isinstance(content, bytes) else content:
                digest.update(piece)
                file.write(piece)
                self.size_bytes += len(piece)
        self._names.add(path)
        self._sums.write(f"{digest.hexdigest()}  {path}\n".encode())
        return digest.hexdigest()

    def seal(self, facts: dict[str, Any], sign: Sign) -> dict[str, Any]:
        """Close the list and sign: nothing can be added afterwards. `sign` makes a compact JWS of the bytes it is given. Returns the manifest."""
        digest = hashlib.sha256()
        self._sums.seek(0)
        with self._open(SUMS) as file:
            for piece in _pieces(self._sums):
                digest.update(piece)
                file.write(piece)
        manifest = {
            **facts,
            "format": FORMAT,
            "version": VERSION,
            "files": {"count": self.file_count, "bytes": self.size_bytes, "list": SUMS, "sha256": digest.hexdigest()},
        }
        text = as_text(manifest)
        with self._open(MANIFEST) as file:
            file.write(text)
        with self._open(SIGNATURE) as file:
            file.write(detached(sign(text)).encode() + b"\n")
        return manifest

    def _open(self, path: str) -> IO[bytes]:
        entry = zipfile.ZipInfo(path, date_time=self._when)
        entry.compress_type = zipfile.ZIP_STORED if path.lower().endswith(AS_THEY_ARE) else zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        return self._zip.open(entry, "w", force_zip64=True)


def detached(jws: str) -> str:
    """A compact JWS without its payload, which is the file beside it (RFC 7515, appendix F)."""
    header, _payload, signature = jws.split(".")
    return f"{header}..{signature}"


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(CHUNK):
        yield piece
