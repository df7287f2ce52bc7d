"""A membership's life at the stand-in: its clock and ours move together, and news comes by webhook or only by reconciling."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from django.test import Client

from core.models import Job
from notifications.models import MailMessage
from payments.models import StripeEvent, Subscription
from payments.selectors import has_access
from payments.services import apply_event, heal_subscriptions, open_checkout, open_portal, project_session, start_order
from payments.subjects import LIBRARY
from payments.tasks import announce_grant, remind_member_of_end
from tests.factories.accounts import UserFactory
from tests.factories.payments import MembershipPriceFactory
from tests.payments.webhooks import deliver

DAY = timedelta(days=1)
DECLINES = "4000000000000341"  # can be saved, declines when it is charged
PAYS = "4242424242424242"


class Life:
    """One member. `news` is "webhooks" (all of them, shuffled and doubled) or "reconcile" (none at all)."""

    def __init__(self, stripe_api: Any, monkeypatch: Any, news: str = "webhooks", **price: Any):
        self.control, self.news, self.client = stripe_api.control, news, Client()
        self.random, self.heard = random.Random(7), 0
        self.now = datetime.fromtimestamp(self.control.now(), UTC)
        monkeypatch.setattr("django.utils.timezone.now", lambda: self.now)
        self.user = UserFactory(email="member@example.org")
        self.price = MembershipPriceFactory(**price)
        self.run: set[int] = set()

    @property
    def row(self) -> Subscription:
        return Subscription.objects.select_related("grant", "price", "user").get(user=self.user)

    def buy(self, price: Any = None, card: str = PAYS) -> Subscription:
        order = start_order(user=self.user, price=price or self.price)
        attempt = open_checkout(order=order)
        self.control.pay(attempt.stripe_session_id, card=card)
        project_session(session_id=attempt.stripe_session_id)
        self.hear()
        return self.row

    def pass_time(self, span: timedelta, step: timedelta = DAY) -> None:
        """Let `span` go by in steps; after each, the news comes and the jobs that are due run."""
        end = self.now + span
        while self.now < end:
            self.now = min(end, self.now + step)
            self.control.set_clock(self.now)
            self.hear()
            self.run_due_jobs()

    def until(self, moment: datetime, step: timedelta = DAY) -> None:
        self.pass_time(moment - self.now, step)

    def hear(self) -> None:
        if self.news == "reconcile":
            heal_subscriptions()
            return
        events = self.control.events()
        fresh = [event for event in events[self.heard :] if event["type"].split(".")[0] in ("customer", "invoice", "charge", "checkout")]
        self.heard = len(events)
        doubled = fresh + fresh[: len(fresh) // 2]
        self.random.shuffle(doubled)
        for event in doubled:
            assert deliver(self.client, json.dumps(event)).status_code == 200
        for stored in StripeEvent.objects.waiting():
            apply_event(event=stored)

    def run_due_jobs(self) -> None:
        jobs = Job.objects.filter(kind__in=["payments.remind_member", "payments.announce_access"], run_after__lte=self.now).exclude(pk__in=self.run)
        for job in jobs.order_by("run_after"):
            self.run.add(job.pk)
            function = remind_member_of_end if job.kind == "payments.remind_member" else announce_grant
            function(None, **job.args)

    def portal(self, **form: str) -> requests.Response:
        """Do one thing in Stripe's portal, as a person would on its page."""
        url = open_portal(user=self.user, return_url="https://school.example/payments/membership/")
        answer = requests.post(url, data=form, timeout=60, allow_redirects=False)
        assert answer.status_code == 303, answer.text
        self.pass_time(timedelta(minutes=1))
        visitor = Client()
        visitor.force_login(self.user)
        assert visitor.get("/payments/membership/?from=portal").status_code == 200
        return answer

    def change_card(self, number: str) -> None:
        self.portal(action="change_card", card=number)

    @property
    def is_open(self) -> bool:
        return has_access(self.user, LIBRARY)

    def mails(self) -> list[str]:
        rows = MailMessage.objects.filter(recipient=self.user).order_by("pk").values_list("template", flat=True)
        return [name.removeprefix("payments/mail/") for name in rows]
