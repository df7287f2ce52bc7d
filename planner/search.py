"""The search for a route: which of the things on offer close every gap, at the least cost, travel or time.

Pure: whole numbers, fractions and keys in, keys out; days are ordinals. How much of a gap a set of things leaves open is
asked of a function, so nothing here knows a board's rule. The answer is the best one (branch and bound, decision 0032)
as long as more credit never makes a gap wider and nothing closes more of a gap than it has units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from planner.bounds import Bounds, Demand

Remaining = Callable[[str, frozenset[str]], Fraction]
"""What is still needed for a gap once the things with these keys are completed."""

CHEAPEST, NEAREST, SOONEST = "cheapest", "nearest", "soonest"
# What counts first, second, third; the number of things always breaks the tie.
ORDER = {CHEAPEST: ("cents", "travel_m", "day"), NEAREST: ("travel_m", "cents", "day"), SOONEST: ("day", "cents", "travel_m")}
MOST_QUESTIONS = 20_000


@dataclass(frozen=True)
class Candidate:
    """A workshop or a course that can be taken. `units` has the most it counts for each gap it can still help.

    `kind` names what it is good for; the search is the quicker the better it tells kinds apart, and right whatever it says.
    """

    key: str
    units: Mapping[str, Fraction]
    day: int
    activity: str = ""
    travel_m: int = 0
    minutes: int = 0
    due: int = 0
    clashes: frozenset[str] = frozenset()
    kind: str = ""


@dataclass(frozen=True)
class Product:
    """One way to pay for some of them. With `period_days` it is paid again for each period that the home study takes."""

    key: str
    cents: int
    opens: frozenset[str]
    period_days: int = 0


@dataclass(frozen=True)
class Problem:
    """Gaps (what each needs with all that is booked counted in), the candidates, and how they are paid for.

    `owned` needs no payment any more. `minutes_begun` of home study come before any other; nothing is done before
    `floor`, the last day of what is booked. No two candidates of one activity are ever in one answer.
    """

    needed: Mapping[str, Fraction]
    candidates: tuple[Candidate, ...]
    today: int
    products: tuple[Product, ...] = ()
    owned: frozenset[str] = frozenset()
    minutes_per_week: int = 240
    minutes_begun: int = 0
    floor: int = 0

    def study_days(self, minutes: int) -> int:
        return -(-minutes * 7 // self.minutes_per_week)

    @cached_property
    def sold(self) -> dict[str, list[Product]]:
        found: dict[str, list[Product]] = {}
        for product in self.products:
            for key in product.opens:
                found.setdefault(key, []).append(product)
        return found


@dataclass(frozen=True)
class Answer:
    """A set of candidates, the first to be done first, and what it leaves open. `is_proven`: no other set is better."""

    keys: tuple[str, ...]
    remaining: Mapping[str, Fraction]
    cents: int
    travel_m: int
    day: int
    products: tuple[str, ...]
    is_proven: bool = True

    @property
    def is_closing(self) -> bool:
        return not any(self.remaining.values())


class _Spent(Exception):
    """As many questions were asked as are allowed."""


@dataclass(frozen=True)
class _Measured:
    """A set and how good it is; `rank` is smaller for a better one."""

    members: tuple[Candidate, ...]
    remaining: Mapping[str, Fraction]
    short: Fraction
    cents: int
    travel_m: int
    day: int
    products: tuple[str, ...]
    rank: tuple[Fraction | int, ...]


def best_set(problem: Problem, remaining: Remaining, goal: str, *, most_questions: int = MOST_QUESTIONS) -> Answer:
    """The best set for `goal`. When none closes every gap, the best of those that come nearest to it.

    Stops after `most_questions` different questions to `remaining` with the best set found until then, not proven.
    """
    search = _Search(problem, remaining, goal, most_questions)
    is_proven = search.run()
    best = search.best
    keys = tuple(member.key for member in sorted(best.members, key=lambda member: (member.day, member.key)))
    return Answer(keys, best.remaining, best.cents, best.travel_m, best.day, best.products, is_proven)


def price_of(problem: Problem, members: tuple[Candidate, ...]) -> tuple[int, tuple[str, ...]]:
    """The least that `members` cost together, and the products that are bought for it."""
    days = problem.study_days(problem.minutes_begun + sum(member.minutes for member in members))
    wanted = frozenset(member.key for member in members) - problem.owned
    return _cover(problem, wanted, days, {})


def _cover(problem: Problem, wanted: frozenset[str], days: int, known: dict[frozenset[str], tuple[int, tuple[str, ...]]]) -> tuple[int, tuple[str, ...]]:
    if not wanted:
        return 0, ()
    if wanted not in known:
        first = min(wanted, key=lambda key: (len(problem.sold[key]), key))
        ways = []
        for product in problem.sold[first]:
            rest, bought = _cover(problem, wanted - product.opens, days, known)
            ways.append((rest + _cents(product, days), tuple(sorted((product.key, *bought)))))
        known[wanted] = min(ways)
    return known[wanted]


def _cents(product: Product, days: int) -> int:
    return product.cents * max(1, -(-days // product.period_days)) if product.period_days else product.cents


def in_time(problem: Problem, members: tuple[Candidate, ...]) -> bool:
    """Whether the home study of `members` can be done by the days it is due, what is due first studied first."""
    minutes = problem.minutes_begun
    for member in sorted((member for member in members if member.minutes), key=lambda member: member.due):
        minutes += member.minutes
        if problem.today + problem.study_days(minutes) > member.due:
            return False
    return True


@dataclass
class _Search:
    problem: Problem
    ask: Remaining
    goal: str
    most_questions: int
    best: _Measured = field(init=False)
    _answers: dict[tuple[str, frozenset[str]], Fraction] = field(default_factory=dict, init=False)
    _prices: dict[tuple[frozenset[str], int], tuple[int, tuple[str, ...]]] = field(default_factory=dict, init=False)

    def run(self) -> bool:
        """Search; False when it had to stop before it was done."""
        nothing = self._measure(())
        self.best = nothing
        if nothing.short == 0:
            return True
        try:
            self._begin_greedily()
            self._prepare()
            self._branch(nothing, 0)
        except _Spent:
            return False
        return True

    # What a set is worth

    def _remaining(self, gap: str, keys: frozenset[str]) -> Fraction:
        if (gap, keys) not in self._answers:
            if len(self._answers) >= self.most_questions:
                raise _Spent
            self._answers[gap, keys] = self.ask(gap, keys)
        return self._answers[gap, keys]

    def _left(self, members: tuple[Candidate, ...]) -> dict[str, Fraction]:
        """What each gap still needs; only the members that can help a gap are asked about."""
        found = {}
        for gap, needed in self.problem.needed.items():
            keys = frozenset(member.key for member in members if gap in member.units)
            found[gap] = self._remaining(gap, keys) if keys else needed
        return found

    def _short(self, left: Mapping[str, Fraction]) -> Fraction:
        """How much is open, each gap as a share of what it needs."""
        return sum((left[gap] / needed for gap, needed in self.problem.needed.items() if needed), Fraction(0))

    def _measure(self, members: tuple[Candidate, ...]) -> _Measured:
        left = self._left(members)
        cents, products = self._price(members)
        values: dict[str, int] = {"cents": cents, "travel_m": sum(member.travel_m for member in members), "day": self._day(members)}
        short = self._short(left)
        rank: tuple[Fraction | int, ...] = (short, *(values[name] for name in ORDER[self.goal]), len(members))
        return _Measured(members, left, short, cents, values["travel_m"], values["day"], products, rank)

    def _price(self, members: tuple[Candidate, ...]) -> tuple[int, tuple[str, ...]]:
        key = frozenset(member.key for member in members) - self.problem.owned, sum(member.minutes for member in members)
        if key not in self._prices:
            self._prices[key] = price_of(self.problem, members)
        return self._prices[key]

    def _day(self, members: tuple[Candidate, ...]) -> int:
        studied = self._studied(sum(member.minutes for member in members))
        return max(self.problem.floor, studied, *(member.day for member in members)) if members else self.problem.floor

    def _studied(self, minutes: int) -> int:
        """The day on which so much more home study is done, after what is begun; 0 for none."""
        return self.problem.today + self.problem.study_days(self.problem.minutes_begun + minutes) if minutes else 0

    def _fits(self, members: tuple[Candidate, ...], other: Candidate) -> bool:
        if any(other.key in member.clashes or (other.activity and other.activity == member.activity) for member in members):
            return False
        return in_time(self.problem, (*members, other))

    # A first answer, so that there is something to be better than

    def _begin_greedily(self) -> None:
        chosen = self.best
        while chosen.short:
            steps = [
                self._measure((*chosen.members, other))
                for other in self.problem.candidates
                if other not in chosen.members and self._fits(chosen.members, other)
            ]
            steps = [step for step in steps if step.short < chosen.short]
            if not steps:
                break
            chosen = min(steps, key=lambda step: (self._pace(chosen, step), step.rank))
        for member in chosen.members:
            fewer = self._measure(tuple(other for other in chosen.members if other != member))
            if fewer.short <= chosen.short:
                chosen = fewer
        self.best = min(self.best, chosen, key=lambda found: found.rank)

    def _pace(self, before: _Measured, after: _Measured) -> Fraction:
        """What a step costs, in the goal's own measure, for each share of the gaps it closes."""
        more = getattr(after, ORDER[self.goal][0]) - getattr(before, ORDER[self.goal][0])
        return Fraction(more) / (before.short - after.short)

    # Branch and bound

    def _prepare(self) -> None:
        """Put the candidates into the order in which they are tried, and find what every set has to take from each kind."""
        whole = self._short(self.problem.needed)
        first, second = [name for name in ORDER[self.goal] if name != "day"]

        def place(candidate: Candidate) -> tuple[Fraction | int | str | bool, ...]:
            """What costs something comes first: once only free things are left, what counts first is settled."""
            gain = whole - self._short(self._left((candidate,)))
            costs = {"cents": self._least_price(candidate), "travel_m": candidate.travel_m}
            return (
                not costs[first],
                not costs[second],
                Fraction(costs[first] or costs[second]) / gain if gain else whole,
                not gain,
                candidate.day,
                candidate.key,
            )

        self._items = sorted(self.problem.candidates, key=place)
        self._place = {item.key: place for place, item in enumerate(self._items)}
        self._most = self._short(self._left(tuple(self._items)))
        costs = {
            "cents": [self._least_price(item) for item in self._items],
            "travel_m": [item.travel_m for item in self._items],
            "minutes": [item.minutes for item in self._items],
            "count": [1 for _ in self._items],
        }
        self._bounds = Bounds(costs, [item.activity or item.key for item in self._items])
        self._demands: dict[Fraction, list[list[Demand]]] = {}
        self._first_days: dict[Fraction, int] = {}

    def _least_price(self, candidate: Candidate) -> int:
        """No set that holds it pays less for it than this: a product's price is shared by all it could be bought for."""
        if candidate.key in self.problem.owned:
            return 0
        every = frozenset(other.key for other in self.problem.candidates) - self.problem.owned
        return min(product.cents // len(product.opens & every) for product in self.problem.sold[candidate.key])

    def _demands_for(self, short: Fraction) -> list[list[Demand]]:
        """What a set takes that leaves no more than `short` open: lists of demands, each of which holds by itself."""
        if short not in self._demands:
            self._demands[short] = self._work_out(short)
        return self._demands[short]

    def _work_out(self, short: Fraction) -> list[list[Demand]]:
        every = frozenset(range(len(self._items)))
        kinds: dict[str, set[int]] = {}
        for place, item in enumerate(self._items):
            kinds.setdefault(item.kind, set()).add(place)
        groups = [frozenset(places) for _, places in sorted(kinds.items())]
        without = {group: self._left(tuple(item for place, item in enumerate(self._items) if place not in group)) for group in groups}
        if short:  # not every gap is closed, so only their sum is known
            weights = [_up(self._share(item)) for item in self._items]
            by_group = [Demand(group, weights, _down(self._short(left) - short)) for group, left in without.items()]
            return [[Demand(every, weights, _down(self._short(self.problem.needed) - short))], by_group]
        found = []
        for gap, needed in self.problem.needed.items():
            weights = [_up(item.units.get(gap, Fraction(0))) for item in self._items]
            found += [[Demand(every, weights, _down(needed))], [Demand(group, weights, _down(left[gap])) for group, left in without.items()]]
        return found

    def _share(self, item: Candidate) -> Fraction:
        return sum((item.units[gap] / needed for gap, needed in self.problem.needed.items() if needed and gap in item.units), Fraction(0))

    def _first_day(self, short: Fraction) -> int:
        """Before this day not even all candidates together leave no more than `short` open."""
        if short not in self._first_days:
            days = sorted({item.day for item in self._items})
            low, high = 0, len(days) - 1
            while low < high:
                middle = (low + high) // 2
                if self._short(self._left(tuple(item for item in self._items if item.day <= days[middle]))) <= short:
                    high = middle
                else:
                    low = middle + 1
            self._first_days[short] = days[low]
        return self._first_days[short]

    def _branch(self, chosen: _Measured, start: int) -> None:
        for place in range(start, len(self._items)):
            if not self._can_improve(chosen, place):
                return
            item = self._items[place]
            if not self._fits(chosen.members, item):
                continue
            members = (*chosen.members, item)
            if not self._is_promising(members, place + 1):
                continue
            more = self._measure(members)
            if more.rank < self.best.rank:
                self.best = more
            if more.short and self._can_improve(more, place + 1):
                self._branch(more, place + 1)

    def _can_improve(self, chosen: _Measured, start: int) -> bool:
        """Whether some set of `chosen` and items from `start` on may still be better than the best one."""
        if start >= len(self._items) or not self._is_promising(chosen.members, start):
            return False
        return self._short(self._left((*chosen.members, *self._items[start:]))) <= self.best.short

    def _is_promising(self, members: tuple[Candidate, ...], start: int) -> bool:
        """The same by the bounds alone, without a question: they say nothing while more could be closed than the best set does."""
        if self.best.short != self._most:
            return True
        chosen = frozenset(self._place[member.key] for member in members)
        least = {"cents": self._price(members)[0], "travel_m": 0, "minutes": 0, "count": len(members)}
        for name in least:
            spent = self._bounds.spent(name, chosen)
            for demands in self._demands_for(self.best.short):
                more = self._bounds.more(name, demands, chosen, start)
                if more is None:
                    return False
                least[name] = max(least[name], spent + more)
        least["day"] = max(self._day(members), self._first_day(self.best.short), self._studied(least["minutes"]))
        return (self.best.short, *(least[name] for name in ORDER[self.goal]), least["count"]) < self.best.rank


SCALE = 1_000_000


def _up(amount: Fraction) -> int:
    """In millionths, never less than it is."""
    return -(-amount.numerator * SCALE // amount.denominator)


def _down(amount: Fraction) -> int:
    return amount.numerator * SCALE // amount.denominator
