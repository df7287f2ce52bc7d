"""What is still owed after deposits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from payments.models import Balance, Order


def balances_of(order: Order) -> list[Balance]:
    """What each line of `order` still owes, or owed; for an order of a rest, that rest."""
    lines = Q(line__order=order) | Q(line__additions__order=order)
    return list(Balance.objects.filter(lines).with_lines().distinct().order_by("pk"))


def owed_by(user: User) -> list[Balance]:
    """What a person still has to pay, as who paid the deposit or as who has the place; the first day first. One query."""
    found = Balance.objects.owed().filter(Q(line__order__user=user) | Q(line__beneficiary=user))
    return list(found.with_lines().order_by("due_on", "pk"))


@dataclass(frozen=True)
class AllRests:
    """What is owed for several people of one order, for the one who can pay it at once."""

    balance: Balance  # any of them
    people: int
    total_cents: int
    currency: str


def all_rests(balances: Collection[Balance], user: User) -> AllRests | None:
    """Of `balances` (with their lines), all of one order; None unless `user` paid the deposit of two or more that are owed."""
    owed = [balance for balance in balances if balance.is_owed and balance.line.order.user_id == user.pk]
    if len(owed) < 2:
        return None
    return AllRests(owed[0], len(owed), sum(balance.amount_cents for balance in owed), owed[0].line.order.currency)


def owed_for(subject: str, people: Collection[int] | None = None) -> dict[int, Balance]:
    """By person: what is still owed for their place in `subject`. One query."""
    rows = Balance.objects.owed().filter(line__subject=subject).select_related("line__order")
    if people is not None:
        rows = rows.filter(line__beneficiary__in=people)
    return {balance.line.beneficiary_id or 0: balance for balance in rows}


def unpaid_of(lines: Collection[int]) -> dict[int, Balance]:
    """By line: what is still owed, or was let off: a place counts for its whole price all the same. One query."""
    rows = Balance.objects.filter(line__in=lines, state__in=[Balance.State.DUE, Balance.State.WAIVED])
    return {balance.line_id: balance for balance in rows}
