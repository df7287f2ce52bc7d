"""Loading boards from data files. A mistake names the file, the row and the field; nothing is loaded unless all of it is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from core import clock
from core.audit import record_audit
from credits.models import Board, CertificateField
from credits.services.offerings import judge_again_with_boards

DATA = Path(__file__).resolve().parent.parent / "data"


class BoardDataError(Exception):
    """What is wrong, one sentence per mistake."""

    def __init__(self, mistakes: list[str]):
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass
class LoadReport:
    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    unverified: int = 0


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) and word for word in value)


def _is_unit(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) - {"singular", "plural", "printed", "decimals", "per_contact_hour"}:
        return False
    words = all(isinstance(value.get(name), str) and 0 < len(value[name]) <= 60 for name in ("singular", "plural", "printed"))
    return words and isinstance(value.get("decimals"), int) and _is_quantity(value.get("per_contact_hour", "1"))


def _is_quantity(value: Any) -> bool:
    try:
        return isinstance(value, str) and Decimal(value) > 0
    except InvalidOperation:
        return False


# Each fact a board may state, what its value must be, and the sentence for a wrong one.
FACTS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "unit": (_is_unit, "needs singular, plural, printed, decimals and may have per_contact_hour as a quoted decimal"),
    "forbidden_words": (_is_words, "must be a list of words"),
    "certificate_fields": (
        lambda value: _is_words(value) and set(value) <= set(CertificateField.values),
        f"must be a list out of {', '.join(CertificateField.values)}",
    ),
    "certificate_words": (lambda value: isinstance(value, dict), "must be a mapping"),
    "title_must_match": (lambda value: isinstance(value, bool), "must be true or false"),
    "approval_required": (lambda value: isinstance(value, bool), "must be true or false"),
    "provider_approval": (lambda value: isinstance(value, dict), "must be a mapping"),
    "accepts_approvals_of": (_is_words, "must be a list of board codes"),
    "retention_years": (lambda value: isinstance(value, int) and 0 < value <= 100, "must be a number of years"),
}
REQUIRED = ("code", "name", "kind", "jurisdiction", "confidence", "sources", "as_of")
ALLOWED = {*REQUIRED, "website", *FACTS}


def load_boards(*, paths: list[Path] | None = None) -> LoadReport:
    """Bring the boards in line with the data files. A second run changes nothing.

    A board whose facts changed loses its verification: somebody has to read it again. Boards that are in no file stay.
    Raises BoardDataError and changes nothing when any row is wrong.
    """
    rows = _read(paths or sorted(DATA.glob("boards*.yaml")))
    report = LoadReport()
    with transaction.atomic():
        boards = {board.code: board for board in Board.objects.select_for_update()}
        accepting: set[str] = set()
        for row in rows:
            _load(row, boards, report)
        for row in rows:
            board = boards[row["code"]]
            accepted = [boards[code] for code in _value(row, "accepts_approvals_of", [])]
            if set(board.accepts_approvals_of.all()) != set(accepted):
                board.accepts_approvals_of.set(accepted)
                accepting.add(board.code)
        judge_again_with_boards(codes={*report.changed, *accepting}, occasion=clock.now().isoformat())
        report.unverified = Board.objects.filter(verified_on__isnull=True).count()
    return report


def verify_board(*, officer: Any, board: Board) -> Board:
    """Note that `officer` has re-read the board's own text and found its facts right. A verified board stays as it is."""
    with transaction.atomic():
        board = Board.objects.select_for_update().get(pk=board.pk)
        if not board.is_verified:
            board.verified_by, board.verified_on = officer, clock.now().date()
            board.save(update_fields=["verified_by", "verified_on", "updated_at"])
            record_audit(actor=officer, action="credits.verify_board", record=board)
    return board


def _load(row: dict[str, Any], boards: dict[str, Board], report: LoadReport) -> None:
    values = _columns(row)
    board = boards.get(row["code"])
    if board is None:
        boards[row["code"]] = Board.objects.create(code=row["code"], **values)
        report.created.append(row["code"])
        return
    changed = [name for name, value in values.items() if getattr(board, name) != value]
    if not changed:
        report.unchanged += 1
        return
    for name in changed:
        setattr(board, name, values[name])
    board.verified_by = board.verified_on = None
    board.save(update_fields=[*changed, "verified_by", "verified_on", "updated_at"])
    report.changed.append(row["code"])


def _value(row: dict[str, Any], fact: str, default: Any) -> Any:
    return row[fact]["value"] if fact in row else default


