"""Sets a certificate with Typst: one US Letter page, PDF/A-3a and PDF/UA-1, the credential embedded.

All data reach the template as one JSON string, so a title such as `#import "x" $1$` is printed, never run.
"""

from __future__ import annotations

import hashlib
import io
import re
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext as _
from pyhanko.pdf_utils.reader import PdfFileReader

from core.errors import DomainError
from core.fonts import SANS_LATIN, SERIF_LATIN, families_for, fonts_fingerprint
from core.typesetting import Template, qr_svg
from credits.certificates.names import direction_of

TEMPLATE = "certificate"
TEMPLATE_VERSION = 1
_TEMPLATE = Template(Path(__file__).parent / "templates" / f"{TEMPLATE}.typ", standards=("a-3a", "ua-1"))


class CannotRender(DomainError):
    """The certificate cannot be set as it stands; the message says which character or field is the cause."""

    code = "certificate_cannot_render"


def engine() -> dict[str, Any]:
    """What, besides the data, decides the bytes; kept with each certificate."""
    return {"template": TEMPLATE, "template_version": TEMPLATE_VERSION, "typst": version("typst"), "fonts": fonts_fingerprint()}


def render_pdf(*, sheet: dict[str, Any], credential: str, made_at: datetime) -> bytes:
    """The unsigned certificate. The same arguments give the same bytes, on any machine.

    `sheet` is what `credits.certificates.sheet.sheet_of` makes, `credential` the compact JWT to embed, `made_at` the
    time of issue. Raises CannotRender.
    """
    data = {**sheet, "credential": credential, "qr": qr_svg(sheet["verify_url"]), **_typography(sheet)}
    try:
        pdf = _TEMPLATE.compile(data, made_at=made_at)
    except typst.TypstError as error:
        raise CannotRender(_readable(str(error))) from error
    pages = _page_count(pdf)
    if pages != 1:
        raise CannotRender(_("The certificate needs %(pages)s pages; it must fit on one. Shorten the title or the list of instructors.") % {"pages": pages})
    return pdf


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _typography(sheet: dict[str, Any]) -> dict[str, Any]:
    texts = " ".join(text for text in _texts(sheet) if text)
    return {
        "name_dir": direction_of(sheet["name"]),
        "title_dir": direction_of(sheet["title"]),
        "serif": families_for(sheet["name"] + texts, latin=SERIF_LATIN),
        "sans": families_for(sheet["name"] + texts, latin=SANS_LATIN),
    }


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return []


def _page_count(pdf: bytes) -> int:
    return int(PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Count"])


def _readable(error: str) -> str:
    """A sentence for people out of the compiler's message."""
    glyph = re.search(r"the text .(?P<text>.+?). could not be displayed|no glyph|character .(?P<char>.+?). ", error)
    if glyph:
        return f"A character of the certificate's text cannot be printed: {error.splitlines()[0].removeprefix('error: ')}. Correct the text and issue again."
    return f"The certificate could not be set: {error.splitlines()[0]}"
