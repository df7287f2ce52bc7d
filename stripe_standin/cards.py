"""Stripe's test cards and test payment methods, and what becomes of a payment with each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    number: str
    says: str  # beside it on the pay page
    brand: str = "visa"
    declines: tuple[str, str, str] | None = None  # code, decline_code, message
    disputed: bool = False
    refund: str = "succeeded"  # "fails" and "pending" end later
    attachable: bool = True

    @property
    def last4(self) -> str:
        return self.number[-4:]


def _declined(number: str, says: str, decline: str, message: str, code: str = "card_declined") -> Card:
    return Card(number, says, declines=(code, decline, message))


CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242", "pays"),
        Card("5555555555554444", "pays", "mastercard"),
        Card("378282246310005", "pays", "amex"),
        _declined("4000000000000002", "is declined", "generic_decline", "Your card was declined."),
        _declined("4000000000009995", "has no funds", "insufficient_funds", "Your card has insufficient funds."),
        _declined("4000000000000069", "has expired", "expired_card", "Your card has expired.", "expired_card"),
        _declined("4000000000000127", "fails on its security code", "incorrect_cvc", "Your card's security code is incorrect.", "incorrect_cvc"),
        _declined("4000000000000341", "can be saved, then is declined", "generic_decline", "Your card was declined."),
        Card("4000000000000259", "pays, then is disputed", disputed=True),
        Card("4000000000005126", "pays; a refund fails later", refund="fails"),
        Card("4000000000007726", "pays; a refund takes a while", refund="pending"),
    )
}
SHOWN = ("4242424242424242", "4000000000000002", "4000000000009995", "4000000000000259", "4000000000005126")
BANK_SUCCEEDS, BANK_FAILS = "bank_succeeds", "bank_fails"
BANK_TAKES_S = 2 * 86_400
TOKENS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_refundFail": "4000000000005126",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_usBankAccount": BANK_SUCCEEDS,
}


def known(number: str) -> Card | None:
    return CARDS.get("".join(letter for letter in number if letter.isdigit()))
