"""One door to every operation: a case in, a result out, and the same case always makes the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from credits.engine.awards import awards
from credits.engine.completion import completion
from credits.engine.cycles import cycle_dates
from credits.engine.dates import BeyondCalendar
from credits.engine.faults import Fault, NotACase
from credits.engine.standing import standing
from credits.engine.values import credit_value
from credits.engine.vocabulary import RESULT, check_case, parse

BY_NAME: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "standing": standing,
    "credit_value": credit_value,
    "cycle_dates": cycle_dates,
    "completion": completion,
    "awards": awards,
}


def evaluate(case: Any) -> dict[str, Any]:
    """The result of a case, or `{"operation": "error", "errors": [...]}` when it is not one. Never raises for a bad case."""
    if faults := check_case(case):
        return error_result(faults)
    try:
        return {"schema": RESULT, "operation": case["operation"], **BY_NAME[case["operation"]](case)}
    except BeyondCalendar as error:
        return error_result([Fault("$", str(error))])


def evaluate_text(source: str | bytes) -> dict[str, Any]:
    """`evaluate` for a case as it was sent or stored."""
    try:
        return evaluate(parse(source))
    except NotACase as error:
        return error_result([error.fault])


def error_result(faults: Iterable[Fault]) -> dict[str, Any]:
    return {"schema": RESULT, "operation": "error", "errors": [{"path": fault.path, "message": fault.message} for fault in faults]}


def is_error(result: dict[str, Any]) -> bool:
    return result["operation"] == "error"


def dumps(result: dict[str, Any]) -> str:
    """JSON text of a result; the same result is the same text, on any machine."""
    return json.dumps(result, indent=1)