def _columns(row: dict[str, Any]) -> dict[str, Any]:
    unit = _value(row, "unit", {})
    per_hour = unit.get("per_contact_hour")
    return {
        "name": row["name"],
        "kind": row["kind"],
        "jurisdiction": row["jurisdiction"],
        "website": row.get("website", ""),
        "sources": row["sources"],
        "as_of": row["as_of"],
        "confidence": row["confidence"],
        "unit_singular": unit.get("singular", ""),
        "unit_plural": unit.get("plural", ""),
        "unit_printed": unit.get("printed", ""),
        "unit_decimals": unit.get("decimals", 1),
        "units_per_contact_hour": Decimal(per_hour) if per_hour else None,
        "forbidden_words": _value(row, "forbidden_words", []),
        "certificate_fields": _value(row, "certificate_fields", []),
        "certificate_words": _value(row, "certificate_words", {}),
        "title_must_match": _value(row, "title_must_match", False),
        "approval_required": _value(row, "approval_required", False),
        "provider_approval": _value(row, "provider_approval", {}),
        "retention_years": _value(row, "retention_years", None),
        "fact_notes": {name: _note(row[name]) for name in FACTS if name in row},
    }


def _note(fact: dict[str, Any]) -> dict[str, Any]:
    noted: dict[str, Any] = {name: fact[name] for name in ("confidence", "source", "note") if name in fact}
    if fact.get("as_of"):
        noted["as_of"] = fact["as_of"].isoformat()
    return noted


def _read(paths: list[Path]) -> list[dict[str, Any]]:
    mistakes: list[str] = []
    rows: list[dict[str, Any]] = []
    places: dict[str, str] = {}
    for path in paths:
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            mistakes.append(f"{path.name}: this is not YAML: {' '.join(str(error).split())}")
            continue
        if not isinstance(content, dict) or content.get("schema") != 1 or not isinstance(content.get("boards"), list):
            mistakes.append(f"{path.name}: the file needs `schema: 1` and a list `boards`.")
            continue
        for number, row in enumerate(content["boards"], start=1):
            code = row.get("code") if isinstance(row, dict) else None
            place = f"{path.name}, row {number} ({code or 'no code'})"
            found = _mistakes_of(row)
            if code in places:
                found.append(f"code: {code} is also in {places[code]}.")
            mistakes += [f"{place}, {text}" for text in found]
            if isinstance(code, str):
                places[code] = place
            rows.append(row)
    if not mistakes:
        for row in rows:
            unknown = [code for code in _value(row, "accepts_approvals_of", []) if code not in places]
            mistakes += [f"{places[row['code']]}, accepts_approvals_of: no board has the code {code}." for code in unknown]
    if mistakes:
        raise BoardDataError(mistakes)
    return rows


def _mistakes_of(row: Any) -> list[str]:
    if not isinstance(row, dict):
        return ["row: it must be a mapping."]
    found = [f"{name}: it is missing." for name in REQUIRED if name not in row]
    found += [f"{name}: no such field." for name in row if name not in ALLOWED]
    for name in ("code", "name", "jurisdiction"):
        if name in row and not (isinstance(row[name], str) and row[name]):
            found.append(f"{name}: it must be text.")
    if "kind" in row and row["kind"] not in Board.Kind.values:
        found.append(f"kind: it must be one of {', '.join(Board.Kind.values)}.")
    if "sources" in row and row["sources"] != [] and not _is_words(row["sources"]):
        found.append("sources: it must be a list of references.")
    found += _mistakes_of_evidence(row, "")
    for name in FACTS:
        if name in row:
            found += _mistakes_of_fact(name, row[name])
    return found


def _mistakes_of_fact(name: str, fact: Any) -> list[str]:
    if not isinstance(fact, dict) or "value" not in fact or "confidence" not in fact or set(fact) - {"value", "confidence", "source", "as_of", "note"}:
        return [f"{name}: it needs value and confidence, and may have source, as_of and note."]
    is_right, sentence = FACTS[name]
    found = [] if is_right(fact["value"]) else [f"{name}: the value {sentence}."]
    return found + _mistakes_of_evidence(fact, f"{name}.")


def _mistakes_of_evidence(holder: dict[str, Any], prefix: str) -> list[str]:
    found = []
    if "confidence" in holder and holder["confidence"] not in Board.Confidence.values:
        found.append(f"{prefix}confidence: it must be one of {', '.join(Board.Confidence.values)}.")
    if holder.get("as_of") is not None and not isinstance(holder["as_of"], date):
        found.append(f"{prefix}as_of: it must be a date such as 2026-01-31, or null.")
    return found
