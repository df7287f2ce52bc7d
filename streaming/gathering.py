"""Where the pieces of an upload gather: a file in a private folder, or a multipart upload of the bucket.

What has arrived is always asked of the place itself. Nothing here knows a table; `key` is where the whole file belongs in
storage, `multipart_id` what the bucket calls the upload ("" in a folder). Docs: docs/decisions/0022-uploads.md.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import boto3
from boto3.exceptions import Boto3Error
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils.translation import gettext as _

from core.errors import DomainError
from streaming.fields import Stretch
from streaming.stores import store

PIECE_BYTES = 8 * 1024 * 1024  # 20 GB are 2,560 parts; a bucket takes 10,000 of at least 5 MB
SMALLEST_PIECE_BYTES = 256 * 1024
ADDRESS_LIVES_S = 900
ROOM_TO_WORK = 2 * 1024**3
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class NoRoom(DomainError):
    code = "no_room"


class StoreAway(DomainError):
    """The storage does not answer; what has arrived is safe and the same request may be sent again."""

    code = "store_away"
    status = 503


class UploadBusy(DomainError):
    code = "upload_busy"


class WrongOffset(DomainError):
    """The piece does not belong there; `missing` says what does."""

    code = "wrong_offset"

    def __init__(self, missing: list[Stretch]):
        super().__init__(_("This piece has arrived already."))
        self.missing = missing


@dataclass(frozen=True)
class Place:
    """One upload as its place knows it."""

    name: str  # of its own, fit for a file name
    key: str
    size: int
    multipart_id: str = ""


@dataclass(frozen=True)
class PieceAddress:
    """Where a browser sends one piece by PUT, and the headers that were signed."""

    url: str
    headers: dict[str, str]


class Gathering(Protocol):
    @property
    def is_direct(self) -> bool:
        """Whether browsers send to storage themselves."""

    @property
    def smallest_piece(self) -> int:
        """A slow line may be given pieces as short as this."""

    def begin(self, key: str) -> str:
        """Make ready to take pieces; returns the multipart id."""

    def is_open(self, place: Place) -> bool:
        """Whether it goes on from what `begin` once made ready; a bucket's own rules may have ended that."""

    def abort(self, key: str, multipart_id: str) -> None:
        """Undo `begin`. A second call changes nothing."""

    def missing(self, place: Place) -> list[Stretch]:
        """Stretches of bytes that have not arrived, in order."""

    def keep(self, place: Place, offset: int, piece: IO[bytes], length: int) -> None: ...
    def complete(self, place: Place) -> list[Stretch]:
        """Have the whole file under its key. Returns what is missing when it is not whole; a second call changes nothing."""

    def drop(self, place: Place) -> None:
        """Forget all that has arrived. A second call changes nothing."""

    def has_room(self, size: int) -> bool: ...


def gathering() -> Gathering:
    """The place for the storage as configured now."""
    return FolderGathering() if isinstance(default_storage, FileSystemStorage) else BucketGathering(default_storage)


def incoming_root() -> Path:
    """Where files stay until storage has them; private to this server."""
    root: Path = settings.WORK_DIR / "incoming"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root


