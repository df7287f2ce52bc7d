"""The allocation of credits beside an independent optimiser: 20,000 random rules and histories, and what one allocation costs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from random import Random
from typing import Any

from benchmarks.rows import CannotMeasure, row
from credits.engine.allocation import Cap, Minimum, Piece, Problem, allocate
from credits.engine.matching import MODES, Match
from tests.credits.engine.allocation_cases import random_problem

CASES = 20_000
SEED = 20261123
LICENCES = 1000
BAR_MS = 3.0


def rows() -> list[dict[str, Any]]:
    try:
        from tests.credits.engine.test_allocation import differences
    except ImportError as error:
        raise CannotMeasure(f"The independent optimiser is not installed: {error}.") from error
    different = compared = 0
    for number in range(CASES):
        found = differences(random_problem(Random(SEED + number)))
        compared += found is not None
        if found:
            different += 1
            print(f"  case {SEED + number}: {found[0]}", flush=True)
    print(f"  {compared} of {CASES} rules can be kept at all", flush=True)
    return [
        row(area="credits", name="allocations that differ", ours=different, theirs=None, unit=f"of {CASES}", bar=0, better="lower"),
        row(area="credits", name="allocation, usual rule", ours=_cost(_usual), theirs=None, unit="ms CPU", bar=BAR_MS, better="lower"),
        row(area="credits", name="allocation, buckets", ours=_cost(_buckets), theirs=None, unit="ms CPU", bar=BAR_MS, better="lower"),
        row(area="credits", name="allocation, day and event caps", ours=_cost(_windows), theirs=None, unit="ms CPU", bar=BAR_MS, better="lower"),
    ]


def _cost(make: Callable[[Random], Problem]) -> float:
    """Processor time for one licence with thirty awards in its cycle."""
    random = Random(SEED)
    problems = [make(random) for _ in range(LICENCES)]
    began = time.process_time()
    for problem in problems:
        allocate(problem)
    return (time.process_time() - began) / LICENCES * 1000


def _usual(random: Random) -> Problem:
    """24 units, four minima that overlap freely, one cap on delivery."""
    minima = (_minimum("ethics", 2), _minimum("law", 1), _minimum("technique", 6), _minimum("hands_on", 12, modes=frozenset({MODES[0]})))
    return _problem(random, minima, (DELIVERY,))


def _buckets(random: Random) -> Problem:
    """Buckets that add up to the total, so that nearly every unit has a choice."""
    buckets = {"errors": 2, "law": 2, "ethics": 2, "trafficking": 1, "technique": 12}
    minima = (*(_minimum(code, units, group="bucket") for code, units in buckets.items()), Minimum("any", Match(), Fraction(5), False, None, "bucket", True))
    return _problem(random, minima, (DELIVERY,))


def _windows(random: Random) -> Problem:
    day, event = Cap("day", Match(), "calendar_day", Fraction(2), False), Cap("event", Match(), "event", Fraction(4), False)
    return _problem(random, (_minimum("ethics", 2), _minimum("law", 1)), (DELIVERY, day, event))


DELIVERY = Cap("remote", Match(modes=frozenset(MODES[2:])), "cycle", Fraction(8), False)
TOPICS = ("ethics", "law", "technique", "errors", "trafficking", "anatomy", "business")


def _minimum(code: str, units: int, *, modes: frozenset[str] | None = None, group: str | None = None) -> Minimum:
    match = Match(modes=modes) if modes else Match(categories=frozenset({code}))
    return Minimum(code, match, Fraction(units), False, None, group, True)


def _problem(random: Random, minima: tuple[Minimum, ...], caps: tuple[Cap, ...]) -> Problem:
    pieces = [_piece(random, number) for number in range(30)]
    pieces.sort(key=lambda piece: (piece.day, piece.credit))
    return Problem(Fraction(24), tuple(pieces), minima, caps, None, False, date(2025, 1, 1))


def _piece(random: Random, number: int) -> Piece:
    day, units = date(2025, random.randint(1, 12), random.randint(1, 28)), Fraction(random.randint(1, 8), 2)
    topics = frozenset(random.sample(TOPICS, random.choice((1, 1, 1, 2))))
    event = random.choice("abcdefgh")
    return Piece(f"c{number:02}", 0, "credit", day, None, units, units, random.choice(MODES), topics, Fraction(0), f"course{number}", event, True)
