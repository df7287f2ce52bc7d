"""Which counted units serve which minimum (step 4d): per minimum in rule order and per piece the most, with all before kept.

How much is counted of each piece, how much of it lies inside the total and how much of each minimum is filled is settled
before, in whole numbers. Three ways lead to the one answer: first come first served where no unit must choose; the same with a look at what
later minima still need (Hall's condition) where units choose among the minima of one group, or between the total and a
minimum on top of it; and the simplex for everything else.
"""

from __future__ import annotations

from collections.abc import Sequence

from credits.engine.further import Rulings, bits
from credits.engine.simplex import Number, Table

MOST_BINS = 8  # Hall's condition looks at every subset
Serves = list[dict[int, Number]]


def serve(rules: Rulings, matched: Sequence[int], counted: Sequence[int], applied: tuple[int, int], amounts: Sequence[int]) -> tuple[Serves, list[Number]]:
    """Per piece, units by minimum; per piece, units inside the total.

    `applied` is the least and the most of them together, `amounts` what held units fill of each minimum.
    """
    held = [i for i, units in enumerate(counted) if units]
    serves: Serves = [{} for _ in counted]
    inside: list[Number] = list(counted)
    choosing = [i for i in held if len(rules.roles(matched[i])) > 1]
    bins = _bins(rules, matched, choosing)
    if bins is None or applied[0] != applied[1]:
        return _by_simplex(rules, matched, counted, applied, amounts)
    on_top, groups = bins
    if on_top:
        _on_top(on_top, held, matched, counted, applied[0], amounts, serves, inside)
    done = on_top
    for m, amount in enumerate(amounts):
        if done >> m & 1:
            continue
        group = next((members for members in groups if members >> m & 1), 0)
        if group:
            supply = {i: matched[i] & group for i in held if matched[i] & group}
            _hall({n: amounts[n] for n in bits(group)}, supply, {i: counted[i] for i in supply}, serves)
            done |= group
        else:
            _in_order(m, amount, held, matched, counted, serves, all_of_it=bool(rules.parents >> m & 1))
    return serves, inside


def _in_order(m: int, amount: int, held: Sequence[int], matched: Sequence[int], counted: Sequence[int], serves: Serves, *, all_of_it: bool) -> None:
    for i in held:
        if not amount and not all_of_it:
            return
        if matched[i] >> m & 1:
            units = counted[i] if all_of_it else min(counted[i], amount)
            serves[i][m] = units
            amount -= units


def _bins(rules: Rulings, matched: Sequence[int], choosing: Sequence[int]) -> tuple[int, list[int]] | None:
    """The minima on top, and the groups among which units choose; None where the choices hang together in other ways."""
    on_top, groups = 0, []
    for mask in {matched[i] for i in choosing}:
        on_top |= mask & rules.additional
        if mask & rules.additional and mask & ~rules.additional:
            return None
        for m in bits(mask & ~rules.additional):
            if rules.apart[m] & mask:
                group = sum(1 << n for n, other in enumerate(rules.minima) if other.group == rules.minima[m].group and not rules.additional >> n & 1)
                if group not in groups:
                    groups.append(group)
    tied = on_top | sum(groups)
    if tied & rules.parents or any(rules.ancestors[m] for m in bits(tied)) or max((group.bit_count() for group in (on_top, *groups)), default=0) > MOST_BINS:
        return None
    return on_top, groups


def _on_top(
    on_top: int,
    held: Sequence[int],
    matched: Sequence[int],
    counted: Sequence[int],
    applied: int,
    amounts: Sequence[int],
    serves: Serves,
    inside: list[Number],
) -> None:
    """Minima on top share their units with the total: the total is one more bin, filled last."""
    within = on_top.bit_length()
    supply = {i: matched[i] & on_top | 1 << within for i in held if matched[i] & on_top}
    rest = applied - sum(counted[i] for i in held if i not in supply)
    wants = {m: amounts[m] for m in bits(on_top)} | {within: rest}
    placed: Serves = [{} for _ in counted]
    _hall(wants, supply, {i: counted[i] for i in supply}, placed)
    for i in supply:
        inside[i] = placed[i].pop(within, 0)
        serves[i].update(placed[i])


