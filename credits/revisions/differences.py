"""What one document says that another does not: fact by fact in words, and line by line as it is written."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from django.utils.translation import gettext as _

from credits.rulebook import BoardRules
from credits.rulebook.board_rules import Fact
from credits.rulebook.explaining import explain_fact

AROUND = 3  # lines shown before and after a change


@dataclass(frozen=True)
class FactChange:
    """One fact that is new, gone or says something else. `was` and `becomes` are the sentences that differ."""

    state: str  # added, removed, changed
    title: str
    was: tuple[str, ...]
    becomes: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A line of the document; `sign` is "+", "-", "" or "…" for lines left out."""

    sign: str
    number: int | None
    text: str


def facts_changed(before: BoardRules | None, after: BoardRules, names: dict[str, str]) -> list[FactChange]:
    """In the order of the new document; what is gone stands last."""
    old = {(fact.kind, fact.name): fact for fact in before.facts} if before else {}
    new = {(fact.kind, fact.name): fact for fact in after.facts}
    found = [_change(before, old.get(place), after, fact, names) for place, fact in new.items() if place not in old or old[place].digest != fact.digest]
    for place, fact in old.items():
        if before and place not in new:
            found.append(FactChange("removed", fact_title(fact), tuple(explain_fact(before, fact, names=names)), ()))
    if before and _order(before, new) != _order(after, old):
        title = _("The order in which rules are tried")
        found.append(FactChange("changed", title, tuple(row.name for row in before.rules), tuple(row.name for row in after.rules)))
    notes = (_notes(before) if before else [], _notes(after))
    if notes[0] != notes[1]:
        was, becomes = _apart(*notes)
        found.append(FactChange("changed" if before else "added", _("What is said of the whole document"), was, becomes))
    return found


def written_lines(before: str, after: str) -> list[Line]:
    """The changed lines with a few around each; numbers are those of the new text, for a line taken out those of the old."""
    old, new = before.splitlines(), after.splitlines()
    found: list[Line] = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND):
        if found or group[0][3]:
            found.append(Line("…", None, ""))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                found += [Line("", number + 1, new[number]) for number in range(new_from, new_to)]
            else:
                found += [Line("-", number + 1, old[number]) for number in range(old_from, old_to)]
                found += [Line("+", number + 1, new[number]) for number in range(new_from, new_to)]
    return found


def fact_title(fact: Fact) -> str:
    return title_of(fact.kind, fact.name)


def title_of(kind: str, name: str) -> str:
    words = {
        "rules": _("Rule"),
        "calendar": _("When a cycle ends"),
        "lengths": _("How long a cycle lasts"),
        "hour_definitions": _("What an hour is"),
        "delivery_classes": _("Ways of delivery"),
        "fixed_credits": _("Fixed credit"),
        "provider": _("What providers must do"),
        "reporting": _("Reporting"),
        "retention": _("Keeping of proof"),
        "audit": _("Audits"),
    }
    title = words.get(kind, kind)
    return title if name == kind else f"{title}: {name}"


def _change(before: BoardRules | None, old: Fact | None, after: BoardRules, new: Fact, names: dict[str, str]) -> FactChange:
    becomes = explain_fact(after, new, names=names)
    if before is None or old is None:
        return FactChange("added", fact_title(new), (), tuple(becomes))
    was, becomes_only = _apart(explain_fact(before, old, names=names), becomes)
    if not was and not becomes_only:  # something no sentence speaks of
        was, becomes_only = (_("As the lines of the document show."),), (_("As the lines of the document show."),)
    return FactChange("changed", fact_title(new), was, becomes_only)


def _apart(was: list[str], becomes: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(line for line in was if line not in becomes), tuple(line for line in becomes if line not in was)


def _order(rules: BoardRules, others: dict[tuple[str, str], Fact]) -> list[str]:
    return [row.name for row in rules.rules if ("rules", row.name) in others]


def _notes(rules: BoardRules) -> list[str]:
    lines = [_("Confidence: %(word)s.") % {"word": rules.confidence}]
    lines += [_("Not established, %(field)s: %(text)s") % {"field": field, "text": text} for field, text in rules.unknown.items()]
    lines += [_("Less sure, %(field)s: %(text)s") % {"field": field, "text": text} for field, text in rules.weak.items()]
    return [*lines, *(_("A person must see to it: %(text)s") % {"text": text} for text in rules.not_expressed)]
