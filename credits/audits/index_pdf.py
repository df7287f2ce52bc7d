"""Sets the index of a pack with Typst: US Letter, PDF/A-2a and PDF/UA-1. Data reach the template as one JSON string, never as code."""

from __future__ import annotations

import json
import logging
import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext as _

from core.fonts import SANS_LATIN, SERIF_LATIN, checked_font_folders, families_for

logger = logging.getLogger(__name__)

LINES = 400  # completions in one PDF; a pack of more has several, so that setting them takes the same memory whatever its size
REMEMBERED = 11  # typst-py evicts what ten compilations have not used
_FOLDER = Path(__file__).parent
_EMPTY: dict[str, Any] = {
    **dict.fromkeys(("title", "school"), ""),
    **dict.fromkeys(("facts", "notes", "contents", "lines"), ()),
    "sans": [SANS_LATIN],
    "serif": [SERIF_LATIN],
    "words": dict.fromkeys(("notes", "contents", "completions", "none"), ""),
}
_lock = threading.Lock()
_compiler: tuple[int, typst.Compiler] | None = None


def index_pdf(facts: dict[str, Any], *, made_at: datetime) -> bytes:
    """`facts`: title, school, facts and contents as pairs, notes, lines as `records.index_line` makes them.

    A sign that no typeface has is an empty box; such an index is an ordinary PDF, as the standards allow no boxes.
    """
    words = {
        "notes": _("To know"),
        "contents": _("What is in the pack"),
        "completions": _("Completions"),
        "none": _("No completion lies within what this pack is about."),
        "day": _("Completed"),
        "name": _("Learner"),
        "title": _("Title and folder"),
        "credit": _("Credit"),
        "certificates": _("Certificates"),
    }
    data = {**facts, "words": words}
    texts = json.dumps(data, ensure_ascii=False, sort_keys=True)
    data |= {"sans": families_for(texts, latin=SANS_LATIN), "serif": families_for(texts, latin=SERIF_LATIN)}
    with _lock:
        try:
            pdf = _compile(data, made_at, is_archival=True)
        except typst.TypstError as refusal:
            logger.warning("The index of an audit pack is set as an ordinary PDF: %s", refusal)
            pdf = _compile(data, made_at, is_archival=False)
    assert isinstance(pdf, bytes)  # noqa: S101 - one document, not a page each
    return pdf


def forget_pages() -> None:
    """Make the typesetter let go of what it remembers: it keeps the work of its last ten compilations, some 30 MB for each full index."""
    with _lock:
        for _turn in range(REMEMBERED):
            _own_compiler().compile(format="pdf", sys_inputs={"data": json.dumps(_EMPTY)})


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
        raise RuntimeError("This process was forked from one that had set an index already; start it afresh.")
    if _compiler is None:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(checked_font_folders()))
        _compiler = (os.getpid(), typst.Compiler(_FOLDER / "index.typ", root=_FOLDER, font_paths=fonts))
    return _compiler[1]
