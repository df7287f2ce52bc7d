"""What a schema cannot say of a case: fields that others ask for, codes and days that are defined, amounts that divide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from credits.engine.completion import coverage, is_covered
from credits.engine.cycles import cycle_ending, cycles_of, digits_of
from credits.engine.dates import BeyondCalendar, civil, minute_of_day
from credits.engine.faults import Fault
from credits.engine.quantities import quantity

Object = Mapping[str, Any]


def values(case: Object) -> Iterator[Fault]:
    """Fields that are wrong by themselves or beside a neighbour."""
    yield from _spans("$", case)
    match case["operation"]:
        case "standing":
            yield from licence_values(case["licence"], case["calendar"])
            for index, rule in enumerate(case["rules"]):
                yield from _rule(f"$.rules[{index}]", rule, case["licence"])
            yield from _standing_lists(case)
        case "cycle_dates":
            yield from licence_values(case["licence"], case["calendar"])
        case "credit_value":
            for index, component in enumerate(case["components"]):
                yield from _component(f"$.components[{index}]", component)
            for index, definition in enumerate(case["hour_definitions"]):
                yield from _hour_definition(f"$.hour_definitions[{index}]", definition)
        case "completion":
            yield from _completion(case)
        case "awards":
            yield from _awards(case)


def references(case: Object) -> Iterator[Fault]:
    """What must agree with something computed: cycles that end on the days to evaluate, a time at which coverage was reached."""
    if case["operation"] == "standing":
        try:
            yield from _evaluated(case)
        except BeyondCalendar as error:
            yield Fault("$.calendar", str(error))
    if case["operation"] == "completion" and case["coverage_at"] is None and is_covered(case, coverage(case)):
        policy = case["policy"]
        if policy["passing_score"] is None or quantity(policy["coverage_required"]):
            yield Fault("$.coverage_at", "What was watched reaches the coverage required; give the time at which it did.")


def _evaluated(case: Object) -> Iterator[Fault]:
    calendar, licence, numbers = case["calendar"], case["licence"], []
    for index, text in enumerate(case["evaluate"]):
        cycle = cycle_ending(calendar, licence, civil(text))
        if cycle is None:
            yield Fault(f"$.evaluate[{index}]", f"No cycle ends on {text}; give the last day of a cycle. {_ends_near(calendar, licence, civil(text))}")
        else:
            numbers.append(cycle.number)
    if len(numbers) == len(case["evaluate"]) and any(after != before + 1 for before, after in pairwise(numbers)):
        yield Fault("$.evaluate", "Give the ends of consecutive cycles, the earliest first; what is carried flows from one to the next.")


def _ends_near(calendar: Object, licence: Object, day: date) -> str:
    number = 2
    while len(cycles := cycles_of(calendar, licence, number)) == number and cycles[-1].end < day:
        number *= 2
    ends = sorted(sorted((cycle.end for cycle in cycles), key=lambda end: abs(end - day))[:2])
    return f"By this calendar cycles end on {' and '.join(end.isoformat() for end in ends)}." if ends else "By this calendar the licence has no cycle."


def _spans(path: str, data: Any) -> Iterator[Fault]:
    """Every `{from, to}`, `{from, below}` and `{start, end}` in the case has its ends in order. `watched` counts seconds."""
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _spans(f"{path}[{index}]", item)
    elif isinstance(data, dict):
        for first, last in (("from", "to"), ("from", "below"), ("window_open", "window_close")):
            if first in data and last in data and _sortable(data[last]) < _sortable(data[first]):
                yield Fault(f"{path}.{last}", f"{data[last]} comes before {data[first]}, where this begins; exchange or correct them.")
        for name, item in data.items():
            yield from _spans(f"{path}.{name}", item)


def _sortable(value: Any) -> Any:
    return civil(value) if isinstance(value, str) and value.count("-") == 2 else quantity(value) if isinstance(value, str) else value


def licence_values(licence: Object, calendar: Object) -> Iterator[Fault]:
    """What in a licence is wrong by itself or beside the calendar."""
    anchor, parity = calendar["anchor"], calendar.get("parity", "any")
    if "born_on" not in licence and (anchor in ("birthday", "birth_month_end") or (parity == "birth_year" and anchor == "fixed_date")):
        yield Fault("$.licence.born_on", "This is missing; the calendar goes by the birthday or the birth year.")
    if parity == "licence_number" and anchor in ("fixed_date", "birthday", "birth_month_end") and not digits_of(licence.get("number", "")):
        yield Fault("$.licence.number", "Give a number with a digit in it; the calendar goes by whether it is even or odd.")
    if anchor == "periods":
        spans = [(civil(period["start"]), civil(period["end"])) for period in calendar["periods"]]
        for index, (start, end) in enumerate(spans):
            if end < start:
                yield Fault(f"$.calendar.periods[{index}].end", "This period ends before it starts; exchange or correct the days.")
            if index and start <= spans[index - 1][1]:
                yield Fault(f"$.calendar.periods[{index}].start", "This period starts before the one above is over; list them in order, without overlap.")
    for name in ("renewals", "overrides"):
        yield from _once(f"$.licence.{name}", (entry["cycle_end"] for entry in licence.get(name, ())), "cycle_end")


def _rule(path: str, rule: Object, licence: Object) -> Iterator[Fault]:
    if "years_practising" in rule["when"] and "practising_since" not in licence and rule["status"] in ("adopted", "waiver"):
        yield Fault("$.licence.practising_since", f"This is missing; rule {rule['id']} goes by years of practice.")
    yield from _rounding(f"{path}.required.rounding", rule["required"].get("rounding"))
    if not _at_most(rule["required"].get("floor"), rule["required"].get("ceiling")):
        yield Fault(f"{path}.required.ceiling", "The ceiling is below the floor; exchange or correct them.")
    minima = rule.get("minima", ())
    yield from _once(f"{path}.minima", (minimum["code"] for minimum in minima), "code")
    yield from _once(f"{path}.caps", (cap["code"] for cap in rule.get("caps", ())), "code")
    parents = {minimum["code"]: minimum.get("nested_in") for minimum in minima}
    for index, minimum in enumerate(minima):
        parent = minimum.get("nested_in")
        if parent is not None and parent not in parents:
            yield Fault(f"{path}.minima[{index}].nested_in", f"This rule has no minimum {parent}; name one of its minima, or leave this out.")
        elif _loops(parents, minimum["code"]):
            yield Fault(f"{path}.minima[{index}].nested_in", "This minimum lies, over others, inside itself; undo one of the nestings.")
    distinct = rule.get("distinct")
    if distinct and distinct["min"] > len(distinct["categories"]):
        yield Fault(f"{path}.distinct.min", f"Only {len(distinct['categories'])} categories are listed; ask for at most as many.")


def _loops(parents: Mapping[str, str | None], code: str) -> bool:
    seen, above = {code}, parents.get(code)
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return above == code


def _standing_lists(case: Object) -> Iterator[Fault]:
    versions = (f"{credit['id']}, version {credit.get('version', 1)}" for credit in case["credits"])
    yield from _once("$.credits", versions, None)
    for index, credit in enumerate(case["credits"]):
        for place, segment in enumerate(credit["segments"]):
            yield from _fraction(f"$.credits[{index}].segments[{place}].hands_on_fraction", segment.get("hands_on_fraction"))


def _component(path: str, component: Object) -> Iterator[Fault]:
    minutes = None
    if "start" in component:
        if "minutes" in component:
            yield Fault(f"{path}.minutes", "Give either minutes, or start and end.")
            return
        start, end = (minute_of_day(component[name]) for name in ("start", "end"))
        for name, minute in (("start", start), ("end", end)):
            if minute > 24 * 60:
                yield Fault(f"{path}.{name}", f"There is no such time as {component[name]}; give one from 00:00 to 24:00.")
                return
        if end <= start:
            yield Fault(f"{path}.end", "The end is not after the start; a component that goes over midnight is two.")
            return
        minutes = quantity(str(end - start))
    elif "minutes" in component:
        minutes = quantity(component["minutes"])
    pauses = component.get("meal_minutes", 0) + sum(component.get("break_minutes", ()))
    if pauses and (minutes is None or pauses > minutes):
        yield Fault(path, f"Meals and breaks take {pauses} minutes, more than there are; correct them or the times.")


def _hour_definition(path: str, definition: Object) -> Iterator[Fault]:
    yield from _rounding(f"{path}.rounding", definition["rounding"])
    yield from _once(f"{path}.rates", (rate["kind"] for rate in definition["rates"]), "kind")
    for index, rate in enumerate(definition["rates"]):
        for name in ("minutes_per_hour", "words_per_hour"):
            yield from _positive(f"{path}.rates[{index}].{name}", rate.get(name))


def _completion(case: Object) -> Iterator[Fault]:
    try:
        ZoneInfo(case["zone"])
    except (KeyError, ValueError, OSError):
        yield Fault("$.zone", f"There is no time zone {case['zone']}; give an IANA name such as America/New_York.")
    yield from _positive("$.content_seconds", case["content_seconds"])
    yield from _fraction("$.policy.coverage_required", case["policy"]["coverage_required"])
    for index, period in enumerate(case.get("cycles", ())):
        if civil(period["end"]) < civil(period["start"]):
            yield Fault(f"$.cycles[{index}].end", "This cycle ends before it starts; exchange or correct the days.")


def _awards(case: Object) -> Iterator[Fault]:
    for name in ("completions", "accreditations"):
        yield from _once(f"$.{name}", (f"{row['id']}, version {row['version']}" for row in case[name]), None)
    for index, completion in enumerate(case["completions"]):
        yield from _once(f"$.completions[{index}].segments", (segment["id"] for segment in completion["segments"]), "id")
    asked = {"enrolment": "enrolled_on", "event_start": "started_on"}
    needed = {(row["course"], asked[row["valid_on"]]) for row in case["accreditations"] if row["board"] in case["boards"] and row["valid_on"] in asked}
    for index, completion in enumerate(case["completions"]):
        for course, name in sorted(needed):
            if completion["course"] == course and name not in completion:
                yield Fault(f"$.completions[{index}].{name}", "This is missing; an accreditation of the course goes by this day.")
    for index, row in enumerate(case["accreditations"]):
        if "hour_definition" in row:
            yield from _hour_definition(f"$.accreditations[{index}].hour_definition", row["hour_definition"])
    known = {completion["id"] for completion in case["completions"]}
    for index, report in enumerate(case.get("reported", ())):
        if report["completion"] not in known:
            yield Fault(f"$.reported[{index}].completion", f"There is no completion {report['completion']}; name one of this case.")


def _rounding(path: str, rounding: Object | None) -> Iterator[Fault]:
    if rounding is not None:
        yield from _positive(f"{path}.granularity", rounding["granularity"])


def _positive(path: str, text: str | None) -> Iterator[Fault]:
    if text is not None and quantity(text) == 0:
        yield Fault(path, "Give more than 0; amounts are divided by this.")


def _fraction(path: str, text: str | None) -> Iterator[Fault]:
    if text is not None and quantity(text) > 1:
        yield Fault(path, "Give a fraction from 0 to 1.")


def _at_most(low: str | None, high: str | None) -> bool:
    return low is None or high is None or quantity(low) <= quantity(high)


def _once(path: str, names: Iterable[str], field: str | None) -> Iterator[Fault]:
    for name, times in Counter(names).items():
        if times > 1:
            yield Fault(path, f"{name} stands here {times} times; {f'give each {field} once' if field else 'give each version once'}.")
