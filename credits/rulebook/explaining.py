"""A board's rules in plain sentences, each with its source and date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from credits.rulebook.board_rules import BoardRules, Fact
from credits.rulebook.words import MODES, Unit, amount, date_range, day, listed, match_words, months_words, when_words

BASES = {
    "standard": "A renewal",
    "first_renewal": "The first renewal",
    "tier": "A renewal",
    "alternative": "A renewal by another credential",
    "waiver": "A renewal under a waiver",
    "partial_activity": "A renewal after a time out of practice",
}
SCOPES = {
    "cycle": "in a cycle",
    "cycle_year": "in a year of the cycle",
    "calendar_day": "in a day",
    "24_hours": "in 24 hours",
    "event": "for one event",
    "course": "for one course",
}


def explain(rules: BoardRules, *, words: dict[str, dict[str, str]], on: date | None = None) -> list[str]:
    """Lines of text. With `on`, only the rows that may hold for a cycle that ends then."""
    lines = [rules.name, _standing_of_the_file(rules), ""]
    lines += [*_calendar_lines(rules), ""]
    rows = [row for row in rules.rules if on is None or _may_end_on(row, on)]
    if on is not None:
        lines += [f"For a cycle that ends on {day(on.isoformat())}:", ""]
    for row in rows:
        lines += [*_row_lines(row, rules, {**words["categories"], **words["credentials"], **words["boards"]}), ""]
    if not rows:
        lines += ["No renewal rule of this body is known." if not rules.rules else "No rule holds for such a cycle.", ""]
    for fact in rules.facts:
        if fact.kind not in ("rules", "calendar", "lengths"):
            lines += [*_other_lines(fact), ""]
    lines += [f"Not established, {field}: {text}" for field, text in rules.unknown.items() if field != "calendar"]
    lines += [f"Less sure, {field}: {text}" for field, text in rules.weak.items()]
    lines += [f"A person must see to it: {text}" for text in rules.not_expressed]
    return lines


def explain_row(rules: BoardRules, rule_id: str, version: int, *, words: dict[str, dict[str, str]]) -> list[str]:
    """One row in sentences, without its source, and when its cycle ends; empty when there is no such row."""
    named = {**words["categories"], **words["credentials"], **words["boards"]}
    row = next((row for row in rules.rules if (row.content["id"], row.content["version"]) == (rule_id, version)), None)
    if row is None:
        return []
    lines = [line.strip() for line in _row_lines(row, rules, named, names_fields=False)[:-2]] + _calendar_lines(rules)[:1]
    lines += [f"Less sure: {text}" for field, text in rules.weak.items() if field.startswith("calendar")]
    return [*lines, *(f"A person must see to it: {text}" for text in rules.not_expressed)]


def explain_fact(rules: BoardRules, fact: Fact, *, names: dict[str, str]) -> list[str]:
    """Everything one fact says, in sentences, its source last. `names` are the words for categories, credentials and boards."""
    if fact.kind == "rules":
        lines = _row_lines(fact, rules, names)
    elif fact.kind in ("calendar", "lengths"):
        lines = [*_calendar_lines(rules), *(f"Less sure, {field}: {text}" for field, text in rules.weak.items() if field.startswith("calendar"))]
    else:
        lines = _other_lines(fact)
    return [line.strip() for line in lines]


def _standing_of_the_file(rules: BoardRules) -> str:
    if rules.is_verified:
        return f"Verified by {rules.verified_by} on {day(str(rules.verified_on))}. Confidence: {rules.confidence}."
    return f"Nobody at the school has verified these rules. Confidence: {rules.confidence}."


def _may_end_on(row: Fact, on: date) -> bool:
    span = row.content["when"].get("cycle_end", {})
    return row.content["status"] in ("adopted", "waiver") and span.get("from", "") <= on.isoformat() <= span.get("to", "9999-12-31")


def _source_line(fact: Fact) -> str:
    dated = f"as of {day(fact.as_of.isoformat())}" if fact.as_of else "no date given"
    return f"   Source: {fact.reference} ({dated}; {'official' if fact.sources[0].is_official else 'a third party'}; {fact.confidence})."


def _calendar_lines(rules: BoardRules) -> list[str]:
    fact = next((fact for fact in rules.facts if fact.kind in ("calendar", "lengths")), None)
    if rules.calendar is None or fact is None:
        lines = [f"{'When a cycle ends is not established' if rules.rules else 'No cycle'}: {rules.unknown['calendar']}"]
        if fact and rules.lengths:
            lines += [f"A cycle lasts {months_words(rules.lengths['months'])}{_licence_words(rules.lengths)}.", _source_line(fact)]
        return lines
    return [f"{_ends_words(rules.calendar)}{_licence_words(rules.calendar)}.", _source_line(fact)]


def _licence_words(calendar: dict[str, Any]) -> str:
    return f", a licence {months_words(calendar['licence_months'])}" if "licence_months" in calendar else ""


def _ends_words(calendar: dict[str, Any]) -> str:
    if calendar["anchor"] == "periods":
        return "A cycle runs " + listed([f"from {day(period['start'])} to {day(period['end'])}" for period in calendar["periods"]])
    anchor = {
        "fixed_date": f"on {calendar.get('day')} {_month(calendar.get('month', 1))}",
        "birthday": "on the holder's birthday",
        "birth_month_end": "at the end of the holder's birth month",
        "issue_anniversary": "on the anniversary of the licence",
        "issue_month_end": "at the end of the month in which the licence was issued",
    }[calendar["anchor"]]
    years = {
        "even": " of even years",
        "odd": " of odd years",
        "birth_year": " of years that are even or odd like the year of birth",
        "issue_year": " of years that are even or odd like the year of issue",
        "licence_number": " of years that are even or odd like the licence number",
    }.get(calendar.get("parity", "any"), "")
    leap = {"feb_28": "; 29 February is 28 February in common years", "mar_1": "; 29 February is 1 March in common years"}
    return f"A cycle lasts {months_words(calendar['months'])} and ends {anchor}{years}{leap.get(calendar.get('leap_day', ''), '')}"


def _month(number: int) -> str:
    return date(2000, number, 1).strftime("%B")


def _row_lines(row: Fact, rules: BoardRules, words: dict[str, str], *, names_fields: bool = True) -> list[str]:
    content = row.content
    head = f"{BASES[content['basis']]}{when_words(content['when'], words)}"
    if content["status"] in ("proposed", "superseded"):
        head = f"{'Proposed, not in force' if content['status'] == 'proposed' else 'No longer in force'}: {head[0].lower()}{head[1:]}"
    lines = [f"{head}: {_required_words(row, rules.unit)}"]
    lines += [f"   {text}" for text in _part_lines(content, rules.unit, words)]
    if row.conflict:
        lines.append(f"   The texts disagree: {row.conflict}")
    lines += [f"   Less sure{f', {field}' if names_fields else ''}: {text}" for field, text in row.weak.items()]
    return [*lines, f"   Rule {content['id']} version {content['version']}.", _source_line(row)]


def _required_words(row: Fact, unit: Unit) -> str:
    required = row.content["required"]
    if required is None:
        return f"how much is due is not established. {row.unknown['required']}"
    if required.get("units") == "0":
        return "nothing is due." if not row.content.get("minima") else "nothing is due but this:"
    if "units" in required:
        text = amount(required["units"], unit)
    elif "per_month" in required:
        counted = "licensed" if required["months_counted"] == "licensed" else "with a day in practice"
        text = f"{amount(required['per_month'], unit)} for each calendar month {counted}"
    else:
        text = f"by the month of the first licence in the cycle: {', '.join(required['by_licensed_month'])} {unit.plural}"
    for name, word in (("floor", "at least"), ("ceiling", "at most")):
        if name in required:
            text += f", {word} {required[name]}"
    return f"{text}."


def _part_lines(content: dict[str, Any], unit: Unit, words: dict[str, str]) -> Iterator[str]:
    for minimum in content.get("minima", []):
        yield f"At least {_share(minimum, unit)}: {match_words(minimum['match'], words)}{_minimum_more(minimum)}."
    groups = sorted({minimum["exclusive_group"] for minimum in content.get("minima", []) if "exclusive_group" in minimum})
    for group in groups:
        served = [match_words(minimum["match"], words) for minimum in content["minima"] if minimum.get("exclusive_group") == group]
        if len(served) > 1:
            yield f"One {unit.singular} counts for only one of these: {'; '.join(served)}."
    for cap in content.get("caps", []):
        yield f"At most {_share(cap, unit)} {SCOPES[cap['scope']]}: {match_words(cap['match'], words)}."
    if "distinct" in content:
        distinct = content["distinct"]
        kinds = listed([words[one] for one in distinct["categories"]])
        yield f"At least {distinct['min']} of these kinds, {amount(distinct['units_each'], unit)} each: {kinds}."
    for exclusion in content.get("exclude", []):
        yield f"Never counted: {match_words(exclusion['match'], words)}."
    yield from _habit_lines(content, unit, words)


def _habit_lines(content: dict[str, Any], unit: Unit, words: dict[str, str]) -> Iterator[str]:
    if repeat := content.get("repeat"):
        within = repeat["within"]
        months = within.get("months")
        span = months_words(months) if months else "the same cycle" if within["cycles"] == 0 else f"the same cycle or the {within['cycles']} before it"
        spared = f", except {listed([words[one].lower() for one in repeat['except']])}" if "except" in repeat else ""
        yield f"The same {repeat['same']} counts once within {span}{spared}."
    if window := content.get("window"):
        yield f"Credit is earned from {_window_day(window['open'])} to {_window_day(window['close'])}."
    if content["required"] != {"units": "0"} or "carry" in content:
        yield _carry_words(content.get("carry"), unit)
    if grace := content.get("grace"):
        span = f"{grace['days']} days" if "days" in grace else months_words(grace["months"])
        yield f"What is earned up to {span} late counts{', with a late fee' if grace['fee_required'] else ''}."
    if late := content.get("late_renewal"):
        opens = "the day after that renewal" if late["next_window_opens"] == "day_after_renewal" else day(late["next_window_opens"])
        yield f"After a late renewal the next window opens on {opens}."
    for credential in content.get("credentials", []):
        moment = "when the renewal is submitted" if credential["current_on"] == "submission" else "at the end of the cycle"
        worth = f"; it is worth {amount(credential['units'], unit)}" if "units" in credential else ""
        yield f"{words[credential['credential']]} must be current {moment}{worth}."


def _carry_words(carry: dict[str, Any] | str | None, unit: Unit) -> str:
    if carry is None:
        return "Whether anything carries over is not read; here nothing does."
    if isinstance(carry, str):
        return "Nothing carries over."
    most = [amount(carry["max_units"], unit)] if "max_units" in carry else []
    if "max_fraction_of_required" in carry:
        most.append(f"{carry['max_fraction_of_required']} of what is required")
    text = f"Up to {' but no more than '.join(most)} carry over" if most else "What is left over carries over"
    text += f", for {carry['generations']} cycle{'s' if carry['generations'] != 1 else ''}"
    text += ", and may fill minima." if carry["satisfies_minima"] else ", but not into minima."
    if "shortfall_max" in carry:
        text += f" A shortfall of up to {amount(carry['shortfall_max'], unit)} moves to the next cycle."
    return text


def _window_day(part: dict[str, Any]) -> str:
    offset = part["year_offset"]
    year = "the cycle's last year" if offset == 0 else f"the year {-offset} before the cycle's last" if offset < 0 else f"the year {offset} after it"
    return f"{part['day']} {_month(part['month'])} of {year}"


def _share(part: dict[str, Any], unit: Unit) -> str:
    for name in ("fraction_of_required", "max_fraction_of_required"):
        if name in part:
            return f"{part[name]} of what is required"
    if "units_per_cycle_year" in part:
        return f"{amount(part['units_per_cycle_year'], unit)} for each year of the cycle"
    return amount(part.get("units") or part["max_units"], unit)


def _minimum_more(minimum: dict[str, Any]) -> str:
    more = ", on top of the total" if minimum.get("relation") == "additional" else ""
    if "nested_in" in minimum:
        more += f", inside {minimum['nested_in']}"
    due = minimum.get("due_every", 1)
    return more + (", once" if due == 0 else f", every {due} cycles" if due > 1 else "")


def _other_lines(fact: Fact) -> list[str]:
    content = {name: value for name, value in fact.content.items() if name not in ("id", "label", "activity")}
    title = f"{fact.kind.replace('_', ' ').capitalize()}{f', {fact.name}' if fact.name != fact.kind else ''}"
    parts = [f"{name.replace('_', ' ')}: {_plain(value)}" for name, value in content.items()]
    lines = [f"{title}: {'; '.join(parts)}."]
    lines += [f"   Not established, {field}: {text}" for field, text in fact.unknown.items()]
    lines += [f"   Less sure, {field}: {text}" for field, text in fact.weak.items()]
    return [*lines, _source_line(fact)]


def _plain(value: Any) -> str:
    if value is None:
        return "not established"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(MODES.get(part, part) if isinstance(part, str) else _plain(part) for part in value)
    if isinstance(value, dict):
        if set(value) <= {"from", "to"}:
            return date_range(value)
        return " ".join(_plain(part) if name == "kind" else f"{name.replace('_', ' ')} {_plain(part)}" for name, part in value.items())
    return str(value).rstrip(".")
