"""The rules engine over HTTP: any case in its vocabulary, nothing stored and nothing looked up."""

from __future__ import annotations

from math import comb, prod
from typing import IO, Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from credits.engine.faults import Fault, NotACase
from credits.engine.run import dumps, error_result, evaluate, is_error
from credits.engine.vocabulary import CASE, OPERATIONS, RESULT, parse

MOST_BYTES = 256 * 1024
# One request may not keep a web worker busy for long; the command has no such limits. No board comes near them.
MOST_OF = {"evaluate": 30, "credits": 300, "boards": 100, "completions": 100, "rules": 50}
MOST_OF_A_RULE = {"minima": 15, "caps": 15}
MOST_CHOICES = 500  # of distinct categories: the optimum is sought for each, in each cycle
MOST_SORTS = 3000  # of further units that the matches of a rule tell apart: each is weighed against every match, in each cycle

CASE_SCHEMA = {
    "type": "object",
    "required": ["schema", "operation"],
    "properties": {"schema": {"type": "string", "enum": [CASE]}, "operation": {"type": "string", "enum": list(OPERATIONS)}},
    "additionalProperties": True,
    "description": "A case as credits/engine/schema/case.json defines it.",
    "example": {
        "schema": CASE,
        "operation": "cycle_dates",
        "licence": {"issued_on": "2024-02-10"},
        "calendar": {"anchor": "issue_month_end", "months": 24},
        "count": 3,
    },
}
RESULT_SCHEMA = {
    "type": "object",
    "required": ["schema", "operation"],
    "properties": {"schema": {"type": "string", "enum": [RESULT]}, "operation": {"type": "string", "enum": list(OPERATIONS)}},
    "additionalProperties": True,
    "description": "A result as credits/engine/schema/result.json defines it.",
}
ERROR_SCHEMA = {
    "type": "object",
    "required": ["schema", "operation", "errors"],
    "properties": {
        "schema": {"type": "string", "enum": [RESULT]},
        "operation": {"type": "string", "enum": ["error"]},
        "errors": {
            "type": "array",
            "items": {"type": "object", "required": ["path", "message"], "properties": {"path": {"type": "string"}, "message": {"type": "string"}}},
        },
    },
    "description": "Where the case is not one, and what to do.",
}


class EvaluateThrottle(UserRateThrottle):
    scope = "evaluate"
    rate = "60/min"


class CaseParser(BaseParser):
    """Hands on the bytes, one more than allowed at most: the vocabulary reads JSON more strictly than the API does."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> dict[str, bytes]:
        return {"source": stream.read(MOST_BYTES + 1)}


class EvaluateView(APIView):
    """POST: evaluate a case: standing in a cycle, the value of components, cycle dates, completion, or awards.

    The answer is, byte for byte, what `manage.py evaluate_standing` prints. A bad case is answered with 422 and a list of what is
    wrong with it, one that is too large with 413.
    """

    permission_classes = [IsAuthenticated]
    parser_classes = [CaseParser]
    throttle_classes = [EvaluateThrottle]

    @extend_schema(request={"application/json": CASE_SCHEMA}, responses={200: RESULT_SCHEMA, 413: ERROR_SCHEMA, 422: ERROR_SCHEMA})
    def post(self, request: Request) -> HttpResponse:
        sent: Any = request.data  # empty when nothing was sent
        source = sent.get("source", b"")
        if len(source) > MOST_BYTES:
            return _answer(error_result([Fault("$", f"A case sent here is at most {MOST_BYTES // 1024} kB; leave out what it does not need.")]), 413)
        try:
            case = parse(source)
        except NotACase as error:
            return _answer(error_result([error.fault]), 422)
        if faults := _too_many(case):
            return _answer(error_result(faults), 413)
        result = evaluate(case)
        return _answer(result, 422 if is_error(result) else 200)


def _too_many(case: Any) -> list[Fault]:
    if not isinstance(case, dict):
        return []
    faults = _above("$", case, MOST_OF)
    for index, rule in enumerate(_list(case, "rules")[: MOST_OF["rules"]]):
        if isinstance(rule, dict):
            faults += _above(f"$.rules[{index}]", rule, MOST_OF_A_RULE)
            if _choices(rule) * max(1, len(_list(case, "evaluate"))) > MOST_CHOICES:
                faults.append(
                    Fault(f"$.rules[{index}].distinct", "There are too many choices of categories for a case sent here; list fewer, or fewer cycles.")
                )
            if _sorts(rule) * max(1, len(_list(case, "evaluate"))) > MOST_SORTS:
                faults.append(
                    Fault(f"$.rules[{index}]", "Its matches tell too many sorts of credit apart for a case sent here; use fewer sizes, dates and categories.")
                )
    return faults


def _above(path: str, given: dict[str, Any], most: dict[str, int]) -> list[Fault]:
    counts = {name: len(_list(given, name)) for name in most}
    return [
        Fault(f"{path}.{name}", f"A case sent here has at most {most[name]} of these, not {count}; send it in parts.")
        for name, count in counts.items()
        if count > most[name]
    ]


def _choices(rule: dict[str, Any]) -> int:
    distinct = rule.get("distinct")
    least = distinct.get("min") if isinstance(distinct, dict) else None
    return comb(len(_list(distinct, "categories")), least) if isinstance(least, int) and least > 0 else 0


def _sorts(rule: dict[str, Any]) -> int:
    """Sorts of unit the rule tells apart: twice as many with each category that is wanted by one match and shunned by another."""
    minima, caps = _matches(rule, "minima"), _matches(rule, "caps")
    distinct = rule.get("distinct")
    wanted = _names(minima, "categories") | _names(caps, "without") | (_names([distinct], "categories") if isinstance(distinct, dict) else set())
    either = wanted & (_names(minima, "without") | _names(caps, "categories"))
    both = [*minima, *caps]
    edges = [_edges(both, "size"), _edges(both, "dated"), {str(match.get("hands_on_fraction_min")) for match in both} - {"None"}]
    return int(2 ** min(len(either), 64) * prod(1 + len(found) for found in edges))


def _matches(rule: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = (row.get("match") for row in _list(rule, name) if isinstance(row, dict))
    return [match for match in found if isinstance(match, dict)]


def _names(matches: list[dict[str, Any]], name: str) -> set[str]:
    return {label for match in matches for label in _list(match, name) if isinstance(label, str)}


def _edges(matches: list[dict[str, Any]], name: str) -> set[str]:
    ranges = (match.get(name) for match in matches)
    return {str(edge) for found in ranges if isinstance(found, dict) for edge in found.values()}


def _list(given: Any, name: str) -> list[Any]:
    found = given.get(name)
    return found if isinstance(found, list) else []


def _answer(result: dict[str, Any], status: int) -> HttpResponse:
    return HttpResponse(f"{dumps(result)}\n", content_type="application/json", status=status)
