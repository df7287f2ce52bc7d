"""Buying, end to end: a real browser, gunicorn, a worker, and the stand-in for Stripe with its own pay page and webhooks."""

from __future__ import annotations

import re

import pypdfium2
import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Page, expect

from accounts.models import Role, User
from core.models import Job
from courses.models import Attempt, Course
from notifications.models import MailMessage
from payments.models import Order, Refund, Subscription
from payments.selectors import has_access
from tests.factories.accounts import PASSWORD, UserFactory, user_with_role
from tests.factories.courses import published_course
from tests.factories.payments import MembershipPriceFactory, PriceFactory
from tests.factories.workshops import workshop_with_blocks
from tests.fixtures.browser import follow, wait_until
from tests.fixtures.stripe_api import SECRET
from workshops.models import Seat, Workshop

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

CARD = "4242 4242 4242 4242"
NEWS_MS = 120_000  # for a webhook, its job and the page that asks, on a crowded machine


@pytest.fixture
def site_environment(site_environment, stripe_api):
    """The site's processes speak to the stand-in."""
    keys = {"STRIPE_SECRET_KEY": "sk_test_standin", "STRIPE_WEBHOOK_SECRETS": SECRET}
    return {**site_environment, **keys, "STRIPE_API_BASE": stripe_api.url, "STRIPE_PAGES": stripe_api.url}


@pytest.fixture
def site(gunicorn_site, celery_worker_process, stripe_api, settings):
    """The address of the shop, with a worker and with webhooks on their way to it."""
    settings.SITE_URL = gunicorn_site.url
    celery_worker_process("default", env={"SITE_URL": gunicorn_site.url})
    stripe_api.control.send_to(f"{gunicorn_site.url}/payments/stripe/webhook/", SECRET)
    return gunicorn_site.url


@pytest.fixture
def learner(transactional_db):
    """Somebody who can sign in with a password."""
    user = UserFactory(email="ada@example.org", display_name="Ada")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def test_buying(site, small_film, learner, new_page, sign_in):
    """One test, because the site takes longer to start than a chapter takes to read."""
    knee, hip = (published_course(lessons=1, is_free=False, assets=[small_film(part)], title=f"SMRT for the {part}") for part in ("Knee", "Hip"))
    PriceFactory(product__subject=knee.subject, product__title="SMRT for the Knee", amount_cents=4900)
    MembershipPriceFactory(trial_days=7)
    workshop = workshop_with_blocks(is_free=False, capacity=2, title="The Knee, Hands On")
    PriceFactory(product__subject=workshop.subject, product__kind="workshop", product__title="The Knee, Hands On", amount_cents=19000)
    page = new_page()

    order = buy_a_course(page, site, knee, learner)
    lesson = watch(page, site, knee)
    desk = new_page()
    sign_in(desk, user_with_role(Role.STAFF), site)
    refund_at_the_desk(desk, site, order)
    the_open_player_stops(page, lesson)
    become_a_member(page, site, knee, hip)
    watch(page, site, hip)

    phone = new_page(width=390)
    sign_in(phone, learner, site)
    buy_a_seat(phone, new_page(width=390), site, workshop, learner)

    assert not Job.objects.dead().exists()
    wait_until(page, lambda: MailMessage.objects.filter(recipient=learner, template="payments/mail/order_paid").count() == 3)


