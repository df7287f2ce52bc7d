"""Sets papers with Typst: US Letter, in the fonts of `core.fonts`. Data reach a template as one JSON string, never as code."""

from __future__ import annotations

import io
import json
import logging
import os
import threading
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import segno
import typst

from core.fonts import SANS_LATIN, SERIF_LATIN, checked_font_folders, families_for

if TYPE_CHECKING:
    from typst import PDFStandard

logger = logging.getLogger(__name__)

ARCHIVAL: tuple[PDFStandard, ...] = ("a-2a", "ua-1")
ACCESSIBLE: tuple[PDFStandard, ...] = ("ua-1",)


class Template:
    """A Typst file beside the module that fills it. It reads `json(bytes(sys.inputs.data))`."""

    def __init__(self, path: Path, *, standards: tuple[PDFStandard, ...] = ARCHIVAL) -> None:
        self._path = path
        self._standards = list(standards)
        self._lock = threading.Lock()
        self._compiler: tuple[int, typst.Compiler] | None = None

    def paper(self, data: dict[str, Any], *, made_at: datetime) -> bytes:
        """The PDF of `data`, which gets `sans` and `serif`, the families its texts need. The same data and moment give the same bytes.

        A sign that no typeface has is an empty box; such a paper is an ordinary PDF, as the standards allow no boxes.
        """
        texts = json.dumps(data, ensure_ascii=False, sort_keys=True)
        data = data | {"sans": families_for(texts, latin=SANS_LATIN), "serif": families_for(texts, latin=SERIF_LATIN)}
        try:
            return self.compile(data, made_at=made_at)
        except typst.TypstError as refusal:
            logger.warning("%s is set as an ordinary PDF: %s", self._path.name, refusal)
            return self._compile(data, made_at, None)

    def compile(self, data: dict[str, Any], *, made_at: datetime) -> bytes:
        """The PDF of `data` as it stands, in the standards or not at all. Raises typst.TypstError."""
        return self._compile(data, made_at, self._standards)

    def _compile(self, data: dict[str, Any], made_at: datetime, standards: list[PDFStandard] | None) -> bytes:
        inputs = {"data": json.dumps(data, ensure_ascii=False, sort_keys=True)}
        with self._lock:
            pdf = self._own_compiler().compile(format="pdf", sys_inputs=inputs, pdf_standards=standards, timestamp=made_at.replace(microsecond=0))
        assert isinstance(pdf, bytes)  # noqa: S101 - one document, not a page each
        return pdf

    def _own_compiler(self) -> typst.Compiler:
        """This process's compiler, made on first use.

        Once a process has compiled, every child it forks would wait for ever in its own first compile. So a child that
        inherits a used compiler fails at once instead, with the cause.
        """
        if self._compiler is not None and self._compiler[0] != os.getpid():
            raise RuntimeError(f"This process was forked from one that had set {self._path.name} already; start it afresh.")
        if self._compiler is None:
            fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(checked_font_folders()))
            self._compiler = (os.getpid(), typst.Compiler(self._path, root=self._path.parent, font_paths=fonts))
        return self._compiler[1]


def qr_svg(text: str) -> str:
    """The QR code of `text` as an SVG file for a template: error level M, quiet zone of four modules."""
    out = io.BytesIO()
    segno.make(text, error="m", boost_error=False, micro=False).save(out, kind="svg", border=4, xmldecl=False, svgclass=None, lineclass=None, dark="#26221e")
    return out.getvalue().decode()
