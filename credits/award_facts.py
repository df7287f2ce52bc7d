"""What an award prints of an activity and its approval."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from credits.models import Accreditation, Activity, Board, DeliveryMode, Dossier


def frozen_facts(activity: Activity, accreditation: Accreditation | None, board: Board | None) -> dict[str, Any]:
    """What the award prints, as it reads today."""
    facts: dict[str, Any] = {
        "title": activity.title,
        "mode": dominant_mode(activity),
        "contact_minutes": activity.minutes,
        "instructor_name": activity.instructor_name,
        "instructor_credentials": activity.instructor_credentials,
        "provider_name": settings.SCHOOL_NAME,
    }
    if accreditation and board:
        facts |= {
            "title": accreditation.approved_title,
            "units": accreditation.units,
            "unit_printed": accreditation.unit_printed,
            "category_split": accreditation.category_split,
            "mode": accreditation.mode,
            "approval_number": accreditation.approval_number,
            "provider_number": accreditation.provider_number,
            "provider_name": accreditation.provider_name,
            "board_name": board.name,
            "approval_board_name": accreditation.board.name,
        }
    return facts


def taught_by(dossier: Dossier) -> dict[str, str]:
    """The instructor to print where the dossier names another than the activity's: whoever taught it is who the paper names."""
    taught, usual = str((dossier.facts.get("offered") or {}).get("instructor") or ""), dossier.activity.instructor_name
    name, _comma, letters = (part.strip() for part in taught.partition(","))
    if not name or name.casefold() == usual.partition(",")[0].strip().casefold():
        return {}
    return {"instructor_name": name, "instructor_credentials": str((dossier.facts.get("instructor") or {}).get("credentials") or letters)}


def dominant_mode(activity: Activity) -> str:
    """The mode with most minutes; what the kind implies when no components are known."""
    totals = activity.minutes_by_mode
    if totals:
        return max(totals, key=lambda mode: totals[mode])
    return DeliveryMode.SELF_PACED if activity.kind == Activity.Kind.HOME_STUDY else DeliveryMode.IN_PERSON_HANDS_ON
