"""A transcript as a CSV file: one line each, and nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io

from core.csv_text import plain
from credits.transcripts.build import Transcript

COLUMNS = (
    "board", "licence_number", "period_first", "period_last", "completed_on", "title", "provider", "kind", "state", "status", "units", "unit", "categories",
    "delivery", "approval", "certificate",
)  # fmt: skip


def transcript_csv(transcript: Transcript) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for section in transcript.sections:
        for line in section.lines:
            split = "; ".join(f"{name}: {units}" for name, units in line.split)
            values = (
                section.board.name if section.board else "", section.licence_number, section.first or "", section.last or "", line.day or "", line.title,
                line.provider, line.origin, line.state, line.code, line.units_shown, line.unit, split, line.mode, line.approval, line.certificate,
            )  # fmt: skip
            writer.writerow([plain(str(value)) for value in values])
    return out.getvalue()
