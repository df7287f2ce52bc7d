"""Sets the index of a pack with Typst: US Letter, PDF/A-2a and PDF/UA-1. Data reach the template as one JSON string, never as code."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from core import clock
from core.typesetting import Template

LINES = 400  # completions in one PDF; a pack of more has several, so that setting them takes the same memory whatever its size
REMEMBERED = 11  # typst-py evicts what ten compilations have not used
_TEMPLATE = Template(Path(__file__).with_name("index.typ"))
_EMPTY: dict[str, Any] = {
    **dict.fromkeys(("title", "school"), ""),
    **dict.fromkeys(("facts", "notes", "contents", "lines"), ()),
    "words": dict.fromkeys(("notes", "contents", "completions", "none"), ""),
}


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
    return _TEMPLATE.paper({**facts, "words": words}, made_at=made_at)


def forget_pages() -> None:
    """Make the typesetter let go of what it remembers: it keeps the work of its last ten compilations, some 30 MB for each full index."""
    for _turn in range(REMEMBERED):
        _TEMPLATE.paper(_EMPTY, made_at=clock.now())
