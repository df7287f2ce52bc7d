"""What happens to money once it was taken: refunds, disputes, balance, payouts."""

import pytest
import stripe

from stripe_standin.control import ControlError

DAY = 86_400


def pay_with(client, control, session, card):
    control.pay(session.id, card=card)
    return client.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]}).payment_intent.latest_charge


def test_partial_refunds_sum_up_to_what_was_captured_and_no_further(client, control, paid):
    client.refunds.create({"charge": paid.id, "amount": 1500, "reason": "requested_by_customer", "metadata": {"line": "1"}})

    with pytest.raises(stripe.InvalidRequestError, match=r"Refund amount \(\$5.01\) is greater than unrefunded amount on charge \(\$5.00\)"):
        client.refunds.create({"charge": paid.id, "amount": 501})
    client.refunds.create({"payment_intent": paid.payment_intent})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.refunds.create({"charge": paid.id})

    assert refusal.value.code == "charge_already_refunded"
    charge = client.charges.retrieve(paid.id, {"expand": ["refunds"]})
    assert (charge.refunded, charge.amount_refunded, [refund.amount for refund in charge.refunds.data]) == (True, 2000, [500, 1500])
    assert [event["type"] for event in control.events() if "refund" in event["type"]] == ["refund.created", "charge.refunded"] * 2


def test_a_refund_can_fail_days_after_it_succeeded(client, control, session):
    charge = pay_with(client, control, session, "4000000000005126")
    refund = client.refunds.create({"charge": charge.id})
    assert refund.status == "succeeded"

    control.advance(2 * DAY + 5)

    failed = client.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert client.charges.retrieve(charge.id).amount_refunded == 0
    assert [event["type"] for event in control.events()][-3:] == ["refund.updated", "charge.refund.updated", "refund.failed"]


def test_a_refund_can_be_pending_for_a_while(client, control, session):
    charge = pay_with(client, control, session, "4000000000007726")
    refund = client.refunds.create({"charge": charge.id, "amount": 700})

    assert refund.status == "pending"
    control.advance(DAY + 5)
    assert client.refunds.retrieve(refund.id).status == "succeeded"
    assert control.events("refund.updated")[0]["data"]["previous_attributes"] == {"status": "pending"}


def test_a_refund_made_in_the_dashboard_looks_like_any_other(client, control, paid):
    control.dashboard_refund(paid.id, 300)

    (refund,) = client.refunds.list({"charge": paid.id}).data
    assert (refund.amount, refund.metadata.to_dict()) == (300, {})


def test_an_unpaid_intent_has_nothing_to_refund(client):
    intent = client.payment_intents.create({"amount": 1000, "currency": "usd"})

    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.refunds.create({"payment_intent": intent.id})


def test_a_dispute_takes_the_money_and_winning_it_brings_the_money_back(client, control, paid):
    dispute = control.open_dispute(paid.id)

    assert client.charges.retrieve(paid.id).disputed is True
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.refunds.create({"charge": paid.id})
    assert refusal.value.code == "charge_disputed"
    with pytest.raises(ControlError):
        control.open_dispute(paid.id)
    control.close_dispute(dispute["id"], won=True)

    won = client.disputes.retrieve(dispute["id"])
    assert (won.status, [moved.net for moved in won.balance_transactions]) == ("won", [-3500, 3500])
    assert [event["type"].removeprefix("charge.dispute.") for event in control.events() if "dispute" in event["type"]] == [
        "created",
        "funds_withdrawn",
        "closed",
        "funds_reinstated",
    ]


def test_a_lost_dispute_returns_nothing(client, control, paid):
    control.close_dispute(control.open_dispute(paid.id)["id"], won=False)

    assert control.events("charge.dispute.funds_reinstated") == []
    assert client.disputes.list({"charge": paid.id}).data[0].status == "lost"


def test_a_card_can_dispute_by_itself(client, control, session):
    charge = pay_with(client, control, session, "4000000000000259")
    control.advance(5)

    assert [dispute.charge for dispute in client.disputes.list().data] == [charge.id]


def test_fees_leave_and_payouts_follow_each_day(client, control, paid):
    fee = client.balance_transactions.retrieve(paid.balance_transaction)
    assert (fee.amount, fee.fee, fee.net, fee.status) == (2000, 88, 1912, "pending")

    control.advance(4 * DAY)

    (payout,) = client.payouts.list().data
    assert (payout.amount, payout.status) == (1912, "paid")
    listed = client.balance_transactions.list({"payout": payout.id}).data
    assert sorted((moved.type, moved.amount) for moved in listed) == [("charge", 2000), ("payout", -1912)]
    balance = client.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (0, 0)
    assert [event["type"] for event in control.events() if event["type"].startswith("payout")] == ["payout.created", "payout.updated", "payout.paid"]


def test_an_intent_is_confirmed_declined_captured_and_canceled(client, control):
    customer = client.customers.create({"email": "a@example.com"})
    good = client.payment_intents.create({"amount": 900, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True, "customer": customer.id})
    held = client.payment_intents.create(
        {"amount": 900, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True, "capture_method": "manual"},
    )
    with pytest.raises(stripe.CardError) as decline:
        client.payment_intents.create(
            {"amount": 900, "currency": "usd", "payment_method": "pm_card_chargeDeclinedInsufficientFunds", "confirm": True},
            {"idempotency_key": "declined"},
        )
    with pytest.raises(stripe.CardError):  # the key answers as before, and nothing is tried again
        client.payment_intents.create(
            {"amount": 900, "currency": "usd", "payment_method": "pm_card_chargeDeclinedInsufficientFunds", "confirm": True},
            {"idempotency_key": "declined"},
        )

    assert (good.status, good.amount_received) == ("succeeded", 900)
    assert client.payment_intents.capture(held.id, {"amount_to_capture": 600}).amount_received == 600
    assert (decline.value.code, decline.value.error.decline_code) == ("card_declined", "insufficient_funds")
    assert client.payment_intents.cancel(decline.value.error.payment_intent.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        client.payment_intents.cancel(good.id)
    assert len(control.objects("charge")) == 3


def test_a_saved_card_belongs_to_one_customer(client, control):
    customer = client.customers.create({"email": "a@example.com"})
    method = control.set_card(customer.id, "5555555555554444")

    assert client.customers.retrieve(customer.id).invoice_settings.default_payment_method == method["id"]
    assert [found.card.last4 for found in client.customers.payment_methods.list(customer.id).data] == ["4444"]
    client.payment_methods.detach(method["id"])
    assert client.customers.retrieve(customer.id).invoice_settings.default_payment_method is None
