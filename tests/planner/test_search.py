"""The search for a route against trying every set."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import pytest

from planner.search import CHEAPEST, NEAREST, ORDER, SOONEST, Answer, Candidate, Problem, Product, best_set, in_time, price_of

GOALS = (CHEAPEST, NEAREST, SOONEST)
TODAY = 1000


@dataclass(frozen=True)
class Credit:
    """What a candidate gives, for the stand-in of a board below."""

    units: Fraction
    topic: str
    is_home: bool


@dataclass(frozen=True)
class StandIn:
    """A board with a total, topics that ask for a part of it, and a cap on home study: what a set leaves open."""

    total: Fraction
    topics: dict[str, Fraction]
    home_cap: Fraction
    credits: dict[str, Credit]

    def needed(self, keys: frozenset[str]) -> Fraction:
        general = self.total - sum(self.topics.values())
        here = {topic: Fraction(0) for topic in self.topics}
        rest = Fraction(0)
        home = {topic: Fraction(0) for topic in (*self.topics, "")}
        for key in keys:
            credit = self.credits[key]
            if credit.is_home:
                home[credit.topic if credit.topic in self.topics else ""] += credit.units
            elif credit.topic in here:
                here[credit.topic] += credit.units
            else:
                rest += credit.units
        filled = sum((min(self.topics[topic], units) for topic, units in here.items()), Fraction(0))
        rest += sum((max(Fraction(0), units - self.topics[topic]) for topic, units in here.items()), Fraction(0))
        to_topics = sum((min(self.topics[topic] - min(self.topics[topic], here[topic]), home[topic]) for topic in self.topics), Fraction(0))
        open_general = general - min(general, rest)
        at_home = min(self.home_cap, to_topics + min(open_general, sum(home.values(), Fraction(0)) - to_topics))
        return self.total - filled - min(general, rest) - at_home


def random_problem(seed: int) -> tuple[Problem, dict[str, StandIn]]:
    """Up to nine candidates, one or two boards, with products, bundles, a membership, clashes and dates that are due."""
    rng = random.Random(seed)
    count = rng.randint(3, 9)
    boards: dict[str, StandIn] = {}
    keys = [f"item:{place}" for place in range(count)]
    for board in ("a", "b")[: rng.randint(1, 2)]:
        topics = {topic: Fraction(rng.randint(1, 4)) for topic in ("ethics", "technique")[: rng.randint(0, 2)]}
        total = sum(topics.values(), Fraction(0)) + rng.randint(1, 8)
        credits = {
            key: Credit(Fraction(rng.randint(1, 12), rng.choice([1, 2])), rng.choice(["ethics", "technique", "other"]), rng.random() < 0.4) for key in keys
        }
        boards[board] = StandIn(Fraction(total), topics, Fraction(rng.randint(0, 8)), credits)
    candidates, products = [], []
    for place, key in enumerate(keys):
        is_home = rng.random() < 0.4
        clashes = frozenset(other for other in keys if other != key and rng.random() < 0.08)
        units = {name: board.credits[key].units for name, board in boards.items() if rng.random() < 0.9}
        candidates.append(
            Candidate(
                key=key,
                units=units,
                day=TODAY + rng.randint(1, 60),
                activity=f"activity:{rng.randint(0, count)}" if rng.random() < 0.5 else "",
                travel_m=0 if is_home else rng.randint(0, 5) * 50_000,
                minutes=rng.randint(1, 9) * 60 if is_home else 0,
                due=TODAY + rng.randint(10, 80),
                clashes=clashes,
                kind=rng.choice(["", "home" if is_home else "here", f"kind:{rng.randint(0, 3)}"]),
            )
        )
        products.append(Product(f"product:{place}", rng.choice([0, 0, 4900, 9900, 15000]), frozenset([key])))
    products.append(Product("bundle", rng.randint(1, 30) * 500, frozenset(rng.sample(keys, rng.randint(1, count)))))
    homely = frozenset(candidate.key for candidate in candidates if candidate.minutes)
    if homely:
        products.append(Product("membership", rng.randint(1, 30) * 100, homely, period_days=30))
    both = {candidate.key: candidate.clashes | {other.key for other in candidates if candidate.key in other.clashes} for candidate in candidates}
    problem = Problem(
        needed={name: board.needed(frozenset()) for name, board in boards.items()},
        candidates=tuple(Candidate(**{**vars(candidate), "clashes": frozenset(both[candidate.key])}) for candidate in candidates),
        today=TODAY,
        products=tuple(products),
        owned=frozenset(key for key in keys if rng.random() < 0.1),
        minutes_per_week=rng.choice([120, 240]),
        minutes_begun=rng.choice([0, 120]),
        floor=rng.choice([0, TODAY + 20]),
    )
    return problem, boards


def rank(problem: Problem, boards: dict[str, StandIn], members: tuple[Candidate, ...], goal: str) -> tuple:
    """How good a set is, computed without the search."""
    left = {name: board.needed(frozenset(m.key for m in members if name in m.units)) for name, board in boards.items()}
    short = sum((left[name] / needed for name, needed in problem.needed.items() if needed), Fraction(0))
    minutes = sum(member.minutes for member in members)
    days = [problem.floor, *(member.day for member in members)]
    if minutes:
        days.append(TODAY - (-(problem.minutes_begun + minutes) * 7 // problem.minutes_per_week))
    values = {"cents": cheapest(problem, members), "travel_m": sum(member.travel_m for member in members), "day": max(days) if members else problem.floor}
    return (short, *(values[name] for name in ORDER[goal]), len(members))


def cheapest(problem: Problem, members: tuple[Candidate, ...]) -> int:
    """Every choice of products that opens what is not owned."""
    wanted = {member.key for member in members} - problem.owned
    days = -(-(problem.minutes_begun + sum(member.minutes for member in members)) * 7 // problem.minutes_per_week)
    sums = []
    for size in range(len(problem.products) + 1):
        for bought in combinations(problem.products, size):
            if wanted <= set().union(*(product.opens for product in bought)):
                sums.append(sum(p.cents * (max(1, -(-days // p.period_days)) if p.period_days else 1) for p in bought))
        if not wanted:
            break
    return min(sums)


def brute_force(problem: Problem, boards: dict[str, StandIn], goal: str) -> tuple:
    found = []
    for size in range(len(problem.candidates) + 1):
        for members in combinations(problem.candidates, size):
            pairs = list(combinations(members, 2))
            if any(b.key in a.clashes or (a.activity and a.activity == b.activity) for a, b in pairs) or not in_time(problem, members):
                continue
            found.append(rank(problem, boards, members, goal))
    return min(found)


def solve(problem: Problem, boards: dict[str, StandIn], goal: str, **more: int) -> Answer:
    return best_set(problem, lambda gap, keys: boards[gap].needed(keys), goal, **more)


@pytest.mark.parametrize("seed", range(60))
def test_the_answer_is_the_best_of_all_sets(seed):
    problem, boards = random_problem(seed)
    by_key = {candidate.key: candidate for candidate in problem.candidates}

    for goal in GOALS:
        answer = solve(problem, boards, goal)
        members = tuple(by_key[key] for key in answer.keys)

        assert answer.is_proven
        assert rank(problem, boards, members, goal) == brute_force(problem, boards, goal), (seed, goal)
        assert (answer.cents, answer.day, answer.travel_m) == (cheapest(problem, members), answer.day, sum(m.travel_m for m in members))


def test_some_of_the_random_problems_close_and_some_do_not():
    answers = [solve(*random_problem(seed), CHEAPEST) for seed in range(60)]

    assert 10 < sum(answer.is_closing for answer in answers) < 50


def board(total: int, home_cap: int = 100, **topics: int) -> StandIn:
    return StandIn(Fraction(total), {topic: Fraction(units) for topic, units in topics.items()}, Fraction(home_cap), {})


def item(key: str, units: int, **values) -> Candidate:
    return Candidate(key=key, units={"a": Fraction(units)}, **{"day": TODAY + 10, "due": TODAY + 365, **values})


def problem_of(*items: Candidate, needed: int = 6, products: tuple[Product, ...] = (), **values) -> Problem:
    alone = products or tuple(Product(candidate.key, 5000, frozenset([candidate.key])) for candidate in items)
    return Problem(needed={"a": Fraction(needed)}, candidates=items, today=TODAY, products=alone, **values)


def units_left(problem: Problem):
    units = {candidate.key: candidate.units["a"] for candidate in problem.candidates}
    return lambda gap, keys: max(Fraction(0), problem.needed[gap] - sum(units[key] for key in keys))


def test_nothing_is_proposed_when_nothing_is_missing():
    problem = problem_of(item("one", 6), needed=0)

    answer = best_set(problem, units_left(problem), CHEAPEST)

    assert (answer.keys, answer.cents, answer.is_closing, answer.is_proven) == ((), 0, True, True)


def test_what_can_not_be_closed_is_closed_as_far_as_it_goes_and_the_rest_is_said():
    problem = problem_of(item("one", 2), item("two", 3), needed=6)

    answer = best_set(problem, units_left(problem), CHEAPEST)

    assert (answer.keys, answer.remaining, answer.is_closing) == (("one", "two"), {"a": Fraction(1)}, False)


def test_two_dates_of_one_activity_are_never_proposed_together():
    problem = problem_of(item("may", 3, activity="knee"), item("june", 3, activity="knee"), item("jaw", 3, activity="jaw", day=TODAY + 5), needed=6)

    assert set(best_set(problem, units_left(problem), CHEAPEST).keys) in ({"may", "jaw"}, {"june", "jaw"})


def test_a_bundle_is_bought_where_it_costs_less_than_its_parts():
    items = (item("one", 3), item("two", 3), item("three", 6))
    products = (
        *(Product(i.key, cents, frozenset([i.key])) for i, cents in zip(items, (5000, 5000, 9000), strict=True)),
        Product("both", 8000, frozenset(["one", "two"])),
    )
    problem = problem_of(*items, products=products)

    answer = best_set(problem, units_left(problem), CHEAPEST)

    assert (answer.keys, answer.cents, answer.products) == (("one", "two"), 8000, ("both",))


def test_a_membership_is_paid_for_as_long_as_the_study_takes():
    study = item("study", 6, minutes=16 * 60)
    problem = problem_of(study, products=(Product("month", 1900, frozenset(["study"]), period_days=30),), minutes_per_week=120)

    assert price_of(problem, (study,)) == (2 * 1900, ("month",))


def test_home_study_that_can_not_be_done_in_time_is_not_proposed():
    problem = problem_of(item("long", 6, minutes=40 * 60, due=TODAY + 30), item("short", 6, minutes=4 * 60, due=TODAY + 30), minutes_per_week=240)

    assert best_set(problem, units_left(problem), CHEAPEST).keys == ("short",)


def test_the_soonest_counts_all_home_study_one_after_the_other():
    problem = problem_of(item("first", 3, minutes=480), item("second", 3, minutes=480), item("workshop", 6, day=TODAY + 21), minutes_per_week=240)

    answer = best_set(problem, units_left(problem), SOONEST)

    assert (answer.keys, answer.day) == (("workshop",), TODAY + 21)


def test_a_search_that_must_stop_says_that_nothing_is_proven():
    problem = problem_of(*(item(f"item:{place}", 1 + place % 3) for place in range(14)), needed=12)

    answer = best_set(problem, units_left(problem), CHEAPEST, most_questions=40)

    assert not answer.is_proven
    assert set(answer.keys) <= {candidate.key for candidate in problem.candidates}


def test_thirty_candidates_are_searched_with_few_questions():
    """The bounds do the work: trying every set of four would take 27,000 questions."""
    rng = random.Random(7)
    items = tuple(
        item(f"item:{place:02}", rng.choice([2, 3, 4, 6]), travel_m=rng.randint(1, 400) * 1000, day=TODAY + rng.randint(5, 200)) for place in range(30)
    )
    products = tuple(Product(i.key, rng.randint(20, 200) * 100, frozenset([i.key])) for i in items)
    problem = problem_of(*items, needed=16, products=products)
    asked = []
    left = units_left(problem)

    def counting(gap: str, keys: frozenset[str]) -> Fraction:
        asked.append(keys)
        return left(gap, keys)

    for goal in GOALS:
        assert best_set(problem, counting, goal).is_proven
    assert len(asked) < 6000
