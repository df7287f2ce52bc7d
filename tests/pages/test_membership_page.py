"""The member's page in a real browser, in each state: axe finds nothing, and nothing scrolls sideways."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from payments.services import grant_access
from tests.factories.accounts import UserFactory
from tests.factories.payments import MembershipPriceFactory, PaymentFactory, PriceFactory, SubscriptionFactory

WIDTHS = (1280, 390)
PICTURES = os.environ.get("PAGE_PICTURES", "")
DAY = timedelta(days=1)


def states():
    now = timezone.now()
    late = {"status": "past_due", "paid_through": now - DAY, "open_invoice_id": "in_1", "open_invoice_url": "https://pay.example/i"}
    return {
        "none": None,
        "open": {},
        "late": {**late, "past_due_since": now - DAY, "next_attempt_at": now + 3 * DAY},
        "paused": {"paused_at": now, "resumes_at": now + 60 * DAY},
        "ending": {"cancel_at": now + 20 * DAY},
        "ended": {"status": "canceled", "ended_at": now - DAY, "paid_through": now - DAY, "is_open": False},
    }


@pytest.fixture
def look(new_page, axe, sign_in, live_site):
    """What is wrong with the page at `path`, at each width."""

    def check(user, path: str, name: str) -> list[str]:
        found = []
        for width in WIDTHS:
            page = new_page(width=width, bypass_csp=True)
            sign_in(page, user, live_site)
            page.goto(live_site + path)
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"membership-{name}-{width}.png", full_page=True)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append(f"scrolls sideways at {width} px")
            if page.locator("h1").count() != 1:
                found.append("not one h1")
            found += [f"{width} px: {line}" for line in axe(page)]
        return found

    return check


@pytest.mark.parametrize("name", ["none", "open", "late", "paused", "ending", "ended"])
def test_the_page_is_whole_in_each_state(transactional_db, look, settings, name):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    user, price, fields = UserFactory(), MembershipPriceFactory(trial_days=7), states()[name]
    PriceFactory(product=price.product, amount_cents=19000, interval="year")
    if fields is not None:
        is_open = fields.pop("is_open", True)
        row = SubscriptionFactory(user=user, price=price, **fields)
        for months in range(3):
            start = timezone.now() - (months + 1) * 30 * DAY
            period = {"paid_at": start, "period_start": start, "period_end": start + 30 * DAY, "refunded_cents": 500 * (months == 1)}
            PaymentFactory(order=None, user=user, subscription=row, currency="usd", amount_cents=1900, method="Visa ending in 4242", **period)
        if is_open:
            grant_access(user=user, subject="library", source="subscription")

    faults = look(user, "/payments/membership/", name)
    if name == "late":
        faults += look(user, "/dashboard/", "dashboard")

    assert faults == []
