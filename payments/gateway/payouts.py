"""What the payment provider sent to the school's bank account."""

from __future__ import annotations

from typing import Any

from payments.gateway.client import answers, client

PAGE = 25


def list_payouts(*, after: str = "") -> dict[str, Any]:
    """A page of payouts, the latest first: `{"data": [...], "has_more": bool}`; `after` is the last id of the page before."""
    params: Any = {"limit": PAGE} | ({"starting_after": after} if after else {})
    with answers():
        return client().payouts.list(params).to_dict()


def retrieve_payout(*, payout_id: str) -> dict[str, Any]:
    with answers():
        return client().payouts.retrieve(payout_id).to_dict()


def list_payout_transactions(*, payout_id: str, after: str = "") -> dict[str, Any]:
    """A page of the balance transactions that made up one payout, each with its source's id."""
    params: Any = {"limit": 100, "payout": payout_id} | ({"starting_after": after} if after else {})
    with answers():
        return client().balance_transactions.list(params).to_dict()