def _hall(wants: dict[int, int], supply: dict[int, int], left: dict[int, int], serves: Serves) -> None:
    """Fill the bins in turn, each from the pieces in order, taking only what leaves the later bins enough.

    What is asked can be filled if and only if every set of bins has at least as much in reach as it asks for.
    """
    later = [m for m in wants if wants[m]]
    while later:
        m = later.pop(0)
        reach: dict[int, int] = {}  # units left by the bins they can go to
        for i, bins in supply.items():
            reach[bins] = reach.get(bins, 0) + left[i]
        spare = {0: 0}
        for n in later:
            spare |= {mask | 1 << n: asked + wants[n] for mask, asked in spare.items()}
        del spare[0]
        spare = {mask: sum(units for bins, units in reach.items() if bins & mask) - asked for mask, asked in spare.items()}
        for i, bins in supply.items():
            if not bins >> m & 1 or not left[i]:
                continue
            touching = [mask for mask in spare if bins & mask]
            units = min(left[i], wants[m], *(spare[mask] for mask in touching))
            if units:
                serves[i][m] = units
                left[i] -= units
                wants[m] -= units
                for mask in touching:
                    spare[mask] -= units
                if not wants[m]:
                    break


def _by_simplex(
    rules: Rulings, matched: Sequence[int], counted: Sequence[int], applied: tuple[int, int], amounts: Sequence[int]
) -> tuple[Serves, list[Number]]:
    """A variable per piece and role, and per piece and minimum what it serves."""
    held = [i for i, units in enumerate(counted) if units]
    table = Table()
    free: list[tuple[int, int, bool, int]] = []  # piece, variable, inside, serves: every role but a piece's first
    first = {i: rules.roles(matched[i])[0] for i in held}
    for i in held:
        for role in rules.roles(matched[i])[1:]:
            free.append((i, table.variable(0, None, 0), role.inside, role.serves))
    served = {(i, m): table.variable(0, counted[i], 0) for m in range(len(amounts)) if not rules.parents >> m & 1 for i in held if matched[i] >> m & 1}
    place = {variable: j for j, variable in enumerate([variable for _, variable, _, _ in free] + list(served.values()))}
    table.columns = list(place)

    def row(variable: int, coefficients: dict[int, int]) -> int:
        table.row(variable, [coefficients.get(j, 0) for j in range(len(place))])
        return variable

    for i in held:
        row(table.variable(0, None, counted[i]), {place[v]: 1 for piece, v, _, _ in free if piece == i})  # the first role has the rest
    within = row(
        table.variable(None, None, sum(counted[i] for i in held if first[i].inside)),
        {place[v]: int(first[i].inside) - int(inside) for i, v, inside, _ in free},
    )
    reached: dict[tuple[int, int], int] = {}
    for i in held:
        for m in bits(matched[i]):
            begins = first[i].serves >> m & 1
            change = {place[v]: begins - (mask >> m & 1) for piece, v, _, mask in free if piece == i}
            if (i, m) in served:  # no more is served than there are units in a role that serves it
                row(table.variable(0, None, begins * counted[i]), {**change, place[served[i, m]]: 1})
            else:
                reached[i, m] = row(table.variable(0, None, begins * counted[i]), change)
    sums = []
    for m in range(len(amounts)):
        parts: dict[int, int] = {}
        start = 0
        for i in held:
            if (i, m) in served:
                parts[place[served[i, m]]] = -1
            elif (i, m) in reached:
                start += (first[i].serves >> m & 1) * counted[i]
                for piece, v, _, mask in free:
                    if piece == i:
                        parts[place[v]] = (first[i].serves >> m & 1) - (mask >> m & 1)
        sums.append(row(table.variable(None, None, start), parts))
    least, most = applied
    table.push(within, -1, most)
    table.low[within], table.high[within] = least, most
    for m, variable in enumerate(sums):
        table.push(variable, 1, amounts[m])
        table.low[variable] = amounts[m]
        if not rules.parents >> m & 1:
            table.high[variable] = amounts[m]
    serves: Serves = [{} for _ in counted]
    for m in range(len(amounts)):
        for i in held:
            if matched[i] >> m & 1:
                variable = served[i, m] if (i, m) in served else reached[i, m]
                table.push(variable, 1, counted[i])
                table.low[variable] = table.value[variable]
                if table.value[variable]:
                    serves[i][m] = table.value[variable]
    inside: list[Number] = list(counted)
    for i in held:
        out = sum(table.value[v] for piece, v, within_total, _ in free if piece == i and not within_total)
        if not first[i].inside:
            out = counted[i] - sum(table.value[v] for piece, v, within_total, _ in free if piece == i and within_total)
        inside[i] = counted[i] - out
    return serves, inside
