"""Changes of one row that need no YAML: other amounts from a day on, a waiver, or a what-if. They change the text and nothing else in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.errors import DomainError
from credits.revisions.text_edits import add_comment, copy_member, drop_key, set_value
from credits.rulebook.yaml_text import parse

AMOUNTS = ("units", "fraction_of_required", "units_per_cycle_year", "max_units", "max_fraction_of_required", "per_month")
FROM_A_DAY = ("cycle_end", "cycle_start")


class EditRefused(DomainError):
    code = "rule_edit_refused"


@dataclass(frozen=True)
class Source:
    """A text that was read. `key` names it in the document; with a `reference` it is a new one."""

    key: str
    reference: str = ""
    read_on: date | None = None
    as_of: date | None = None
    is_official: bool = True


@dataclass(frozen=True)
class Amounts:
    """What becomes of a row's numbers: each by its code. `modes` are those a minimum's units may be earned in; empty for any."""

    required: Decimal | None = None
    minima: Mapping[str, Decimal] = field(default_factory=dict)
    caps: Mapping[str, Decimal] = field(default_factory=dict)
    modes: Mapping[str, Sequence[str]] = field(default_factory=dict)


def rows_of(text: str) -> list[dict[str, Any]]:
    return list(parse(text)["rules"])


def amount_key(part: Mapping[str, Any]) -> str | None:
    """Which field of a requirement, a minimum or a cap holds its one amount."""
    return next((name for name in AMOUNTS if name in part), None)


def correct_row(text: str, place: int, amounts: Amounts) -> str:
    """Write other numbers into a row as it stands: for a slip in our data, or for a what-if."""
    return _with_amounts(text, place, amounts)


def change_row_from(text: str, place: int, amounts: Amounts, *, begins: date, basis: str, source: Source) -> str:
    """End a row the day before `begins` and let its next version hold from then; `basis` says which date decides."""
    rows = rows_of(text)
    row = rows[place]
    span = dict(row["when"].get(basis, {}))
    if "to" in span and date.fromisoformat(span["to"]) < begins:
        raise EditRefused(_("This row ends on %(day)s already. Choose the row that holds after that.") % {"day": span["to"]})
    if "from" in span and date.fromisoformat(span["from"]) >= begins:
        raise EditRefused(_("This row begins on %(day)s. Choose a later day, or the row before it.") % {"day": span["from"]})
    text = copy_member(text, ["rules"], place)
    text = set_value(text, ["rules", place, "when"], {**row["when"], basis: {**span, "to": (begins - timedelta(days=1)).isoformat()}})
    after = place + 1
    text = set_value(text, ["rules", after, "version"], _next_version(rows, row["id"]))
    text = set_value(text, ["rules", after, "when"], {**row["when"], basis: {**_without_from(span), "from": begins.isoformat()}})
    text = _with_amounts(text, after, amounts)
    return _resting_on(text, after, source)


def waive(text: str, place: int, amounts: Amounts, *, first: date, last: date, source: Source, comment: str) -> str:
    """A row of status `waiver` that holds in place of another for the cycles that end from `first` to `last`."""
    rows = rows_of(text)
    row = rows[place]
    if last < first:
        raise EditRefused(_("The waiver ends before it begins. Put its days in order."))
    span = row["when"].get("cycle_end", {})
    if not span.get("from", "0000") <= first.isoformat() or not last.isoformat() <= span.get("to", "9999"):
        raise EditRefused(_("The row holds only for a part of these days. Choose days within it, or make one waiver for each row."))
    text = copy_member(text, ["rules"], place, before=True)
    name = row["id"] if row["status"] == "waiver" else _waiver_name(row["id"])
    for key, value in (("id", name), ("version", _next_version(rows, name)), ("status", "waiver"), ("basis", "waiver")):
        text = set_value(text, ["rules", place, key], value)
    text = set_value(text, ["rules", place, "when"], {**row["when"], "cycle_end": {"from": first.isoformat(), "to": last.isoformat()}})
    text = _with_amounts(text, place, amounts)
    text = _resting_on(text, place, source)
    return add_comment(text, ["rules"], place, comment)


def _with_amounts(text: str, place: int, amounts: Amounts) -> str:
    row = rows_of(text)[place]
    if amounts.required is not None and row["required"] is not None and (name := amount_key(row["required"])):
        text = set_value(text, ["rules", place, "required", name], _quantity(amounts.required))
    for kind, values in (("minima", amounts.minima), ("caps", amounts.caps)):
        for number, part in enumerate(row.get(kind, [])):
            name = amount_key(part)
            if part["code"] in values and name and Decimal(part[name]) != values[part["code"]]:
                text = set_value(text, ["rules", place, kind, number, name], _quantity(values[part["code"]]))
    for number, part in enumerate(row.get("minima", [])):
        if part["code"] in amounts.modes and set(amounts.modes[part["code"]]) != set(part["match"].get("modes", ())):
            match = {name: value for name, value in part["match"].items() if name != "modes"}
            if amounts.modes[part["code"]]:
                match["modes"] = list(amounts.modes[part["code"]])
            text = set_value(text, ["rules", place, "minima", number, "match"], match)
    return text


def _resting_on(text: str, place: int, source: Source) -> str:
    """Let a new row rest on its source alone. A conflict was one of other texts; what is less sure stays until somebody looks."""
    if source.reference:
        if source.key in parse(text)["sources"]:
            raise EditRefused(_("There is a source called %(key)s already. Choose it from the list, or give the new one another name.") % {"key": source.key})
        content = {
            "reference": source.reference,
            "read_on": source.read_on.isoformat() if source.read_on else None,
            "as_of": source.as_of.isoformat() if source.as_of else None,
            "class": "official" if source.is_official else "secondary",
        }
        text = set_value(text, ["sources", source.key], content)
    text = set_value(text, ["rules", place, "source"], source.key)
    text = set_value(text, ["rules", place, "confidence"], "read")
    return drop_key(text, ["rules", place, "conflict"])


def _without_from(span: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in span.items() if name != "from"}


def _next_version(rows: list[dict[str, Any]], name: str) -> int:
    return max((int(row["version"]) for row in rows if row["id"] == name), default=0) + 1


def _waiver_name(row_id: str) -> str:
    """`us_fl_massage.standard` is waived by `us_fl_massage.waiver`, or by `us_fl_massage.first_renewal.waiver`."""
    board, _dot, kind = row_id.rpartition(".")
    return f"{board}.waiver" if board and kind == "standard" else f"{row_id}.waiver"


def _quantity(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
