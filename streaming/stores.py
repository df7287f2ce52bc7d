"""Video files in the default storage: one small interface, a folder or an S3 bucket behind it.

Django's own storage API saves under another name when a name is taken and reads no ranges; both matter here.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Protocol
from uuid import uuid4

from botocore.exceptions import ClientError
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage

from streaming.delivery.published import in_bucket

PIECE = 256 * 1024
ASLEEP = {"GLACIER", "DEEP_ARCHIVE"}  # storage classes that are read only after a restore
AWAKE_DAYS = 7  # how long a restored copy stays


@dataclass(frozen=True)
class Stat:
    size: int
    etag: str  # quoted, as the header wants it


@dataclass(frozen=True)
class Stored:
    """One file as a listing finds it."""

    key: str
    size: int
    changed_at: datetime


@dataclass(frozen=True)
class Unfinished:
    """An upload in parts that was begun and neither completed nor given up; storage keeps and bills its parts."""

    key: str
    upload_id: str
    begun_at: datetime


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...
    def close(self) -> None: ...


class Store(Protocol):
    def stat(self, key: str) -> Stat | None: ...
    def read(self, key: str, first: int, length: int) -> Readable: ...
    def put_file(self, key: str, path: Path, content_type: str) -> None:
        """Store the file at `path`, which may be moved away; replaces what was there."""

    def put_bytes(self, key: str, data: bytes, content_type: str) -> None: ...
    def fetch(self, key: str, path: Path) -> None:
        """Make the stored file readable at `path`, which does not exist."""

    def copy(self, key: str, to: str) -> None:
        """Store the file at `key` under a second name as well."""

    def delete_tree(self, prefix: str) -> None: ...
    def delete_children(self, prefix: str, *, keep: str) -> None:
        """Remove every folder directly under `prefix` but the one named `keep`."""

    def listing(self, prefix: str) -> Iterator[Stored]:
        """Every file in the folder `prefix`, in no order; half-written ones too."""

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:
        """Uploads in parts to the folder `prefix` that are still open. A folder on disk has none."""

    def give_up(self, upload: Unfinished) -> None: ...
    def cool(self, key: str) -> None:
        """Move the file to cold storage, under the same key. A second call changes nothing."""

    def awaken(self, key: str) -> bool:
        """Whether the file can be read now. If not it was asked back, which takes hours; ask again later."""


def store() -> Store:
    """The store behind the default storage as configured now."""
    if isinstance(default_storage, FileSystemStorage):
        return FolderStore(default_storage)
    return BucketStore(default_storage)


class FolderStore:
    def __init__(self, storage: FileSystemStorage):
        self.storage = storage

    def _path(self, key: str) -> Path:
        return Path(self.storage.path(key))

    def _cold(self, key: str) -> Path:
        """Its place in the second folder, which holds originals alone."""
        root: Path = settings.VIDEO_COLD_ROOT
        return root / self._path(key).relative_to(self._path("."))

    def _readable(self, key: str) -> Path:
        path = self._path(key)
        return path if not key.startswith("originals/") or path.exists() or not self._cold(key).exists() else self._cold(key)

    def stat(self, key: str) -> Stat | None:
        try:
            found = self._readable(key).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        tag = hashlib.sha256(f"{found.st_mtime_ns}:{found.st_size}".encode()).hexdigest()[:24]
        return Stat(found.st_size, f'"{tag}"')

    def read(self, key: str, first: int, length: int) -> Readable:
        file = self._readable(key).open("rb")
        file.seek(first)
        return _Window(file, length)

    def put_file(self, key: str, path: Path, content_type: str) -> None:
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{uuid4().hex[:8]}")
        shutil.move(path, beside)
        if key.startswith("video/"):
            beside.chmod(0o644)  # nginx, another user, reads what players may ask for
        beside.replace(target)

    def put_bytes(self, key: str, data: bytes, content_type: str) -> None:
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{uuid4().hex[:8]}")
        beside.write_bytes(data)
        beside.replace(target)

    def fetch(self, key: str, path: Path) -> None:
        source = self._readable(key)
        try:
            os.link(source, path)  # free; the reader opens it for reading only
        except OSError:
            shutil.copyfile(source, path)

    def copy(self, key: str, to: str) -> None:
        self.put_bytes(to, self._path(key).read_bytes(), "")

    def delete_tree(self, prefix: str) -> None:
        if prefix.startswith("originals/"):
            self._cold(prefix).unlink(missing_ok=True)
        target = self._path(prefix)
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
        with suppress(OSError):  # the folder above goes with its last entry
            target.parent.rmdir()

    def delete_children(self, prefix: str, *, keep: str) -> None:
        root = self._path(prefix)
        for child in root.iterdir() if root.is_dir() else ():
            if child.name != keep:
                shutil.rmtree(child)

    def listing(self, prefix: str) -> Iterator[Stored]:
        yield from self._files(self._path(prefix), prefix)
        if prefix == "originals":
            yield from (found for found in self._files(self._cold(prefix), prefix) if not self._path(found.key).exists())

    def _files(self, root: Path, prefix: str) -> Iterator[Stored]:
        for folder, _folders, names in os.walk(root):
            for name in names:
                path = Path(folder, name)
                with suppress(FileNotFoundError):  # a half-written file just got its name
                    found = path.stat()
                    yield Stored(f"{prefix}/{path.relative_to(root).as_posix()}", found.st_size, datetime.fromtimestamp(found.st_mtime, tz=UTC))

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:
        return iter(())

    def give_up(self, upload: Unfinished) -> None:
        raise NotImplementedError("A folder has no uploads in parts.")

    def cool(self, key: str) -> None:
        """At every moment one of the two folders has the whole file."""
        path, cold = self._path(key), self._cold(key)
        if not path.exists():
            return
        cold.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = cold.with_name(f".{cold.name}.{uuid4().hex[:8]}")
        shutil.copyfile(path, beside)
        beside.replace(cold)
        path.unlink(missing_ok=True)

    def awaken(self, key: str) -> bool:
        return True  # a slower disk is still a disk


class _Window:
    """`length` bytes of an open file from where it stands."""

    def __init__(self, file: IO[bytes], length: int):
        self.file, self.left = file, length

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(data)
        return data

    def close(self) -> None:
        self.file.close()


def _headers(key: str, content_type: str) -> dict[str, str]:
    """What the bucket answers with a file; a CDN before it keeps segments and asks again for playlists."""
    if not key.startswith("video/"):
        return {"ContentType": content_type}
    return {"ContentType": content_type, "CacheControl": in_bucket(key.split("/", 2)[2])}


class BucketStore:
    def __init__(self, storage: Any):
        self.bucket = storage.bucket

    def stat(self, key: str) -> Stat | None:
        try:
            found = self.bucket.meta.client.head_object(Bucket=self.bucket.name, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise
        return Stat(found["ContentLength"], found["ETag"])

    def read(self, key: str, first: int, length: int) -> Readable:
        if length == 0:
            return BytesIO()
        body: Readable = self.bucket.Object(key).get(Range=f"bytes={first}-{first + length - 1}")["Body"]
        return body

    def put_file(self, key: str, path: Path, content_type: str) -> None:
        self.bucket.upload_file(str(path), key, ExtraArgs=_headers(key, content_type))  # in parts when large

    def put_bytes(self, key: str, data: bytes, content_type: str) -> None:
        self.bucket.put_object(Key=key, Body=data, **_headers(key, content_type))

    def fetch(self, key: str, path: Path) -> None:
        self.bucket.download_file(key, str(path))

    def copy(self, key: str, to: str) -> None:
        self.bucket.copy({"Bucket": self.bucket.name, "Key": key}, to)

    def delete_tree(self, prefix: str) -> None:
        self.bucket.objects.filter(Prefix=f"{prefix}/").delete()
        self.bucket.Object(prefix).delete()

    def delete_children(self, prefix: str, *, keep: str) -> None:
        kept = f"{prefix}/{keep}/"
        gone = [{"Key": found.key} for found in self.bucket.objects.filter(Prefix=f"{prefix}/") if not (keep and found.key.startswith(kept))]
        for start in range(0, len(gone), 1000):
            self.bucket.delete_objects(Delete={"Objects": gone[start : start + 1000], "Quiet": True})

    def listing(self, prefix: str) -> Iterator[Stored]:
        for found in self.bucket.objects.filter(Prefix=f"{prefix}/"):
            yield Stored(found.key, found.size, found.last_modified)

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:
        pages = self.bucket.meta.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket.name, Prefix=f"{prefix}/")
        for page in pages:
            for upload in page.get("Uploads", ()):
                yield Unfinished(upload["Key"], upload["UploadId"], upload["Initiated"])

    def give_up(self, upload: Unfinished) -> None:
        self.bucket.meta.client.abort_multipart_upload(Bucket=self.bucket.name, Key=upload.key, UploadId=upload.upload_id)

    def cool(self, key: str) -> None:
        """A copy onto itself in the storage class for cold files, in parts when large."""
        client, place = self.bucket.meta.client, {"Bucket": self.bucket.name, "Key": key}
        if client.head_object(**place).get("StorageClass", "STANDARD") == "STANDARD":
            # Metadata are replaced by the same, because some servers refuse a copy onto itself that changes the class alone.
            extra = {"StorageClass": settings.VIDEO_COLD_CLASS, "MetadataDirective": "REPLACE", "ContentType": "application/octet-stream"}
            self.bucket.copy(place, key, ExtraArgs=extra)

    def awaken(self, key: str) -> bool:
        client, place = self.bucket.meta.client, {"Bucket": self.bucket.name, "Key": key}
        found = client.head_object(**place)
        if found.get("StorageClass") not in ASLEEP:
            return True
        restore = found.get("Restore", "")
        if not restore:
            client.restore_object(**place, RestoreRequest={"Days": AWAKE_DAYS, "GlacierJobParameters": {"Tier": "Standard"}})
        return 'ongoing-request="false"' in restore
