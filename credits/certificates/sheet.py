"""From the frozen facts to the strings on the paper. Pure: the same snapshot reads the same for ever."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def sheet_of(snapshot: dict[str, Any]) -> dict[str, Any]:
    """What `templates/certificate.typ` prints. Raises nothing; the snapshot was checked when it was made."""
    return {
        "document_title": f"{snapshot['heading']}: {snapshot['title']}",
        "description": f"Certificate {snapshot['serial']} of {snapshot['provider_name']}",
        "provider_name": snapshot["provider_name"],
        "heading": snapshot["heading"],
        "name": snapshot["name"],
        "licence": _licence_line(snapshot["licence"]),
        "deed": snapshot["verification"],
        "title": snapshot["title"],
        "units": units_line(snapshot) or None,
        "split": " · ".join(f"{part['category']} {part['units']}" for part in snapshot["split"]) or None,
        "approval": approval_line(snapshot) or None,
        "facts": _facts(snapshot),
        "signatures": _signatures(snapshot),
        "record": _record_line(snapshot),
        "verify_url": snapshot["verify_url"],
    }


def units_line(snapshot: dict[str, Any]) -> str:
    """6 CE hours; 1 CE hour."""
    if not snapshot["units"]:
        return ""
    unit = snapshot["unit_printed"]
    return f"{snapshot['units']} {unit[:-1] if snapshot['units'] == '1' and unit.endswith('s') else unit}"


def approval_line(snapshot: dict[str, Any]) -> str:
    if snapshot["is_plain"]:
        return ""
    line = f"Approved by {short_name(snapshot['approval_board'])}"
    if snapshot["approval_number"]:
        line += f", approval number {snapshot['approval_number']}"
    if snapshot["board"] and snapshot["board"] != snapshot["approval_board"]:
        line += f"; issued for {short_name(snapshot['board'])}"
    return line


def short_name(board: str) -> str:
    """A board's name without our own note in brackets at its end."""
    return re.sub(r"\s*\([^()]*\)$", "", board)


def long_date(iso: str) -> str:
    """November 22, 2026."""
    day = date.fromisoformat(iso)
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def zone_name(zone: str) -> str:
    """America/New_York → New York time."""
    return "UTC" if zone in ("UTC", "Etc/UTC") else f"{zone.rsplit('/', 1)[-1].replace('_', ' ')} time"


def _licence_line(licence: dict[str, str] | None) -> str | None:
    if licence is None:
        return None
    state = licence["jurisdiction"].removeprefix("US-")
    return f"Licence number {licence['number']}" + (f", {state}" if state else "")


def _facts(snapshot: dict[str, Any]) -> list[list[str]]:
    rows = [["Completed on", f"{long_date(snapshot['completed_on'])}\n({zone_name(snapshot['zone'])})"], ["Course type", snapshot["course_type"]]]
    if len(snapshot["dates"]) > 1:
        rows.append(["Dates attended", _days(snapshot["dates"])])
    if snapshot["location"]:
        rows.append(["Location", snapshot["location"]])
    if snapshot["is_plain"] and snapshot["minutes"]:
        hours, minutes = divmod(snapshot["minutes"], 60)
        rows.append(["Length", " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)])
    if snapshot["provider_number"]:
        rows.append(["Provider number", snapshot["provider_number"]])
    if snapshot["provider_contact"]:
        rows.append(["Provider", f"{snapshot['provider_name']}, {snapshot['provider_contact']}"])
    return rows


def _days(days: list[str]) -> str:
    """November 21, 22 and 29, 2026: every day, because boards want all of them."""
    months: dict[str, list[str]] = {}
    for day in days:
        months.setdefault(day[:7], []).append(str(int(day[8:])))
    years = {month[:4] for month in months}
    parts = []
    for month, numbers in months.items():
        listed = f"{_MONTHS[int(month[5:]) - 1]} {numbers[0] if len(numbers) == 1 else ', '.join(numbers[:-1]) + ' and ' + numbers[-1]}"
        parts.append(f"{listed}, {month[:4]}" if len(years) > 1 else listed)
    return "; ".join(parts) if len(years) > 1 else f"{'; '.join(parts)}, {days[0][:4]}"


def _signatures(snapshot: dict[str, Any]) -> list[dict[str, str | None]]:
    rows: list[dict[str, str | None]] = []
    if snapshot["signer"]:
        image = snapshot["signature_svg"] or None
        rows.append(
            {
                "name": snapshot["signer"],
                "printed": snapshot["signer"],
                "role": snapshot["signer_role"],
                "image": image,
                "alt": f"Signature of {snapshot['signer']}",
            }
        )
    if snapshot["instructor"]:
        printed = ", ".join(part for part in (snapshot["instructor"], snapshot["instructor_credentials"]) if part)
        rows.append({"name": snapshot["instructor"], "printed": printed, "role": "Instructor", "image": None, "alt": ""})
    return rows


def _record_line(snapshot: dict[str, Any]) -> str:
    line = f"Serial {snapshot['serial']} · issued {long_date(snapshot['issued_on'])} · version {snapshot['version']}"
    return f"{line}, replaces {snapshot['replaces']}" if snapshot["replaces"] else line
