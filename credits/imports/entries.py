"""One line of the CSV as facts: typed, bounded, or refused with a sentence for each mistake. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.names import NameRefused, clean_name, clean_text
from credits.categories import category_code, category_names
from credits.days import FIRST
from credits.imports.columns import REQUIRED
from credits.models import Activity, DeliveryMode

LENGTHS = {
    "title": 200, "name": 250, "licence_number": 60, "licence_state": 12, "approval_number": 80, "provider_number": 80, "provider_name": 160,
    "instructor": 160, "instructor_credentials": 200, "certificate_number": 80, "file": 200, "email": 254,
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A certificate as its line states it. Text that is not given is ""."""

    text: dict[str, str]
    completed_on: date
    issued_on: date
    mode: str
    units: Decimal | None
    split: tuple[tuple[str, Decimal], ...]
    minutes: int

    @property
    def kind(self) -> str:
        return Activity.Kind.HOME_STUDY if self.mode == DeliveryMode.SELF_PACED else Activity.Kind.WORKSHOP

    @property
    def category_split(self) -> list[dict[str, str]]:
        return [{"category": code, "units": f"{units.normalize():f}"} for code, units in self.split]

    def content_key(self, pdf: bytes | None) -> str:
        """The same certificate has the same key, however its file is called and in whatever order columns stand."""
        about = {name: value.casefold() for name, value in self.text.items() if name in ("email", "licence_number", "board", "approved_by", "title", "name")}
        facts = [
            *sorted(about.items()), self.text.get("certificate_number", ""), self.completed_on.isoformat(), str(self.units and self.units.normalize()),
            self.category_split, self.mode, hashlib.sha256(pdf).hexdigest() if pdf else "",
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


class _Reader:
    """Reads cell after cell and collects what is wrong."""

    def __init__(self, values: dict[str, str], today: date) -> None:
        self.values, self.today = values, today
        self.faults: list[str] = [values["…"]] if "…" in values else []

    def cell(self, name: str) -> str:
        return self.values.get(name, "")

    def fault(self, name: str, sentence: str) -> None:
        self.faults.append(f"{name}: {sentence}")

    def text(self, name: str) -> str:
        value = self.cell(name)
        try:
            value = clean_name(value, max_length=LENGTHS["name"]) if name == "name" else clean_text(value)
        except NameRefused as refusal:
            self.fault(name, refusal.message)
        if len(value) > LENGTHS.get(name, 80):
            self.fault(name, _("at most %(most)s characters.") % {"most": LENGTHS.get(name, 80)})
        return value

    def day(self, name: str) -> date | None:
        value = self.cell(name)
        if not value:
            return None
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fault(name, _("“%(value)s” is not a day written like 2021-05-09.") % {"value": value[:40]})
            return None
        if day > self.today:
            self.fault(name, _("%(day)s has not come yet.") % {"day": value})
        elif day < FIRST:
            self.fault(name, _("check the year of %(day)s.") % {"day": value})
        return day

    def units(self, name: str, value: str) -> Decimal | None:
        try:
            units = Decimal(value)
        except InvalidOperation:
            units = Decimal("NaN")
        if not units.is_finite() or not Decimal("0") < units < Decimal("100000") or units != units.quantize(Decimal("0.01")):
            self.fault(name, _("“%(value)s” is not a number of units such as 6 or 2.5.") % {"value": value[:40]})
            return None
        return units

    def split(self, units: Decimal | None) -> tuple[tuple[str, Decimal], ...]:
        found: list[tuple[str, Decimal]] = []
        for part in filter(None, (part.strip() for part in self.cell("categories").split(";"))):
            words = re.fullmatch(r"(.+?)[\s:]+(\S+)", part)
            if words is None:
                self.fault("categories", _("“%(part)s” should be a category and its units, such as ethics 2.") % {"part": part[:40]})
                continue
            code = category_code(words[1])
            if code not in category_names():
                self.fault("categories", _("no rule knows “%(word)s”.") % {"word": words[1][:40]})
            elif (amount := self.units("categories", words[2])) is not None:
                found.append((code, amount))
        if units is not None and sum(amount for _code, amount in found) > units:
            self.fault("categories", _("they add up to more than the units."))
        return tuple(found)

    def minutes(self) -> int:
        value = self.cell("minutes")
        if not value:
            return 0
        if not re.fullmatch(r"[0-9]{1,6}", value):
            self.fault("minutes", _("“%(value)s” is not a number of minutes.") % {"value": value[:40]})
            return 0
        return int(value)


def read_entry(values: dict[str, str], today: date) -> tuple[Entry | None, list[str]]:
    """The facts of a line, or None with what is wrong, a sentence for each mistake that begins with its column."""
    reader = _Reader(values, today)
    for name in REQUIRED:
        if not reader.cell(name):
            reader.fault(name, _("is empty."))
    text = {name: reader.text(name) for name in (*LENGTHS, "board", "approved_by")}
    _check_person(reader, text)
    completed, issued = reader.day("completed_on"), reader.day("issued_on")
    if completed and issued and issued < completed:
        reader.fault("issued_on", _("lies before the completion."))
    mode = reader.cell("delivery")
    if mode and mode not in DeliveryMode.values:
        reader.fault("delivery", _("“%(value)s” is none of %(modes)s.") % {"value": mode[:40], "modes": ", ".join(DeliveryMode.values)})
    units = reader.units("units", reader.cell("units")) if reader.cell("units") else None
    if text["board"] and not reader.cell("units"):
        reader.fault("units", _("is empty; credit with a board has units."))
    if not text["board"] and (reader.cell("units") or text["approved_by"]):
        reader.fault("board", _("is empty; units and approvals belong to a board."))
    split, minutes = reader.split(units), reader.minutes()
    if reader.faults or completed is None:
        return None, reader.faults
    return Entry(text, completed, issued or completed, mode, units, split, minutes), []


def _check_person(reader: _Reader, text: dict[str, Any]) -> None:
    text["email"] = text["email"].lower()
    if text["email"]:
        try:
            validate_email(text["email"])
        except ValidationError:
            reader.fault("email", _("“%(value)s” is not an e-mail address.") % {"value": text["email"][:60]})
    elif not text["licence_number"]:
        reader.fault("email", _("is empty, and so is licence_number: nobody can be found by that."))