@contextmanager
def room_on_disk() -> Iterator[None]:
    """A disk that is full refuses with a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise NoRoom(_("There is not enough room on the server for this file. Delete videos that are not used, or ask the administrator.")) from error
        raise


@contextmanager
def bucket_answers() -> Iterator[None]:
    """A bucket that is away refuses with a sentence; what it refuses itself stays an error."""
    try:
        yield
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) < 500:
            raise
        raise _away() from error
    except (BotoCoreError, Boto3Error) as error:
        raise _away() from error


def _away() -> StoreAway:
    return StoreAway(_("The storage for videos does not answer at the moment. What has arrived is kept; the upload goes on when it is back."))


class FolderGathering:
    """One growing file. How much has arrived is its length, so nothing can disagree with it."""

    is_direct = False
    smallest_piece = SMALLEST_PIECE_BYTES

    def path(self, place: Place) -> Path:
        return incoming_root() / f"upload-{place.name}"

    def begin(self, key: str) -> str:
        return ""

    def is_open(self, place: Place) -> bool:
        return True

    def abort(self, key: str, multipart_id: str) -> None:
        """There is nothing to undo."""

    def missing(self, place: Place) -> list[Stretch]:
        try:
            here = self.path(place).stat().st_size
        except FileNotFoundError:
            here = place.size if self._is_kept(place) else 0
        return [(here, place.size)] if here < place.size else []

    def _is_kept(self, place: Place) -> bool:
        kept = store().stat(place.key)
        return kept is not None and kept.size == place.size

    def keep(self, place: Place, offset: int, piece: IO[bytes], length: int) -> None:
        if self._is_kept(place):
            raise WrongOffset([])
        with room_on_disk(), self.path(place).open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UploadBusy(_("This upload is open in another window. Close that one, then try again.")) from error
            here = os.fstat(file.fileno()).st_size
            if offset != here:
                raise WrongOffset(self.missing(place))
            try:
                shutil.copyfileobj(piece, file)
                file.flush()
            except OSError:
                file.truncate(here)
                raise

    def complete(self, place: Place) -> list[Stretch]:
        if missing := self.missing(place):
            return missing
        path = self.path(place)
        if path.exists():
            with room_on_disk():
                store().put_file(place.key, path, "application/octet-stream")
        return []

    def drop(self, place: Place) -> None:
        self.path(place).unlink(missing_ok=True)
        store().delete_tree(place.key)

    def has_room(self, size: int) -> bool:
        return shutil.disk_usage(incoming_root()).free > size + ROOM_TO_WORK


class BucketGathering:
    """A multipart upload. Parts come through this server, or straight from the browser where it can reach the bucket.

    Each part is bound to its bytes by Content-MD5, the one checksum that Amazon, Cloudflare and SeaweedFS all verify on a
    part without anything said at the start. No checksum algorithm is declared, or each would have to be repeated at the end.
    """

    smallest_piece = PIECE_BYTES

    def __init__(self, storage: Any):
        self.storage = storage
        self.bucket: str = storage.bucket_name
        self._keys = (storage.region_name, storage.access_key, storage.secret_key)
        self.client = _client(_Keys(storage.endpoint_url, *self._keys))

    @property
    def is_direct(self) -> bool:
        return bool(settings.S3_BROWSER_URL) or not self.storage.endpoint_url

    def begin(self, key: str) -> str:
        with bucket_answers():
            begun: str = self.client.create_multipart_upload(Bucket=self.bucket, Key=key, ContentType="application/octet-stream")["UploadId"]
        return begun

    def missing(self, place: Place) -> list[Stretch]:
        with bucket_answers():
            if self._is_kept(place):
                return []
            parts = self._parts(place)
        found: list[Stretch] = []
        for number in range(-(-place.size // PIECE_BYTES)):
            if number + 1 not in parts:
                start = number * PIECE_BYTES
                if found and found[-1][1] == start:
                    start = found.pop()[0]
                found.append((start, min((number + 1) * PIECE_BYTES, place.size)))
        return found

    def keep(self, place: Place, offset: int, piece: IO[bytes], length: int) -> None:
        if not self._is_whole(place, offset, length):
            raise WrongOffset(self.missing(place))
        with bucket_answers():
            try:
                self.client.upload_part(**self._named(place), PartNumber=offset // PIECE_BYTES + 1, Body=piece, ContentLength=length)
            except ClientError as error:
                if _code(error) != "NoSuchUpload":
                    raise
                raise WrongOffset(self.missing(place)) from error

    def address(self, place: Place, offset: int, length: int, md5: str) -> PieceAddress:
        """Where a browser may send exactly these bytes. Raises WrongOffset when they are no part of the upload."""
        if not self._is_whole(place, offset, length):
            raise WrongOffset(self.missing(place))
        values = {**self._named(place), "PartNumber": offset // PIECE_BYTES + 1, "ContentMD5": md5, "ContentLength": length}
        return PieceAddress(self._signer().generate_presigned_url("upload_part", Params=values, ExpiresIn=ADDRESS_LIVES_S), {"Content-MD5": md5})

    def complete(self, place: Place) -> list[Stretch]:
        if missing := self.missing(place):
            return missing
        with bucket_answers():
            if self._is_kept(place):
                return []
            parts = self._parts(place)
            listed = [{"PartNumber": number, "ETag": parts[number]["ETag"]} for number in sorted(parts)]
            try:
                self.client.complete_multipart_upload(**self._named(place), MultipartUpload={"Parts": listed})
            except ClientError as error:  # another request completed it between the two questions
                if _code(error) != "NoSuchUpload":
                    raise
        return self.missing(place)

    def drop(self, place: Place) -> None:
        with bucket_answers():
            if place.multipart_id:
                self.abort(place.key, place.multipart_id)
            self.client.delete_object(Bucket=self.bucket, Key=place.key)

    def has_room(self, size: int) -> bool:
        return shutil.disk_usage(incoming_root()).free > PIECE_BYTES  # pieces pass through; none stays

    def abort(self, key: str, multipart_id: str) -> None:
        with suppress(self.client.exceptions.NoSuchUpload):
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=multipart_id)

    def is_open(self, place: Place) -> bool:
        if not place.multipart_id:
            return False
        with bucket_answers():
            try:
                self.client.list_parts(**self._named(place), MaxParts=1)
            except ClientError as error:
                if _code(error) != "NoSuchUpload":
                    raise
                return self._is_kept(place)
        return True

    def address_to_read(self, key: str, ttl_s: int) -> str:
        """Where a browser reads the file at `key` for `ttl_s` seconds."""
        address: str = self._signer().generate_presigned_url("get_object", Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=ttl_s)
        return address

    def browser_origin(self) -> str:
        """Scheme and host that browsers send pieces to."""
        parts = urlsplit(self._signer().generate_presigned_url("head_bucket", Params={"Bucket": self.bucket}))
        return f"{parts.scheme}://{parts.netloc}"

    def path_for_browsers(self) -> str:
        return urlsplit(self._signer().generate_presigned_url("put_object", Params={"Bucket": self.bucket, "Key": "originals/any"})).path

    def allow_browsers(self, site: str, methods: list[str], headers: list[str]) -> None:
        """Let pages of `site` make such requests to the bucket. It replaces the bucket's other rules."""
        rule = {"AllowedOrigins": [site], "AllowedMethods": methods, "AllowedHeaders": headers, "MaxAgeSeconds": 3600}
        with bucket_answers():
            self.client.put_bucket_cors(Bucket=self.bucket, CORSConfiguration={"CORSRules": [rule]})

    def _is_kept(self, place: Place) -> bool:
        try:
            kept = self.client.head_object(Bucket=self.bucket, Key=place.key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise
        return bool(kept["ContentLength"] == place.size)

    def _parts(self, place: Place) -> dict[int, Any]:
        """The parts of the right length by number; where a server lists a part twice, the newest."""
        parts: dict[int, Any] = {}
        try:
            for page in self.client.get_paginator("list_parts").paginate(**self._named(place)):
                for part in page.get("Parts", []):
                    number = part["PartNumber"]
                    is_right = part["Size"] == min(PIECE_BYTES, place.size - (number - 1) * PIECE_BYTES)
                    if is_right and (number not in parts or part["LastModified"] > parts[number]["LastModified"]):
                        parts[number] = part
        except ClientError as error:
            if _code(error) != "NoSuchUpload":
                raise
        return parts

    def _is_whole(self, place: Place, offset: int, length: int) -> bool:
        return offset % PIECE_BYTES == 0 and 0 <= offset < place.size and length == min(PIECE_BYTES, place.size - offset)

    def _named(self, place: Place) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": place.key, "UploadId": place.multipart_id}

    def _signer(self) -> Any:
        """A client that signs for the address browsers know; it opens no connection."""
        return _client(_Keys(settings.S3_BROWSER_URL or self.storage.endpoint_url, *self._keys))


class _Keys(NamedTuple):
    endpoint: str | None
    region: str
    access_key: str | None
    secret_key: str | None


@lru_cache(maxsize=8)
def _client(keys: _Keys) -> Any:
    """Answers or fails within seconds, and adds no checksum of its own, which would have to be repeated for each part at the end.

    Amazon's address names the region: a browser cannot follow the redirect that the general one gives for a new bucket.
    """
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path" if keys.endpoint else "virtual"},
        connect_timeout=3,
        read_timeout=20,
        retries={"total_max_attempts": 2},
        request_checksum_calculation="when_required",
    )
    endpoint = keys.endpoint or f"https://s3.{keys.region}.amazonaws.com"
    session = boto3.Session(aws_access_key_id=keys.access_key, aws_secret_access_key=keys.secret_key)
    return session.client("s3", region_name=keys.region, endpoint_url=endpoint, config=config)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
