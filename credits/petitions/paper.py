"""Sets the papers of a pack with Typst: US Letter, PDF/A-2a and PDF/UA-1. Data reach the template as one JSON string, never as code."""

from __future__ import annotations

import json
import logging
import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from core.fonts import SANS_LATIN, SERIF_LATIN, checked_font_folders, families_for

logger = logging.getLogger(__name__)

_FOLDER = Path(__file__).parent
_lock = threading.Lock()
_compiler: tuple[int, typst.Compiler] | None = None


def paper_pdf(facts: dict[str, Any], *, made_at: datetime) -> bytes:
    """`facts`: title, lede, school, facts as pairs, blocks of {heading, paragraphs, points, head, rows, todo}.

    A sign that no typeface has is an empty box; such a paper is an ordinary PDF, as the standards allow no boxes.
    """
    texts = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    data = facts | {"sans": families_for(texts, latin=SANS_LATIN), "serif": families_for(texts, latin=SERIF_LATIN)}
    with _lock:
        try:
            pdf = _compile(data, made_at, is_archival=True)
        except typst.TypstError as refusal:
            logger.warning("A paper of a petition is set as an ordinary PDF: %s", refusal)
            pdf = _compile(data, made_at, is_archival=False)
    assert isinstance(pdf, bytes)  # noqa: S101 - one document, not a page each
    return pdf


def _compile(data: dict[str, Any], made_at: datetime, *, is_archival: bool) -> Any:
    return _own_compiler().compile(
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False, sort_keys=True)},
        pdf_standards=["a-2a", "ua-1"] if is_archival else None,
        timestamp=made_at.replace(microsecond=0),
    )


def _own_compiler() -> typst.Compiler:
    """This process's compiler, made on first use; one used before a fork hangs, so a child makes its own."""
    global _compiler
    if _compiler is not None and _compiler[0] != os.getpid():
        raise RuntimeError("This process was forked from one that had set a petition already; start it afresh.")
    if _compiler is None:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(checked_font_folders()))
        _compiler = (os.getpid(), typst.Compiler(_FOLDER / "paper.typ", root=_FOLDER, font_paths=fonts))
    return _compiler[1]
