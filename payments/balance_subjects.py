"""The rest after a deposit, as payments sells it: subjects `"balance:<pk>"`. Paying it gives no access; it keeps one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments import subjects
from payments.models import Balance
from payments.services.balances import BalanceRefused, check_still_owed, settle_balance
from payments.subjects import Consequence, Place, SubjectKind


class BalanceKind(SubjectKind):
    prefix = "balance"
    title = gettext_lazy("Rest after a deposit")
    is_scarce = True
    is_granted = False
    tax_code = "txcd_20060044"  # as the seat itself

    def titles(self, names: Collection[str]) -> dict[str, str]:
        found = Balance.objects.filter(pk__in=[_key(name) for name in names]).select_related("line")
        return {balance.subject: _("Rest: %(title)s") % {"title": balance.line.title} for balance in found}

    def url(self, subject: str) -> str:
        balance = _find(subject)
        return subjects.kind_of(balance.line.subject).url(balance.line.subject) if balance else ""

    def again_url(self, subject: str) -> str:
        balance = _find(subject)
        return balance.get_absolute_url() if balance else ""

    def place(self, subject: str) -> Place | None:
        balance = _find(subject)
        return subjects.kind_of(balance.line.subject).place(balance.line.subject) if balance else None

    def consequences(self, user: Any, subject: str) -> list[Consequence]:
        balance = _find(subject)
        return subjects.kind_of(balance.line.subject).consequences(user, balance.line.subject) if balance else []

    def reserve(self, *, user: Any, subject: str, reference: str, until: datetime) -> None:
        balance = _find(subject)
        if balance is None:
            raise BalanceRefused(_("Nothing is to be paid here any more."), code="nothing_owed")
        check_still_owed(balance=balance, reference=reference)

    def confirm(self, *, user: Any, subject: str, reference: str) -> bool:
        balance = _find(subject)
        return balance is not None and settle_balance(balance=balance, reference=reference)


def _key(subject: str) -> int:
    prefix, _colon, key = subject.partition(":")
    return int(key) if prefix == BalanceKind.prefix and key.isdecimal() else 0


def _find(subject: str) -> Balance | None:
    return Balance.objects.with_lines().filter(pk=_key(subject)).first()
