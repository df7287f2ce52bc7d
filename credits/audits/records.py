"""One completion as an auditor reads it: out of its dossier, its awards and what became of them. Runs no query on a loaded dossier."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from credits.audits.pack import safe_name
from credits.models import Award, Certificate
from credits.schedules import block_words, mode_word

Facts = dict[str, Any]


def folder_of(dossier: Any) -> str:
    return f"completions/{dossier.completed_on:%Y-%m-%d}-{dossier.pk}"


def certificate_of(award: Award) -> Certificate | None:
    """The award's certificate once it left the school."""
    found = getattr(award, "certificate", None)
    return found if found and found.issued_at else None


def name_of(dossier: Any) -> str:
    """As printed on what was awarded last; else the legal name in force; else what the account is called."""
    printed = [award.holder.legal_name_printed for award in reversed(dossier.shown_awards) if award.holder.legal_name_printed]
    current = [name.printed for name in dossier.user.every_name if name.replaced_at is None]
    return next(iter([*printed, *current]), str(dossier.user))


def dossier_json(dossier: Any) -> Facts:
    """The dossier as it was recorded: `recorded` is what `sha256` was taken of on that day."""
    return {
        "dossier": dossier.pk,
        "kept_since": dossier.created_at.isoformat(),
        "completed_on": dossier.completed_on.isoformat(),
        "sha256": dossier.sha256,
        "purged_at": dossier.purged_at.isoformat() if dossier.purged_at else None,
        "recorded": {
            "key": dossier.key,
            "user": dossier.user_id,
            "activity": dossier.activity_id,
            "kind": dossier.kind,
            "completed_at": dossier.completed_at.astimezone(UTC).isoformat(),
            "zone": dossier.zone,
            "facts": dossier.facts,
            "trace": dossier.trace,
            "files": {file.name: file.sha256 for file in dossier.files.all()},
        },
    }


def awards_json(dossier: Any) -> list[Facts]:
    return [_award_json(dossier, award) for award in dossier.shown_awards]


def _award_json(dossier: Any, award: Award) -> Facts:
    certificate = certificate_of(award)
    return {
        "award": award.pk,
        "key": award.key,
        "version": award.version,
        "supersedes": award.supersedes_id,
        "status": award.status,
        "origin": award.origin,
        "recorded_at": award.recorded_at.isoformat(),
        "completed_on": award.completed_on.isoformat(),
        "title": award.title,
        "board": award.board_name,
        "units": award.units_shown,
        "unit": award.unit_printed,
        "category_split": award.category_split,
        "mode": award.mode,
        "contact_minutes": award.contact_minutes,
        "approval": {"body": award.approval_board_name, "number": award.approval_number, "folder": approval_folder(award) or None},
        "provider": {"name": award.provider_name, "number": award.provider_number},
        "instructor": {"name": award.instructor_name, "credentials": award.instructor_credentials},
        "holder": {"name": award.holder.legal_name_printed, "licence_number": award.holder.licence_number, "jurisdiction": award.holder.licence_jurisdiction},
        "why": award.trace,
        "history": [
            {"what": entry.kind, "at": entry.at.isoformat(), "by": str(entry.actor) if entry.actor else None, "reason": entry.reason, "details": entry.data}
            for entry in award.entries.all()
        ],
        "certificate": _certificate_json(dossier, certificate) if certificate else None,
    }


def _certificate_json(dossier: Any, certificate: Certificate) -> Facts:
    def when(at: datetime | None) -> str | None:
        return at.isoformat() if at else None

    return {
        "serial": certificate.serial,
        "version": certificate.version,
        "state": certificate.state,
        "issued_at": when(certificate.issued_at),
        "superseded_at": when(certificate.superseded_at),
        "suspended_at": when(certificate.suspended_at),
        "revoked_at": when(certificate.revoked_at),
        "public_reason": certificate.reason_class or None,
        "sha256": certificate.sha256,
        "file": None if certificate.purged_at else f"{folder_of(dossier)}/{certificate.file_name}",
        "verify_at": certificate.public_url,
    }


def approval_folder(award: Award) -> str:
    return f"approvals/{award.accreditation_id}" if award.accreditation_id else ""


def approval_json(accreditation: Any) -> Facts:
    return {
        "approval": accreditation.pk,
        "body": accreditation.board.name,
        "activity": accreditation.activity_id,
        "title": accreditation.approved_title,
        "units": accreditation.units_shown,
        "unit": accreditation.unit_printed,
        "mode": accreditation.mode,
        "category_split": accreditation.category_split,
        "number": accreditation.approval_number,
        "provider": {"name": accreditation.provider_name, "number": accreditation.provider_number},
        "valid_from": accreditation.valid_from.isoformat(),
        "valid_to": accreditation.valid_to.isoformat() if accreditation.valid_to else None,
        "status": accreditation.status,
        "withdrawn_on": accreditation.withdrawn_on.isoformat() if accreditation.withdrawn_on else None,
        "asks": {
            "coverage": str(accreditation.coverage_required),
            "fastest_playback": str(accreditation.rate_cap),
            "passing_score": accreditation.passing_score,
            "partial_credit": accreditation.partial_credit or None,
            "late_tolerance_minutes": accreditation.late_tolerance_minutes,
        },
        "letter": accreditation.approval_letter_name or None,
    }


