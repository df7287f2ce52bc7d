"""What a dossier takes along of how attendance was recorded."""

from __future__ import annotations

from typing import Any

from workshops.checkin.strokes import svg
from workshops.models import Attendance, PaperSheet, Seat


def entry_facts(entry: Attendance) -> dict[str, Any]:
    """What one line of the log rests on, as plain JSON; `entry` has device and sheet loaded."""
    return {
        "device": entry.device.name if entry.device else "",
        "clock_ahead_ms": entry.skew_ms,
        "signature": _signature_name(entry) if entry.signature_id else "",
        "sheet": sheet_name(entry.sheet) if entry.sheet else "",
        "on_paper": entry.on_paper,
    }


def dossier_files(seat: Seat) -> list[tuple[str, bytes]]:
    """The signatures and the scanned sheets behind the log of `seat`, by the names that `entry_facts` gives them."""
    lines = list(seat.attendance.select_related("signature", "sheet"))
    files = {_signature_name(line): svg(line.signature).encode() for line in lines if line.signature}
    for sheet in {line.sheet for line in lines if line.sheet}:
        files[sheet_name(sheet)] = bytes(sheet.content)
    return sorted(files.items())


def _signature_name(entry: Attendance) -> str:
    return f"signature-{entry.pk}.svg"


def sheet_name(sheet: PaperSheet) -> str:
    return f"sign-in-sheet-{sheet.pk}.{'pdf' if sheet.media_type.endswith('pdf') else 'jpg'}"
