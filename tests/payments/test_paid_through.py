"""Until when the paid invoices of a membership reach."""

from datetime import UTC, datetime

import pytest

from payments.services.subscriptions import paid_through, period_of

JAN, FEB, MAR, DEC = (datetime(2027, month, 6, tzinfo=UTC) for month in (1, 2, 3, 12))


def line(start, end, amount=1900, *, proration=False, parent="subscription_item_details"):
    return {
        "amount": amount,
        "period": {"start": int(start.timestamp()), "end": int(end.timestamp())},
        "parent": {"type": parent, "subscription_item_details": {"proration": proration} if parent == "subscription_item_details" else None},
    }


def invoice(*lines, created=JAN):
    return {"created": int(created.timestamp()), "lines": {"data": list(lines)}}


@pytest.mark.parametrize(
    ("lines", "period"),
    [
        ([line(JAN, FEB)], (JAN, FEB)),
        ([line(JAN, FEB, 0)], (JAN, FEB)),  # a trial
        ([line(JAN, DEC, -17000, proration=True), line(JAN, FEB)], (JAN, FEB)),  # from a year to a month
        ([line(JAN, FEB, -900, proration=True), line(JAN, DEC, 19000)], (JAN, DEC)),  # from a month to a year
        ([line(JAN, FEB, -900, proration=True), line(JAN, FEB, 1200, proration=True)], (JAN, FEB)),  # another price of a month
        ([line(JAN, FEB, 300, proration=True), line(FEB, MAR)], (FEB, MAR)),  # what a change added, billed with the next month
        ([line(JAN, JAN, 500, parent="invoice_item_details")], None),  # something added by hand
        ([line(JAN, FEB, -900, proration=True)], None),
        ([], None),
    ],
)
def test_the_period_that_an_invoice_bills(lines, period):
    assert period_of(invoice(*lines)) == period


def test_the_latest_paid_invoice_decides_not_the_farthest():
    year, month = invoice(line(JAN, DEC, 19000), created=JAN), invoice(line(FEB, MAR), created=FEB)

    assert paid_through([year, month]) == MAR
    assert paid_through([month, year]) == MAR


def test_an_invoice_of_something_else_is_passed_over():
    by_hand = invoice(line(FEB, FEB, parent="invoice_item_details"), created=FEB)

    assert paid_through([by_hand, invoice(line(JAN, FEB))]) == FEB
    assert paid_through([by_hand]) is None
    assert paid_through([]) is None
