"""Seats that go over to the waiting list while holds run out and banks are late: a seat or the money back, to the cent."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import DomainError
from core.models import Job
from payments.models import Payment, Refund
from payments.services import open_checkout, project_session, start_order
from payments.services.refunds import send_refund
from tests.factories.accounts import UserFactory
from tests.factories.payments import PriceFactory
from tests.factories.workshops import PolicyFactory, WorkshopFactory
from tests.workshops.chaos.row_lock import patiently
from workshops.leaving.services import leave_seat, offer_seat, refund_resold_seat, withdraw_offer
from workshops.models import Seat, Workshop
from workshops.services import tidy_holds
from workshops.waiting.services import join_list

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

PROMISE = "A hold that ran out ends in a seat or in a full refund"
SELLERS, BUYERS, THREADS = 16, 40, 12
CENTS, FEE = 19000, 1000


def test_seats_change_hands_while_holds_run_out_and_no_cent_is_lost(commits_seen, stripe_api, held):
    PolicyFactory(fee_cents=FEE)
    workshop = WorkshopFactory(capacity=SELLERS, is_free=False)
    price = PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=CENTS)
    for person in UserFactory.create_batch(SELLERS):
        session = open_checkout(order=start_order(user=person, price=price)).stripe_session_id
        stripe_api.control.pay(session)
        project_session(session_id=session)
    starts_at = timezone.now() + timedelta(days=10)  # half goes back now, less the fee; all but the fee if the list takes it
    Workshop.objects.update(starts_at=starts_at, ends_at=starts_at + timedelta(hours=7))
    entries = [join_list(workshop=workshop, learner=person) for person in UserFactory.create_batch(BUYERS)]
    seats, is_over = list(workshop.seats.confirmed().select_related("workshop", "learner").order_by("pk")), threading.Event()

    def part(seat):
        """Offer the seat; some think better of it, some give it back after all."""
        chance = random.Random(seat.pk)
        try:
            patiently(lambda: offer_seat(seat=seat, by=seat.learner))
            time.sleep(chance.uniform(0, 4))
            act = chance.random()
            if act < 0.3:
                patiently(lambda: withdraw_offer(seat=seat, by=seat.learner))
                return "kept"
            if act < 0.5:
                patiently(lambda: leave_seat(seat=seat, by=seat.learner))
                return "given back"
            return "offered"
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    def take(entry):
        """Answer the offer by paying; the hold may run out while the bank works, and the news comes twice."""
        chance, patience = random.Random(entry.pk), time.time() + 12
        try:
            while time.time() < patience:
                entry.refresh_from_db()
                if entry.has_offer:
                    break
                time.sleep(0.1)
            else:
                return "waits"
            order = patiently(lambda: start_order(user=entry.learner, price=price))
            session = open_checkout(order=order).stripe_session_id
            stripe_api.control.pay(session)
            if chance.random() < 0.4:
                past = timezone.now() - timedelta(seconds=1)
                Seat.objects.filter(learner=entry.learner, state="held").update(hold_until=past)
                type(entry).objects.filter(pk=entry.pk, state="offered").update(offer_until=past)
            for _ in range(2):
                patiently(lambda: project_session(session_id=session))
            return "paid"
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    def look():
        while not is_over.wait(0.1):
            patiently(lambda: tidy_holds(workshop=workshop))
        connection.close()

    with ThreadPoolExecutor(1) as beside, ThreadPoolExecutor(SELLERS) as leaving, ThreadPoolExecutor(THREADS) as coming:
        beside.submit(look)
        parted, taken = [leaving.submit(part, seat) for seat in seats], [coming.submit(take, entry) for entry in entries]
        told = Counter(future.result() for future in (*parted, *taken))
        is_over.set()
    for _ in range(2):  # the jobs, each run twice
        for job in Job.objects.filter(kind="workshops.refund_resold_seat"):
            refund_resold_seat(seat=Seat.objects.select_related("workshop__venue", "learner").get(pk=job.args["seat"]))
    for refund in Refund.objects.all():
        send_refund(refund=refund)

    ends = Counter()
    for payment in Payment.objects.select_related("order"):
        has_seat = workshop.seats.confirmed().filter(reference=payment.order.reference).exists()
        sums = {"leave-seat": CENTS // 2 - FEE, "resold-seat": CENTS - FEE, "refund": CENTS}
        keys = [refund.key.partition(":")[0] for refund in payment.refunds.all()]
        assert len(keys) == (0 if has_seat else 1), (has_seat, keys)
        assert payment.refunded_cents == (0 if has_seat else sums[keys[0]])
        ends[{"leave-seat": "left by the policy", "resold-seat": "taken over", "refund": "refunded in full"}[keys[0]] if keys else "have a seat"] += 1
    assert max(taken_now - capacity for taken_now, capacity, _ in commits_seen()) <= 0
    captured = stripe_api.control.objects("charge")
    assert sum(charge["amount_refunded"] for charge in captured) == sum(payment.refunded_cents for payment in Payment.objects.all())
    assert ends["taken over"] > 0, told
    assert ends["refunded in full"] > 0, told
    words = ", ".join(f"{count} {what}" for what, count in sorted(ends.items()))
    held(
        PROMISE,
        done=f"{SELLERS} seats offered to a list of {BUYERS} while holds run out, sellers keep or leave, news come twice",
        outcome=f"{words}; 0 both, 0 neither",
    )
