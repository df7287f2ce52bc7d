"""Sets the papers of a pack with Typst: US Letter, PDF/A-2a and PDF/UA-1. Data reach the template as one JSON string, never as code."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from core.typesetting import Template

_TEMPLATE = Template(Path(__file__).with_name("paper.typ"))


def paper_pdf(facts: dict[str, Any], *, made_at: datetime) -> bytes:
    """`facts`: title, lede, school, facts as pairs, blocks of {heading, paragraphs, points, head, rows, todo}.

    A sign that no typeface has is an empty box; such a paper is an ordinary PDF, as the standards allow no boxes.
    """
    return _TEMPLATE.paper(facts, made_at=made_at)
