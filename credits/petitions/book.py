"""What is known of bodies' petitions: read from credits/data/petitions.yaml, checked, used whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from credits.rulebook.yaml_text import YamlMistake, read

DATA = Path(__file__).resolve().parent.parent / "data" / "petitions.yaml"
SECTIONS = (
    "title", "provider", "completed", "delivery", "hours", "units", "description", "objectives", "outline", "assessment", "instructor", "references",
    "approvals", "relevance",
)  # fmt: skip
POSSIBLE = ("yes", "no", "unknown")
CONFIDENCE = ("read", "memory")
KINDS = ("home_study", "workshop")
BODY_FIELDS = {"board", "possible", "confidence", "source", "as_of", "fee", "kinds", "conditions", "cautions", "questions", "why"}


class PetitionBookError(Exception):
    """What is wrong with the file, one sentence for each mistake."""

    def __init__(self, mistakes: list[str]):
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Question:
    """`is_usual`: what petitions mostly ask; otherwise the body's own text is read to judge it."""

    section: str
    ask: str
    is_usual: bool


@dataclass(frozen=True)
class Body:
    """One body's way with petitions. `is_known` is false for a body of which nothing is on file: then only the usual is asked."""

    board: str
    possible: str
    questions: tuple[Question, ...]
    conditions: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    fee: str = ""
    kinds: tuple[str, ...] = KINDS
    why: str = ""
    source: str = ""
    as_of: date | None = None
    confidence: str = "memory"
    is_known: bool = True


@dataclass(frozen=True)
class PetitionBook:
    bodies: dict[str, Body]
    usual: tuple[Question, ...]
    scope_statements: dict[str, str]

    def of(self, board: str) -> Body:
        """What is known of a board's petitions; for one without an entry, only what petitions usually ask."""
        return self.bodies.get(board) or Body(board, "unknown", self.usual, is_known=False)


@cache
def petition_book() -> PetitionBook:
    """Read once for each process: the file is part of the program. Raises PetitionBookError."""
    return load(DATA)


def load(path: Path) -> PetitionBook:
    try:
        content = read(path)
    except YamlMistake as error:
        raise PetitionBookError([f"{path.name}, {error}"]) from error
    mistakes = [f"{path.name}, {text}" for text in _mistakes(content)]
    if mistakes:
        raise PetitionBookError(mistakes)
    usual = tuple(Question(row["section"], row["ask"], True) for row in content["usual"]["questions"])
    return PetitionBook({row["board"]: _body(row, usual) for row in content["bodies"]}, usual, content.get("scope_statements", {}))


def _body(row: dict[str, Any], usual: tuple[Question, ...]) -> Body:
    own = tuple(Question(question["section"], question["ask"], False) for question in row.get("questions", []))
    asked = {question.section for question in own}
    return Body(
        board=row["board"],
        possible=row["possible"],
        questions=own + tuple(question for question in usual if question.section not in asked),
        conditions=tuple(row.get("conditions", [])),
        cautions=tuple(row.get("cautions", [])),
        fee=row.get("fee") or "",
        kinds=tuple(row.get("kinds", KINDS)),
        why=row.get("why") or "",
        source=row["source"] or "",
        as_of=date.fromisoformat(row["as_of"]) if row["as_of"] else None,
        confidence=row["confidence"],
    )


def _mistakes(content: Any) -> list[str]:
    if not isinstance(content, dict) or content.get("schema") != 1:
        return ["schema: it must be 1."]
    found = _questions("usual", content.get("usual", {}).get("questions", []))
    seen: set[str] = set()
    for row in content.get("bodies", []):
        name = f"bodies, {row.get('board', 'without a board')}"
        if row.get("board") in seen:
            found.append(f"{name}: it stands here twice; keep one.")
        seen.add(row.get("board"))
        found += [f"{name}: `{field}` is no field here." for field in sorted(set(row) - BODY_FIELDS)]
        found += [f"{name}: `{field}` is missing." for field in ("board", "possible", "confidence", "source", "as_of") if field not in row]
        if row.get("possible") not in POSSIBLE:
            found.append(f"{name}, possible: give one of {', '.join(POSSIBLE)}, in quotes.")
        if row.get("possible") == "no" and not row.get("why"):
            found.append(f"{name}, why: a petition that is not possible says why.")
        if row.get("confidence") not in CONFIDENCE:
            found.append(f"{name}, confidence: give one of {', '.join(CONFIDENCE)}.")
        if row.get("confidence") == "read" and not row.get("source"):
            found.append(f"{name}, source: what was read was read somewhere; name it.")
        found += [f"{name}, kinds: `{kind}` is none; use {', '.join(KINDS)}." for kind in row.get("kinds", []) if kind not in KINDS]
        found += _questions(name, row.get("questions", []))
    return found


def _questions(name: str, rows: Any) -> list[str]:
    return [f"{name}, questions: `{row.get('section')}` is no section; use {', '.join(SECTIONS)}." for row in rows if row.get("section") not in SECTIONS]
