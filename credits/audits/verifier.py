"""Is an audit pack whole, and is it the school's? Pure: a file and keys in, findings out; nothing is looked up anywhere.

Three things are held against each other: the files against the list, the list against the manifest, the manifest against the
school's signature. Beyond that every dossier is held against the digest it was given on the day of the completion.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from credits.audits.pack import CHUNK, FORMAT, MANIFEST, SEAL, SIGNATURE, SUMS, VERSION, b64url, dossier_digest, is_safe_path

LARGEST_SEAL = 4 * 1024 * 1024  # the manifest and the signature are small; a larger one is nobody's honest pack
LARGEST_LIST = 256 * 1024 * 1024  # more than a million files
LONGEST_LINE = 4096
MOST_BAD_LINES = 50
LARGEST_DOSSIER = 64 * 1024 * 1024
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # as packs are written; other ways unpack without a limit
PERSONAL = "purged_at"


class BadKeyFile(Exception):
    """The file given as key holds none; the message says what is accepted."""


@dataclass
class Verdict:
    """`problems` and `changed_dossiers` make a pack wrong; `notes` are worth knowing. Each is one sentence that names what it is about."""

    manifest: dict[str, Any] = field(default_factory=dict)
    kid: str = ""
    is_signed: bool = False
    is_key_trusted: bool = False
    problems: list[str] = field(default_factory=list)
    changed_dossiers: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files_checked: int = 0
    dossiers_checked: int = 0

    @property
    def is_good(self) -> bool:
        return self.is_whole and not self.changed_dossiers

    @property
    def is_whole(self) -> bool:
        """As the school signed it; what it signed may still contradict a digest of the day."""
        return self.is_signed and not self.problems


def thumbprint(key: ec.EllipticCurvePublicKey) -> str:
    """RFC 7638: the name a key has in the school's list of keys."""
    numbers = key.public_numbers()
    members = {"crv": "P-256", "kty": "EC", "x": b64url(numbers.x.to_bytes(32, "big")), "y": b64url(numbers.y.to_bytes(32, "big"))}
    return b64url(hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest())


def read_keys(data: bytes) -> dict[str, ec.EllipticCurvePublicKey]:
    """Public keys by thumbprint, from the school's published list (JWKS), one key of it, a PEM key or PEM certificates. Raises BadKeyFile."""
    try:
        if b"-----BEGIN CERTIFICATE" in data:
            found: Iterable[Any] = [certificate.public_key() for certificate in x509.load_pem_x509_certificates(data)]
        elif b"-----BEGIN" in data:
            found = [serialization.load_pem_public_key(data)]
        else:
            content = json.loads(data)
            found = [_from_jwk(row) for row in content.get("keys", [content])]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadKeyFile("It holds no public key. Give the school's /c/keys.json, one key of it, or a PEM file with a key or a certificate.") from error
    keys = {thumbprint(key): key for key in found if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)}
    if not keys:
        raise BadKeyFile("It holds no key on the curve P-256, which the school signs with.")
    return keys


