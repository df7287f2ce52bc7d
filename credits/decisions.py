"""Which approval, if any, credits a completion for a board. Pure: rows already loaded in, a decision with its trace out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from credits.attended import granted_for, is_partial
from credits.changes.differences import differences
from credits.models import Accreditation, Activity, Board, Dossier


def bare_trace(trace: dict[str, Any]) -> dict[str, Any]:
    """What was decided, without why: all that is left of a trace when the detail of a completion goes."""
    kept: dict[str, Any] = {name: trace[name] for name in ("code", "met", "title") if name in trace}
    return {**kept, "why": "", "todo": "", "children": []} if kept else {}


@dataclass(frozen=True)
class Decision:
    """The approval an award rests on, or None; either way a stable code, a sentence and the trace."""

    accreditation: Accreditation | None
    code: str
    explanation: str
    trace: dict[str, Any]


def decide(*, dossier: Dossier, activity: Activity, board: Board, accepted: Iterable[int], candidates: Iterable[Accreditation]) -> Decision:
    """Choose among `candidates` (approvals of the activity, boards loaded) for a claim on `board`.

    `accepted` are the pks of the bodies whose approvals `board` takes for its own. The board's own approval comes
    first, then the latest; approvals that do not cover the completion date, or differ from what was completed, do not count.
    """
    bodies = {board.pk, *accepted}
    known = [row for row in candidates if row.board_id in bodies and row.status != Accreditation.Status.DRAFT]
    claim_step = step("claim", True, _("A claim on %(board)s") % {"board": board.name}, "")
    approved = step("approval_exists", bool(known), _("The activity is approved by the board or by a body it accepts"), _names(known))
    if not known:
        why = _("%(board)s has not approved “%(title)s”, and neither has a body whose approvals it accepts.") % {"board": board.name, "title": activity.title}
        return _refuse("no_approval", why, [claim_step, approved])

    covering = [row for row in known if row.covers(dossier.completed_on)]
    in_force = step(
        "approval_in_force", bool(covering), _("An approval was in force on %(day)s") % {"day": date_format(dossier.completed_on, "j F Y")}, _periods(known)
    )
    if not covering:
        why = _("No approval covered the completion date, %(day)s. The approvals on file: %(periods)s.") % {
            "day": date_format(dossier.completed_on, "j F Y"),
            "periods": _periods(known),
        }
        return _refuse("approval_gap", why, [claim_step, approved, in_force])

    covering.sort(key=lambda row: (row.board_id == board.pk, row.valid_from, row.pk), reverse=True)
    refusals: list[str] = []
    for row in covering:
        differences = preflight(dossier=dossier, activity=activity, accreditation=row)
        if not differences:
            return _of_what_was_attended(dossier, board, row, [claim_step, approved, in_force])
        refusals += [text for text in differences if text not in refusals]
    why = " ".join(refusals)
    same = node("same_as_approved", False, _("What was completed is what was approved"), why, _("A CE officer has to file the change with the board."), [])
    return _refuse("differs_from_approval", why, [claim_step, approved, in_force, same])


def _of_what_was_attended(dossier: Dossier, board: Board, row: Accreditation, steps: list[dict[str, Any]]) -> Decision:
    """The approval fits. Of a day attended in part it grants a part, or nothing and says why."""
    steps = [*steps, step("same_as_approved", True, _("What was completed is what was approved"), _approval_name(row))]
    if is_partial(dossier.facts):
        granted = granted_for(dossier.facts, row)
        part = step("attended", bool(granted.units), _("The approval credits what was attended"), granted.sentence)
        if not granted.units:
            return _refuse(granted.code, granted.sentence, [*steps, part])
        steps.append(part)
    trace = node("award", True, _("Credit with %(board)s") % {"board": board.name}, "", "", steps)
    return Decision(row, "awarded", _("Awarded under %(approval)s.") % {"approval": _approval_name(row)}, trace)


def preflight(*, dossier: Dossier, activity: Activity, accreditation: Accreditation) -> list[str]:
    """What differs between the completion and the approved facts, one sentence each; empty when the award may be made."""
    offered = dossier.facts.get("offered") or {}
    parts = differences(offered=offered, kind=dossier.kind, activity=activity, accreditation=accreditation)
    found = [part.sentence for part in parts if part.stops_credit]
    coverage, score = offered.get("coverage"), offered.get("score")
    if coverage is not None and Decimal(str(coverage)) < accreditation.coverage_required:
        found.append(_("The approval asks for %(asked)s of the video, %(seen)s was watched.") % {"asked": accreditation.coverage_required, "seen": coverage})
    if score is not None and accreditation.passing_score is not None and Decimal(str(score)) < accreditation.passing_score:
        found.append(
            _("The approval asks for a score of %(asked)s %%, the exam was passed with %(got)s %%.") % {"asked": accreditation.passing_score, "got": score}
        )
    return found


def node(code: str, met: bool, title: str, why: str, todo: str, children: list[dict[str, Any]]) -> dict[str, Any]:
    return {"code": code, "met": met, "title": title, "why": why, "todo": todo, "children": children}


def step(code: str, met: bool, title: str, why: str) -> dict[str, Any]:
    return node(code, met, title, why, "", [])


def _refuse(code: str, why: str, steps: list[dict[str, Any]]) -> Decision:
    return Decision(None, code, why, node("award", False, _("No credit"), why, "", steps))


def _approval_name(row: Accreditation) -> str:
    return f"{row.board.name} {row.approval_number}".strip()


def _names(rows: list[Accreditation]) -> str:
    return ", ".join(_approval_name(row) for row in rows)


def _periods(rows: list[Accreditation]) -> str:
    return "; ".join(
        f"{_approval_name(row)}: {date_format(row.valid_from, 'j F Y')} – {_end(row.last_day)}" for row in sorted(rows, key=lambda row: row.valid_from)
    )


def _end(day: date | None) -> str:
    return date_format(day, "j F Y") if day else _("no end")