def local(instant: Any, zone: str) -> str:
    """An instant of a dossier on the clock of its zone, to the second; what is none stands as it is."""
    found = instant if isinstance(instant, datetime) else parse_datetime(str(instant or ""))
    return f"{found.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S %Z}" if found and found.tzinfo else str(instant or "")


def clock_text(milliseconds: Any) -> str:
    """3,725,000 → 1:02:05."""
    seconds = int(milliseconds or 0) // 1000
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def watch_rows(facts: Facts, zone: str) -> list[Facts]:
    """What the player proved, lesson by lesson."""
    titles = {row.get("video"): row.get("lesson", "") for row in facts.get("outline", []) if isinstance(row, dict)}
    return [
        {
            "lesson": titles.get(row.get("asset")) or row.get("title", ""),
            "video_sha256": row.get("sha256", ""),
            "length": clock_text(row.get("duration_ms")),
            "watched": clock_text(row.get("covered_ms")),
            "percent": f"{float(row.get('fraction') or 0) * 100:.2f}",
            "stretches": ", ".join(f"{clock_text(start)}–{clock_text(end)}" for start, end in row.get("covered", [])),
            "real_time": clock_text(row.get("wall_ms")),
            "sessions": row.get("sessions", ""),
            "beats": row.get("beats", ""),
            "first": local(row.get("first_opened_at"), zone),
            "last": local(row.get("last_beat_at"), zone),
        }
        for row in facts.get("lessons", [])
    ]


def attendance_rows(facts: Facts, zone: str) -> list[Facts]:
    """The log of arrivals and departures with the block each is about; annulled entries stay in it."""
    blocks = {row.get("block"): row for row in facts.get("schedule", [])}
    words = {"in": _("arrived"), "out": _("left"), "annul": _("entry taken back")}
    rows = []
    for row in facts.get("attendance", []):
        block = blocks.get(row.get("block"), {})
        rows.append(
            {
                "block": f"{local(block.get('starts_at'), zone)} – {local(block.get('ends_at'), zone)}" if block else "",
                "topic": block.get("topic", ""),
                "what": words.get(str(row.get("kind")), row.get("kind")),
                "at": local(row.get("at"), zone),
                "recorded_at": local(row.get("recorded_at"), zone),
                "recorded_by": row.get("recorded_by_name") or row.get("recorded_by") or "",
                "note": row.get("note", ""),
            }
        )
    return rows


def schedule_rows(facts: Facts, zone: str) -> list[Facts]:
    attended = facts.get("minutes", {})
    return [
        {
            "from": local(row.get("starts_at"), zone),
            "to": local(row.get("ends_at"), zone),
            "what": block_words(row),
            "how": mode_word(row.get("mode", "")) if row.get("kind", "instruction") == "instruction" and row.get("topic") else "",
            "minutes": row.get("minutes", ""),
            "attended": attended.get(str(row.get("block")), ""),
        }
        for row in facts.get("schedule", [])
    ]


def exam_shown(facts: Facts) -> list[Facts]:
    """The exam as the learner saw it, question by question, with what they answered."""
    exam = facts.get("exam") or {}
    answers = exam.get("answers", {})
    return [
        {
            "text": question.get("text", ""),
            "choices": [
                {
                    "text": choice.get("text", ""),
                    "is_given": choice.get("choice") == answers.get(str(question.get("question"))),
                    "is_right": choice.get("is_right"),
                }
                for choice in question.get("choices", [])
            ],
        }
        for question in exam.get("as_shown", [])
    ]


def outline_shown(facts: Facts) -> list[Facts]:
    """Sections with their lessons, in order."""
    sections: list[Facts] = []
    for row in facts.get("outline", []):
        if not sections or sections[-1]["title"] != row.get("section"):
            sections.append({"title": row.get("section", ""), "lessons": []})
        sections[-1]["lessons"].append({"title": row.get("lesson", ""), "length": clock_text(row.get("duration_ms")), "sha256": row.get("video_sha256", "")})
    return sections


