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
MAX_DOTS = 50_000_000  # of a JPEG, which is read at a fraction of its size
MAX_DOTS_IN_MEMORY = 24_000_000  # of what has to be in memory whole: a PNG, and a JPEG that comes in several passes
QUALITY = 85
PICTURE_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
MAX_UNPACKED = 1024 * 1024  # of one stream of objects
MAX_UNPACKED_IN_ALL = 16 * MAX_UNPACKED
MAX_STREAMS = 20_000
MAX_ESCAPES = 100_000
# What makes a PDF do something, what keeps others from seeing it, and where names can hide. A name ends where a delimiter stands.
_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|RichMedia|XFA)(?![^\x00\t\n\f\r ()<>\[\]{}/%])")
_ACTIVE_ANYWHERE = re.compile(rb"/(?:JavaScript|Launch|RichMedia)(?![^\x00\t\n\f\r ()<>\[\]{}/%])")  # too long to stand there by chance
_LOCKED = re.compile(rb"/Encrypt(?![^\x00\t\n\f\r ()<>\[\]{}/%])")
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
            is_whole = picture.format == "PNG" or "progressive" in picture.info
            if picture.width * picture.height > (MAX_DOTS_IN_MEMORY if is_whole else MAX_DOTS):
                raise ProofRefused(_("“%(name)s” has more dots than we can take. Take it with a lower resolution.") % {"name": name})
            picture.draft("RGB", (MAX_SIDE, MAX_SIDE))
            small = picture if picture.mode in ("L", "RGB", "RGBA") else picture.convert("RGBA")
            small.thumbnail((MAX_SIDE, MAX_SIDE))
            upright = ImageOps.exif_transpose(small)
            paper = Image.new("RGB", upright.size, "white")
            paper.paste(upright.convert("RGB"), mask=upright.getchannel("A") if upright.mode == "RGBA" else None)
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
    outside, object_streams = _parts(content, name)
    if _LOCKED.search(outside):
        raise ProofRefused(_("“%(name)s” is locked with a password. Print it into a new PDF, or send a picture of it.") % {"name": name})
    # The whole file as well: what we take for a stream may be a comment to a reader of PDFs.
    if _ACTIVE_ANYWHERE.search(content) or any(_ACTIVE.search(part) for part in (outside, *object_streams)):
        raise ProofRefused(_("“%(name)s” contains a program. Print it into a new PDF, or send a picture of it.") % {"name": name})


def _parts(content: bytes, name: str) -> tuple[bytes, list[bytes]]:
    """What stands outside the streams, and the streams of objects, unpacked. Looks at the file once, whatever it is made of."""
    too_tight = ProofRefused(_("“%(name)s” is packed too tightly for us to look into. Print it into a new PDF, or send a picture of it.") % {"name": name})
    outside, unpacked, size, place = [], [], 0, 0
    while (begin := content.find(b"stream", place)) >= 0 and (end := content.find(b"endstream", begin + 6)) >= 0:
        outside.append(content[place:begin])
        if b"ObjStm" in _plainly(content[max(0, begin - 1024) : begin], too_tight).rpartition(b"obj")[2]:
            found = _unpacked(content[begin + 6 : end].lstrip(b"\r\n"))
            size += len(found)
            if len(found) > MAX_UNPACKED or size > MAX_UNPACKED_IN_ALL:
                raise too_tight
            unpacked.append(_plainly(found, too_tight))
        if len(outside) > MAX_STREAMS:
            raise too_tight
        place = end + len(b"endstream")
    return _plainly(b" ".join([*outside, content[place:]]), too_tight), unpacked


def _unpacked(packed: bytes) -> bytes:
    """The content of a stream, one byte over the limit at most; the stream as it is when it is not packed the usual way."""
    try:
        return zlib.decompressobj().decompress(packed, MAX_UNPACKED + 1)
    except zlib.error:
        return packed[: MAX_UNPACKED + 1]


def _plainly(source: bytes, refusal: ProofRefused) -> bytes:
    """A piece of PDF with its names spelled plainly: `J#61vaScript` is another way to write JavaScript."""
    if source.count(b"#") > MAX_ESCAPES:
        raise refusal
    return _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), source) if b"#" in source else source
