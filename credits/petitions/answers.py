"""What a completion's dossier says to each thing a petition asks. Pure on a loaded dossier; what it can not say is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from credits.certificates.sheet import zone_name
from credits.models import Accreditation, Board, Dossier
from credits.petitions.book import Body, petition_book
from credits.schedules import block_words, mode_word


@dataclass(frozen=True)
class Answer:
    """To one subject: paragraphs, points and rows of two or three cells; `todo` says what to do where the record is silent."""

    section: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    todo: str = ""

    @property
    def is_missing(self) -> bool:
        return not (self.paragraphs or self.points or self.rows)

    @property
    def text(self) -> str:
        """As plain text, to be copied into a form."""
        return "\n".join([*self.paragraphs, *(f"- {point}" for point in self.points), *(" · ".join(cell for cell in row if cell) for row in self.rows)])


@dataclass(frozen=True)
class Answered:
    """A question of a body's with its answer."""

    ask: str
    is_usual: bool
    answer: Answer


def answers_of(*, dossier: Dossier, board: Board, approvals: Sequence[Accreditation], words: str) -> dict[str, Answer]:
    """By section. `dossier` has its activity loaded, `approvals` (boards loaded) covered the completion date."""
    facts, activity = dossier.facts, dossier.activity
    offered, frozen = facts.get("offered") or {}, facts.get("activity") or {}
    minutes = _minutes(dossier)
    return {
        answer.section: answer
        for answer in (
            Answer("title", (offered.get("title") or activity.title,)),
            Answer("provider", tuple(part for part in (settings.SCHOOL_NAME, settings.SCHOOL_ADDRESS, settings.SCHOOL_EMAIL) if part)),
            Answer("completed", (_("%(day)s (%(zone)s)") % {"day": date_format(dossier.completed_on, "F j, Y"), "zone": zone_name(dossier.zone)},)),
            Answer("delivery", (dossier.get_kind_display(),), points=tuple(_mode_line(mode, count) for mode, count in minutes.items())),
            _hours(minutes),
            _units(minutes, board),
            _described(facts, frozen.get("description") or activity.description),
            Answer("objectives", points=tuple(facts.get("objectives") or ()), todo=_ask(_("the learning objectives"))),
            _outline(dossier),
            _assessment(dossier),
            _instructor(dossier),
            Answer("references", points=tuple(facts.get("references") or ()), todo=_ask(_("the list of references"))),
            Answer(
                "approvals",
                points=tuple(f"{row.board.name}: {row.units_shown} {row.unit_printed} {row.approval_number}".strip() for row in approvals)
                or (_("None on the day of completion."),),
            ),
            _relevance(board, words),
        )
    }


def answered(body: Body, answers: dict[str, Answer]) -> list[Answered]:
    return [Answered(question.ask, question.is_usual, answers[question.section]) for question in body.questions]


def _ask(what: str) -> str:
    return _("The record does not hold %(what)s. Ask %(school)s at %(email)s before you send the petition.") % {
        "what": what,
        "school": settings.SCHOOL_NAME,
        "email": settings.SCHOOL_EMAIL,
    }


def _minutes(dossier: Dossier) -> dict[str, int]:
    """Minutes of instruction by way of delivery, as the dossier froze them; else the activity's."""
    frozen = (dossier.facts.get("offered") or {}).get("minutes")
    found = frozen if isinstance(frozen, dict) and frozen else dossier.activity.minutes_by_mode
    return {mode: int(count) for mode, count in found.items() if int(count)}


def _mode_line(mode: str, minutes: int) -> str:
    return _("%(mode)s: %(minutes)s minutes") % {"mode": mode_word(mode), "minutes": minutes}


def _hours(minutes: dict[str, int]) -> Answer:
    total = sum(minutes.values())
    if not total:
        return Answer("hours", todo=_ask(_("the minutes of instruction")))
    said = {"minutes": total, "hours": _plain(Decimal(total) / 60)}
    return Answer(
        "hours",
        (_("%(hours)s contact hours: %(minutes)s minutes of instruction divided by 60. Meals and breaks are not counted.") % said,),
        points=tuple(_mode_line(mode, count) for mode, count in minutes.items()),
    )