def record_context(dossier: Any) -> Facts:
    """All that the page of one completion shows."""
    facts, zone = dossier.facts, dossier.zone
    exam = facts.get("exam") or {}
    return {
        "dossier": dossier,
        "name": name_of(dossier),
        "completed_at": local(dossier.completed_at, zone),
        "facts": facts,
        "title": (facts.get("course") or facts.get("workshop") or {}).get("title") or dossier.activity.title,
        "published_at": local(facts.get("published_at"), zone),
        "enrolled_at": local(facts.get("enrolled_at"), zone),
        "awards": [_award_shown(award, zone) for award in dossier.shown_awards],
        "refused": dossier.refused_claims,
        "flags": list(dossier.flags.all()),
        "watching": watch_rows(facts, zone),
        "attendance": attendance_rows(facts, zone),
        "schedule": schedule_rows(facts, zone),
        "outline": outline_shown(facts),
        "objectives": facts.get("objectives", []),
        "exam": exam,
        "exam_started": local(exam.get("started_at"), zone),
        "exam_submitted": local(exam.get("submitted_at"), zone),
        "failed": [{**row, "at": local(row.get("submitted_at"), zone)} for row in facts.get("exams_failed", [])],
        "affirmation": facts.get("affirmation") or {},
        "affirmed_at": local((facts.get("affirmation") or {}).get("affirmed_at"), zone),
        "descriptions": _descriptions(facts),
        "instructor": facts.get("instructor") or {},
        "taught_by": next((award.instructor_name for award in dossier.shown_awards if award.instructor_name), dossier.activity.instructor_name),
        "activity": facts.get("activity") or {},
        "minutes": [(mode_word(mode), minutes) for mode, minutes in ((facts.get("offered") or {}).get("minutes") or {}).items()],
        "requirements": facts.get("requirements") or {},
        "venue": facts.get("venue") or {},
        "by_hand": facts.get("by_hand") or {},
        "evidence": facts.get("evidence", ""),
        "roster": facts.get("roster") or {},
        "files": [{"name": f"files/{safe_name(file.name)}", "sha256": file.sha256, "is_there": not dossier.purged_at} for file in dossier.files.all()],
    }


def _descriptions(facts: Facts) -> list[str]:
    workshop = facts.get("workshop") or {}
    return [text for text in (facts.get("description"), workshop.get("summary"), workshop.get("description")) if text]


def _award_shown(award: Award, zone: str) -> Facts:
    certificate = certificate_of(award)
    return {
        "award": award,
        "board": award.board_name or _("The school's own certificate"),
        "certificate": certificate,
        "issued_at": local(certificate.issued_at, zone) if certificate else "",
        "approval": approval_folder(award),
        "history": [
            {"what": entry.get_kind_display(), "at": local(entry.at, zone), "by": entry.actor, "reason": entry.reason} for entry in award.entries.all()
        ],
    }


def roster_rows(dossier: Any) -> list[list[Any]]:
    """One line for each award, or one for the completion when the pack shows none of its awards."""
    name, day = name_of(dossier), dossier.completed_on
    if not dossier.shown_awards:
        return [[dossier.pk, day, dossier.zone, dossier.activity.title, dossier.get_kind_display(), name, *[""] * 10]]
    rows = []
    for award in dossier.shown_awards:
        certificate = certificate_of(award)
        row = [
            dossier.pk, award.completed_on, dossier.zone, award.title, mode_word(award.mode), award.holder.legal_name_printed or name, award.board_name,
            award.holder.licence_number, award.holder.licence_jurisdiction, award.units_shown, award.unit_printed, award.approval_number, award.version,
            award.status_label, certificate.serial if certificate else "", certificate.get_state_display() if certificate else "",
        ]  # fmt: skip
        rows.append(row)
    return rows


ROSTER_HEAD = (
    "completion", "completed on", "time zone", "title", "type", "legal name", "board", "licence number", "state", "units", "unit", "approval number",
    "award version", "award status", "certificate", "certificate state",
)  # fmt: skip
WATCH_HEAD = (
    "completion",
    "legal name",
    "lesson",
    "length",
    "watched",
    "percent",
    "stretches",
    "real time",
    "sessions",
    "beats",
    "first",
    "last",
    "video SHA-256",
)
ATTENDANCE_HEAD = ("completion", "legal name", "block", "topic", "what", "at", "recorded at", "recorded by", "note")


def index_line(dossier: Any) -> Facts:
    """One completion in the index."""
    return {
        "day": _day(dossier.completed_on),
        "name": name_of(dossier),
        "title": dossier.activity.title,
        "credit": "; ".join(_credit(award) for award in dossier.shown_awards if award.units is not None) or _("no units"),
        "certificates": ", ".join(
            f"{certificate.serial} ({certificate.get_state_display()})" for award in dossier.shown_awards if (certificate := certificate_of(award))
        ),
        "folder": folder_of(dossier),
    }


def _credit(award: Award) -> str:
    status = "" if award.status == Award.Status.ACTIVE else f" ({award.status_label.lower()})"
    return f"{award.units_shown} {award.unit_printed}, {award.board_name}{status}"


def _day(day: date) -> str:
    return f"{day:%Y-%m-%d}"
