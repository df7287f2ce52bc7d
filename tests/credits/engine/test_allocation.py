"""The allocation: worked cases by hand, and random ones beside an optimiser that shares no code with it."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from random import Random

from credits.engine.allocation import allocate, least_total
from tests.credits.engine import independent
from tests.credits.engine.allocation_cases import random_problem


def differences(problem) -> list[str] | None:
    """What the engine and the independent optimiser say differently; None when nothing can do what the case asks."""
    least = independent.least_total(problem)
    if least is None:
        return None
    if least_total(problem) != least:
        return [f"least_total {least_total(problem)} is not {least}"]
    problem = replace(problem, required=max(problem.required, least))
    theirs = independent.allocate(problem)
    if theirs is None:
        return None
    ours = allocate(problem)
    return [
        f"{part.name}: {getattr(ours, part.name)} is not {getattr(theirs, part.name)}"
        for part in fields(ours)
        if getattr(ours, part.name) != getattr(theirs, part.name)
    ]


def test_random_cases_agree_with_an_independent_optimiser():
    seed = int(os.environ.get("ALLOCATION_SEED", "5"))
    random = Random(seed)
    compared = 0
    for number in range(300):
        found = differences(random_problem(random))
        assert not found, f"ALLOCATION_SEED={seed}, case {number}: {found}"
        compared += found is not None
    assert compared > 200
