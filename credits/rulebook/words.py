"""Small words that explanations of rules are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Unit:
    """A board's word for one unit and for several; plain `unit` where the board's word is not known."""

    singular: str = "unit"
    plural: str = "units"


MODES = {
    "in_person_hands_on": "hands-on in person",
    "in_person_lecture": "lecture in person",
    "live_remote": "live at a distance",
    "self_paced": "self-paced",
}


def day(text: str) -> str:
    """`2027-08-31` as `31 August 2027`."""
    moment = date.fromisoformat(text)
    return f"{moment.day} {moment:%B %Y}"


def listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def months_words(months: int) -> str:
    if months % 12:
        return f"{months} months"
    return f"{months // 12} year{'s' if months > 12 else ''}"


def amount(units: str, unit: Unit) -> str:
    return f"{units} {unit.singular if units in ('1', '1.0') else unit.plural}"


def whole_range(span: dict[str, int]) -> str:
    """`from` and `below` of whole numbers: `15 to 24`, `3 or more`, `fewer than 12`."""
    if "below" not in span:
        return f"{span['from']} or more"
    if "from" not in span:
        return f"fewer than {span['below']}"
    last = span["below"] - 1
    return str(last) if span["from"] == last else f"{span['from']} to {last}"


def cycle_words(span: dict[str, int]) -> str:
    """Which cycles: `cycle 1`, `cycles 2 to 4`, `from cycle 3 on`."""
    if "below" not in span:
        return f"from cycle {span['from']} on"
    first, last = span.get("from", 1), span["below"] - 1
    return f"cycle {last}" if first == last else f"cycles {first} to {last}"


def size_range(span: dict[str, str]) -> str:
    parts = [f"of {span['from']} or more"] if "from" in span else []
    return " and ".join([*parts, *([f"of less than {span['below']}"] if "below" in span else [])])


def date_range(span: dict[str, Any]) -> str:
    if span.get("from") == span.get("to"):
        return f"on {day(span['from'])}"
    parts = [f"from {day(span['from'])}"] if "from" in span else []
    parts += [f"up to {day(span['to'])}"] if "to" in span else []
    return " ".join(parts)


def match_words(match: dict[str, Any], words: dict[str, str]) -> str:
    """What a match takes, as `ethics, live at a distance or self-paced`."""
    if not match:
        return "any kind"
    parts = []
    if "categories" in match:
        parts.append(" or ".join(label_words(label, words) for label in match["categories"]))
    if "modes" in match:
        parts.append(" or ".join(MODES[mode] for mode in match["modes"]))
    if "hands_on_fraction_min" in match:
        parts.append(f"a course that is at least {percent_words(match['hands_on_fraction_min'])} hands-on")
    if "size" in match:
        parts.append(f"a credit {size_range(match['size'])}")
    if "dated" in match:
        parts.append(f"dated {date_range(match['dated'])}")
    if "without" in match:
        parts.append(f"what is not {' or '.join(label_words(label, words) for label in match['without'])}")
    return ", ".join(parts)


def percent_words(fraction: str) -> str:
    """A share such as 0.70 as people say it: 70%."""
    return f"{(Decimal(fraction) * 100).normalize():f}%"


def label_words(label: str, words: dict[str, str]) -> str:
    kind, _, name = label.rpartition(":")
    if kind == "approval":
        return f"approved by {words[name]}"
    if kind == "credential":
        return words[name]
    return words[label][0].lower() + words[label][1:] if words[label][1:2].islower() else words[label]


def when_words(when: dict[str, Any], words: dict[str, str]) -> str:
    parts = []
    for name, text in (
        ("cycle_end", "in a cycle that ends"),
        ("cycle_start", "in a cycle that starts"),
        ("submitted", "submitted"),
        ("issued", "of a licence issued"),
    ):
        if name in when:
            parts.append(f"{text} {date_range(when[name])}")
    if "cycle_number" in when:
        parts.append(cycle_words(when["cycle_number"]))
    if "years_practising" in when:
        parts.append(f"{whole_range(when['years_practising'])} years in practice")
    if "months_licensed" in when:
        parts.append(f"licensed for {whole_range(when['months_licensed'])} months at the end")
    if "holds" in when:
        parts.append(f"holding {words.get(when['holds'], when['holds'])}")
    if "partly_inactive" in when:
        parts.append("inactive for part of the cycle" if when["partly_inactive"] else "active throughout")
    return f" ({'; '.join(parts)})" if parts else ""