def _units(minutes: dict[str, int], board: Board) -> Answer:
    total = Decimal(sum(minutes.values())) / 60
    if board.units_per_contact_hour is None or not total:
        return Answer(
            "units", todo=_("How many units a contact hour is worth to %(board)s is not in our data: give the contact hours.") % {"board": board.name}
        )
    said = {
        "units": _plain(total * board.units_per_contact_hour),
        "unit": board.unit_plural,
        "hours": _plain(total),
        "each": _plain(board.units_per_contact_hour),
    }
    return Answer("units", (_("%(units)s %(unit)s: %(hours)s contact hours × %(each)s. The body rounds as it sees fit.") % said,))


def _described(facts: dict[str, Any], activity_words: str) -> Answer:
    workshop = facts.get("workshop") or {}
    found = [workshop.get("summary"), workshop.get("description"), facts.get("summary"), facts.get("description")]
    words = list(dict.fromkeys(text.strip() for text in found if text and text.strip())) or ([activity_words] if activity_words else [])
    return Answer("description", tuple(words), todo=_ask(_("a description of the content")))


def _outline(dossier: Dossier) -> Answer:
    facts, zone = dossier.facts, ZoneInfo(dossier.zone)
    rows = [(str(row.get("section", "")), str(row.get("lesson", "")), _length(row.get("duration_ms"))) for row in facts.get("outline") or ()]
    for block in facts.get("schedule") or ():
        begins, ends = (datetime.fromisoformat(block[name]).astimezone(zone) for name in ("starts_at", "ends_at"))
        rows.append((date_format(begins, "F j, Y"), f"{begins:%H:%M} – {ends:%H:%M}", block_words(block)))
    return Answer("outline", rows=tuple(rows), todo=_ask(_("the timed outline")))


def _length(duration_ms: Any) -> str:
    return "" if not duration_ms else _("%(n)s min") % {"n": _plain((Decimal(int(duration_ms)) / 60_000).quantize(Decimal("0.1")))}


def _assessment(dossier: Dossier) -> Answer:
    facts, said = dossier.facts, []
    if exam := facts.get("exam"):
        shown = {"score": exam.get("score"), "mark": exam.get("pass_mark"), "count": len(exam.get("as_shown") or ())}
        said.append(_("An exam of %(count)s questions, passed with %(score)s %%; %(mark)s %% were needed.") % shown)
    if (coverage := (facts.get("offered") or {}).get("coverage")) is not None:
        said.append(_("%(share)s %% of every lesson was watched; the exam was open only after that.") % {"share": _plain(Decimal(str(coverage)) * 100)})
    if facts.get("attendance"):
        said.append(_("Attendance of every block was recorded on arrival and departure: %(n)s minutes.") % {"n": sum((facts.get("minutes") or {}).values())})
    if facts.get("affirmation"):
        said.append(_("The participant affirmed in writing to have taken it in person."))
    return Answer("assessment", tuple(said), todo=_ask(_("how learning was assessed")))


def _instructor(dossier: Dossier) -> Answer:
    found = dossier.facts.get("instructor") or {}
    name, _comma, letters = str(found.get("name") or dossier.activity.instructor_name).partition(",")
    credentials = found.get("credentials") or letters.strip() or dossier.activity.instructor_credentials
    lines = [", ".join(part for part in (name.strip(), credentials) if part), found.get("biography") or ""]
    return Answer("instructor", tuple(line for line in lines if line), todo=_ask(_("the instructor's qualifications")))


def _relevance(board: Board, words: str) -> Answer:
    statement = petition_book().scope_statements.get(board.kind, "")
    todo = _("Say in your own words what it gives you in your profession: only you can.")
    return Answer("relevance", tuple(part for part in (words.strip(), statement) if part), todo=todo)


def _plain(amount: Decimal) -> str:
    """Without trailing zeros, at most four places."""
    return f"{amount.quantize(Decimal('0.0001')).normalize():f}"