def buy_a_course(page: Page, site: str, course: Course, learner: User) -> Order:
    """A stranger finds it in the catalogue, reads what it costs, signs in on the way, pays, comes back."""
    page.goto(f"{site}/courses/")
    follow(page.get_by_role("link", name="SMRT for the Knee"))
    expect(page.get_by_text("$49.00").first).to_be_visible()
    follow(page.get_by_role("link", name=re.compile("^Buy")))
    follow(page.get_by_role("link", name="Sign in to buy"))
    page.get_by_label("E-mail address").fill(learner.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    follow(page.get_by_role("button", name="Sign in", exact=True))
    page.get_by_role("button", name="Buy for $49.00").click()
    pay(page, site)
    order = Order.objects.get()
    assert (order.state, order.user, order.total_cents) == ("paid", learner, 4900)
    assert has_access(learner, course.subject)
    return order


def pay(page: Page, site: str) -> None:
    """On the payment provider's page, and back: the order page asks by itself until it can say that it is paid."""
    page.wait_for_url("**/c/pay/**")
    page.get_by_label("Card number").fill(CARD)
    page.get_by_role("button", name=re.compile("^(Pay|Start)")).click()
    page.wait_for_url(f"{site}/payments/orders/**")
    expect(page.get_by_role("heading", name=re.compile("Paid. Thank you|Your trial has begun"))).to_be_visible(timeout=NEWS_MS)


def watch(page: Page, site: str, course: Course) -> str:
    """Enrol and play the lesson for some seconds of real HLS, and leave it playing; the address of its page."""
    page.goto(f"{site}{course.get_absolute_url()}")
    follow(page.get_by_role("button", name="Enrol"))
    expect(page.get_by_role("heading", name="What is left")).to_be_visible()
    attempt = Attempt.objects.get(course=course)
    page.goto(f"{site}/courses/attempts/{attempt.pk}/lessons/{attempt.version.lessons.get().pk}/")
    page.wait_for_function("() => document.querySelector('[data-player] video').readyState >= 2", timeout=NEWS_MS)
    page.evaluate("() => { const video = document.querySelector('[data-player] video'); video.loop = true; void video.play().catch(() => {}); }")
    page.wait_for_function("() => document.querySelector('[data-player] video').currentTime > 3", timeout=NEWS_MS)
    return page.url


def refund_at_the_desk(page: Page, site: str, order: Order) -> None:
    """Staff open the order, read what a refund means, read it once more as sentences, and do it."""
    page.goto(f"{site}/desk/sales/orders/")
    follow(page.get_by_role("link", name=order.number))
    follow(page.get_by_role("link", name="Refund", exact=True))
    expect(page.get_by_text("Refunds within 14 days.")).to_be_visible()
    page.get_by_label("In your words").fill("Ill, and asked within the fourteen days.")
    follow(page.get_by_role("button", name="See what will happen"))
    expect(page.get_by_text("and it closes now")).to_be_visible()
    follow(page.get_by_role("button", name="Refund $49.00"))
    expect(page.get_by_text(re.compile("^Refunded")).first).to_be_visible(timeout=NEWS_MS)
    assert list(Refund.objects.values_list("state", "amount_cents")) == [("succeeded", 4900)]


def the_open_player_stops(page: Page, lesson: str) -> None:
    """With a sentence, within the promised minute; the lesson's page has no player any more."""
    expect(page.locator(".player__notice")).to_contain_text("Access to the course has ended", timeout=60_000)
    page.wait_for_function("() => document.querySelector('[data-player] video').paused")
    page.goto(lesson)
    expect(page.get_by_text("Your access to this course has ended")).to_be_visible()
    expect(page.locator("[data-player]")).to_have_count(0)


def become_a_member(page: Page, site: str, knee: Course, hip: Course) -> None:
    """The trial opens the library: what was refunded and what was never bought."""
    page.goto(f"{site}{hip.get_absolute_url()}")
    follow(page.get_by_role("link", name=re.compile("See the membership")))
    expect(page.get_by_text("7 days").first).to_be_visible()
    page.get_by_role("button", name="Start the free trial").click()
    pay(page, site)
    subscription = Subscription.objects.get()
    assert subscription.status == "trialing"
    assert all(has_access(subscription.user, course.subject) for course in (knee, hip))


def buy_a_seat(phone: Page, stranger: Page, site: str, workshop: Workshop, learner: User) -> None:
    """Held while it is paid, for everybody to see; then the buyer's, with a receipt, and on the dashboard too."""
    phone.goto(f"{site}/workshops/")
    follow(phone.get_by_role("link", name=workshop.title, exact=True))
    follow(phone.get_by_role("link", name="Register", exact=True))
    follow(phone.get_by_role("button", name="Continue"))
    expect(phone.get_by_text("$190.00").first).to_be_visible()
    assert not Seat.objects.exists()  # nothing is held before the last step
    phone.get_by_role("button", name="Hold the seats and pay").click()
    phone.wait_for_url("**/c/pay/**")
    assert Seat.objects.get().state == "held"
    stranger.goto(f"{site}{workshop.get_absolute_url()}")
    expect(stranger.get_by_role("complementary").get_by_text("1 of 2 seats is left.")).to_be_visible()
    phone.goto(f"{site}{workshop.get_absolute_url()}")  # somebody calls in the middle of it
    expect(phone.get_by_role("complementary").get_by_text("You hold a seat until")).to_be_visible()
    follow(phone.get_by_role("link", name="Finish paying"))
    phone.get_by_role("button", name="Pay now").click()
    pay(phone, site)
    seat = Seat.objects.get()
    assert (seat.state, seat.learner) == ("confirmed", learner)
    receipt = phone.request.get(site + (phone.get_by_role("link", name="Receipt as PDF").get_attribute("href") or ""))
    assert receipt.ok
    text = pypdfium2.PdfDocument(receipt.body())[0].get_textpage().get_text_range()
    assert all(words in text for words in (workshop.title, "190.00", learner.email))
    follow(phone.get_by_role("link", name=f"Go to {workshop.title}"))
    expect(phone.get_by_role("complementary").get_by_text("You have a seat", exact=True)).to_be_visible()
    phone.goto(f"{site}/dashboard/")
    expect(phone.get_by_role("main").get_by_role("link", name=workshop.title)).to_be_visible()
    wait_until(phone, lambda: MailMessage.objects.filter(recipient=learner, template="workshops/mail/seat_confirmed").count() == 1)