def _from_jwk(row: dict[str, Any]) -> ec.EllipticCurvePublicKey:
    x, y = (int.from_bytes(_decoded(row[name]), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verify_pack(path: Path, keys: dict[str, ec.EllipticCurvePublicKey] | None = None) -> Verdict:
    """Everything that is wrong with the pack at `path`. `keys` are the school's; without them the one inside the pack is used, and that is said."""
    verdict = Verdict()
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as pack:
                _verify(pack, keys, verdict)
        except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, OverflowError, RuntimeError, ValueError) as error:  # all that zipfile raises
            verdict.problems.append(f"The file is not a whole ZIP ({error}). Ask the school for the pack again.")
    return verdict


def _verify(pack: zipfile.ZipFile, keys: dict[str, ec.EllipticCurvePublicKey] | None, verdict: Verdict) -> None:
    entries = {info.filename: info for info in pack.infolist()}
    for name, count in Counter(info.filename for info in pack.infolist()).items():
        if count > 1:
            verdict.problems.append(f"{name} is in the ZIP {count} times; a pack has each file once.")
    odd = [info.filename for info in pack.infolist() if info.compress_type not in PACKED]
    if odd:
        verdict.problems.append(f"{odd[0]} is packed as no file of the school's packs is ({len(odd)} of the kind): nothing was read.")
        return
    missing = [name for name in SEAL if name not in entries]
    for name in missing:
        verdict.problems.append(f"{name} is missing: without it nothing can be checked. This is not an audit pack of the school, or a part of one.")
    if missing or any(_is_too_large(pack, name, largest, verdict) for name, largest in LARGEST.items()):
        return
    text = pack.read(MANIFEST)
    verdict.manifest = _manifest(text, verdict)
    if not verdict.manifest:
        return
    _check_signature(text, pack.read(SIGNATURE), keys, verdict)
    _check_files(pack, entries, verdict)


LARGEST = {MANIFEST: LARGEST_SEAL, SIGNATURE: LARGEST_SEAL, SUMS: LARGEST_LIST}


def _is_too_large(pack: zipfile.ZipFile, name: str, largest: int, verdict: Verdict) -> bool:
    too_large = pack.getinfo(name).file_size > largest
    if too_large:
        verdict.problems.append(f"{name} is larger than any pack's.")
    return too_large


def _manifest(text: bytes, verdict: Verdict) -> dict[str, Any]:
    try:
        found = json.loads(text)
        files = found["files"]
        known = (found["format"], found["version"]) == (FORMAT, VERSION) and isinstance(files["sha256"], str) and isinstance(files["count"], int)
    except (ValueError, KeyError, TypeError):
        known, found = False, {}
    if not known:
        verdict.problems.append(f"{MANIFEST} is not a manifest of {FORMAT}, version {VERSION}.")
        return {}
    return dict(found)


def _check_signature(text: bytes, signature: bytes, keys: dict[str, ec.EllipticCurvePublicKey] | None, verdict: Verdict) -> None:
    try:
        header_text, payload, mark = signature.decode("ascii").strip().split(".")
        header, raw = json.loads(_decoded(header_text)), _decoded(mark)
        verdict.kid = str(header["kid"]).rstrip("/").rpartition("/")[2].removesuffix(".json")
        readable = header["alg"] == "ES256" and payload == "" and len(raw) == 64
    except (ValueError, KeyError, TypeError, binascii.Error):
        readable = False
    if not readable:
        verdict.problems.append(f"{SIGNATURE} is not a detached ES256 signature.")
        return
    key = _key(keys, verdict)
    if key is None:
        return
    try:
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        key.verify(der, f"{header_text}.{b64url(text)}".encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        verdict.problems.append(f"The signature does not fit {MANIFEST}: it was changed after the school signed it, or another key signed it.")
    else:
        verdict.is_signed, verdict.is_key_trusted = True, keys is not None


def _key(keys: dict[str, ec.EllipticCurvePublicKey] | None, verdict: Verdict) -> ec.EllipticCurvePublicKey | None:
    if keys is not None:
        if verdict.kid not in keys:
            verdict.problems.append(f"The pack is signed with key {verdict.kid}, and that is none of the keys given ({', '.join(sorted(keys))}).")
        return keys.get(verdict.kid)
    try:
        inside = read_keys(str(verdict.manifest["signer"]["certificate"]).encode())
    except (KeyError, TypeError, BadKeyFile):
        verdict.problems.append("The pack does not say who signed it. Give the school's key with --key.")
        return None
    if verdict.kid not in inside:
        verdict.problems.append(f"The pack is signed with key {verdict.kid}, and the certificate inside it is of another.")
        return None
    verdict.notes.append(f"The key came from the pack itself. That it is the school's: compare {verdict.kid} with {verdict.manifest['signer'].get('keys')}.")
    return inside[verdict.kid]


def _check_files(pack: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], verdict: Verdict) -> None:
    listed: dict[str, str] = {}
    digest = hashlib.sha256()
    bad_before = len(verdict.problems)
    with pack.open(SUMS) as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), start=1):
            digest.update(line)
            if len(verdict.problems) - bad_before > MOST_BAD_LINES:
                verdict.problems.append(f"{SUMS} is no list of files: nothing more of it was read.")
                return
            expected, gap, name = line.decode("utf-8", "replace").rstrip("\n").partition("  ")
            if not gap or len(expected) != 64 or not is_safe_path(name):
                verdict.problems.append(f"{SUMS}, line {number}: not a SHA-256, two spaces and the name of a file.")
            elif name in listed:
                verdict.problems.append(f"{SUMS}, line {number}: {name} is listed twice.")
            else:
                listed[name] = expected
    if digest.hexdigest() != verdict.manifest["files"]["sha256"]:
        verdict.problems.append(f"{SUMS} is not the list that {MANIFEST} was signed with.")
    if len(listed) != verdict.manifest["files"]["count"]:
        verdict.problems.append(f"{SUMS} lists {len(listed)} files; the manifest counts {verdict.manifest['files']['count']}.")
    for name, expected in listed.items():
        if name not in entries:
            verdict.problems.append(f"{name} is in the list but not in the pack: it was taken out.")
        else:
            _check_file(pack, name, expected, verdict)
    for name in entries:
        if name not in listed and name not in SEAL:
            verdict.problems.append(f"{name} is in the pack but not in the list: it was put in.")


def _check_file(pack: zipfile.ZipFile, name: str, expected: str, verdict: Verdict) -> None:
    digest = hashlib.sha256()
    try:
        with pack.open(name) as file:
            while piece := file.read(CHUNK):
                digest.update(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        verdict.problems.append(f"{name} is damaged ({error}).")
        return
    verdict.files_checked += 1
    if digest.hexdigest() != expected:
        verdict.problems.append(f"{name} was changed: its SHA-256 is {digest.hexdigest()}, the list says {expected}.")
    elif name.endswith("/dossier.json"):
        _check_dossier(pack, name, verdict)


def _check_dossier(pack: zipfile.ZipFile, name: str, verdict: Verdict) -> None:
    if pack.getinfo(name).file_size > LARGEST_DOSSIER:
        verdict.notes.append(f"{name} is too large to be held against its own digest.")
        return
    with pack.open(name) as file:
        found = _json_of(file)
    verdict.dossiers_checked += 1
    if not isinstance(found, dict) or "recorded" not in found or "sha256" not in found:
        verdict.problems.append(f"{name} is not a dossier.")
    elif found.get(PERSONAL):
        verdict.notes.append(f"{name}: personal detail was removed on {str(found[PERSONAL])[:10]}, after its years of keeping.")
    elif not is_as_recorded(found):
        verdict.changed_dossiers.append(f"{name}: what it says is not what was recorded at the completion (digest {found['sha256']}).")


def is_as_recorded(dossier: dict[str, Any]) -> bool:
    """Whether a dossier has the digest it was given on its day; one whose personal detail was removed cannot have it any more."""
    return bool(dossier.get(PERSONAL)) or dossier_digest(dossier["recorded"]) == dossier["sha256"]


def _json_of(file: IO[bytes]) -> Any:
    try:
        return json.load(file)
    except ValueError:
        return None
