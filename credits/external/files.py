"""What somebody sends in as a proof, made harmless before it is kept.

A picture is drawn anew, so that nothing but its dots survives: no place where it was taken, no second file behind it. A PDF
can not be drawn anew here; one that carries programs, or hides what it carries, is refused.
"""

from __future__ import annotations

import hashlib
import io
import re
import zlib
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from core.errors import DomainError
from credits.models import ExternalProof

MAX_BYTES = 10 * 1024 * 1024
MAX_SIDE = 3000  # of what is kept; print on a letter-size page stays readable
MAX_DOTS = {"JPEG": 80_000_000, "PNG": 40_000_000}  # a JPEG is read at a fraction of its size, a PNG is not
QUALITY = 85
PICTURE_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
MAX_UNPACKED = 4 * 1024 * 1024  # of one stream of objects
MAX_OBJECT_STREAMS = 200
# What makes a PDF do something, and what keeps others from seeing it.
ACTIVE_NAMES = frozenset({b"JavaScript", b"JS", b"Launch", b"RichMedia", b"XFA"})
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_NAME = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%]{1,127})")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")


class ProofRefused(DomainError):
    code = "proof_refused"


@dataclass(frozen=True)
class Proof:
    """A file that may be kept. `sha256` is that of `content`."""

    name: str
    media_type: ExternalProof.Type
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def prepared(upload: UploadedFile) -> Proof:
    """Judge a file by its content and make it harmless. Raises ProofRefused with a sentence that says what to send instead."""
    name = _plain_name(upload.name or "")
    if (upload.size or 0) > MAX_BYTES:
        raise ProofRefused(_("“%(name)s” is larger than 10 MB. Save it smaller and send it again.") % {"name": name})
    content = upload.read(MAX_BYTES + 1)
    if not content:
        raise ProofRefused(_("“%(name)s” is empty. Choose the file again.") % {"name": name})
    if content.startswith(b"%PDF-"):
        _check_pdf(content, name)
        return Proof(name, ExternalProof.Type.PDF, content)
    if content.startswith(PICTURE_STARTS):
        return Proof(name, ExternalProof.Type.JPEG, _drawn_anew(content, name))
    raise ProofRefused(_("“%(name)s” is neither a PDF nor a picture in JPEG or PNG. Send the proof as one of these.") % {"name": name})


def _plain_name(name: str) -> str:
    """Without folders, control characters and marks that turn the direction of writing."""
    base = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in base if letter.isprintable()).strip()[:200] or _("file")


def _drawn_anew(content: bytes, name: str) -> bytes:
    damaged = ProofRefused(_("“%(name)s” can not be read as a picture. Take it again, or send a PDF.") % {"name": name})
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as picture:
            if picture.width * picture.height > MAX_DOTS[str(picture.format)]:
                raise ProofRefused(_("“%(name)s” has more dots than we can take. Take it with a lower resolution.") % {"name": name})
            picture.draft("RGB", (MAX_SIDE, MAX_SIDE))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((MAX_SIDE, MAX_SIDE))
            paper = Image.new("RGB", upright.size, "white")
            paper.paste(upright.convert("RGB"), mask=upright.convert("RGBA").getchannel("A"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise ProofRefused(_("“%(name)s” has more dots than we can take. Take it with a lower resolution.") % {"name": name}) from bomb
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:  # what Pillow raises for damaged files
        raise damaged from error
    out = io.BytesIO()
    paper.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _check_pdf(content: bytes, name: str) -> None:
    if b"%%EOF" not in content[-2048:]:
        raise ProofRefused(_("“%(name)s” is cut off. Save the PDF again and send the whole file.") % {"name": name})
    names = _names(_STREAM.sub(b" ", content))
    if b"Encrypt" in names:
        raise ProofRefused(_("“%(name)s” is locked with a password. Print it into a new PDF, or send a picture of it.") % {"name": name})
    if (names | _hidden_names(content, name)) & ACTIVE_NAMES:
        raise ProofRefused(_("“%(name)s” contains a program. Print it into a new PDF, or send a picture of it.") % {"name": name})


def _hidden_names(content: bytes, name: str) -> set[bytes]:
    """The names in packed streams of objects. What unpacks to more than a document ever does is refused."""
    found: set[bytes] = set()
    count = 0
    for stream in _STREAM.finditer(content):
        head = content[max(0, stream.start() - 1024) : stream.start()].rpartition(b"obj")[2]
        if b"ObjStm" not in _names(head):
            continue
        count += 1
        unpacked = _unpacked(stream.group(1))
        if count > MAX_OBJECT_STREAMS or len(unpacked) > MAX_UNPACKED:
            raise ProofRefused(_("“%(name)s” is packed too tightly for us to look into. Print it into a new PDF, or send a picture of it.") % {"name": name})
        found.update(_names(unpacked))
    return found


def _unpacked(packed: bytes) -> bytes:
    """The content of a stream, one byte over the limit at most; the stream as it is when it is not packed the usual way."""
    try:
        return zlib.decompressobj().decompress(packed, MAX_UNPACKED + 1)
    except zlib.error:
        return packed


def _names(source: bytes) -> set[bytes]:
    """The names in a piece of PDF, such as `JavaScript`, however they are spelled."""
    return {_ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), name) for name in _NAME.findall(source)}
