"""Everything that ends a permission stops the open player at its next beat, with a sentence, and renews no address."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from accounts.organizations import create_organization
from accounts.services import deactivate_user
from core.models import Job
from courses.errors import NoAccess
from courses.services import enroll_learner, lesson_grant, update_course
from payments import tasks
from payments.models import AccessGrant
from payments.services import grant_access, revoke_access, seats, suspend_access
from payments.subjects import LIBRARY
from streaming.models import Grant, PlaybackSession
from streaming.services import open_session
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.courses import published_course
from tests.factories.payments import PaidOrderFactory, PriceFactory, ProductFactory
from tests.fixtures.at_once import begin
from tests.streaming.clock import let_pass

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password 7"


@pytest.fixture
def course():
    return published_course(is_free=False)


@pytest.fixture
def learner():
    person = UserFactory(email="ana@example.org")
    person.set_password(PASSWORD)
    person.save()
    return person


def post(client, path, body):
    return client.post(path, json.dumps(body), content_type="application/json")


def open_player(client, course, learner):
    """As the learning page does it; the answer of the session that was opened."""
    attempt = enroll_learner(course=course, learner=learner)
    grant = lesson_grant(attempt=attempt, lesson=attempt.version.lessons.first())
    client.force_login(learner, backend="django.contrib.auth.backends.ModelBackend")
    return post(client, "/api/v1/streaming/sessions", {"grant": grant.pk}).json()


def beat(client, opened):
    session = PlaybackSession.objects.get(token=opened["token"])
    let_pass(session, 10)
    body = {"key": opened["key"], "seq": session.last_seq + 1, "ranges": [[0, 10_000]], "position_ms": 10_000, "rate": 1, "visible": True}
    return post(client, opened["beats"], body).json()


def owned(learner, course, **more):
    return grant_access(user=learner, subject=course.subject, source="order", **more)


def staff_take_it_back(learner, course):
    grant = owned(learner, course)
    yield
    revoke_access(grant=grant, by=user_with_role(Role.STAFF), reason="Shared with others.")
    yield "Access to the course has ended."


def it_expires(learner, course):
    grant = owned(learner, course, expires_at=timezone.now() + timedelta(days=30))
    yield
    AccessGrant.objects.filter(pk=grant.pk).update(starts_at=F("starts_at") - timedelta(days=31), expires_at=F("expires_at") - timedelta(days=31))
    job = Job.objects.get(kind="payments.announce_access")
    tasks.announce_grant(None, **job.args)
    yield "Access to the course has ended."


def a_payment_is_disputed(learner, course):
    grant = owned(learner, course)
    yield
    suspend_access(grant=grant, reason="disputed")
    yield "Access to the course has ended."


def the_membership_ends(learner, course):
    grant = grant_access(user=learner, subject=LIBRARY, source="subscription")
    yield
    revoke_access(grant=grant, by=None, reason="The membership ended.")
    yield "The membership has ended."


def the_course_leaves_the_library(learner, course):
    grant_access(user=learner, subject=LIBRARY, source="subscription")
    yield
    update_course(course=course, by=user_with_role(Role.STAFF), visibility=course.visibility, is_free=False, instructor=None, in_library=False)
    yield "The course has left the library."


def the_seat_goes_to_a_colleague(learner, course):
    manager = UserFactory()
    clinic = create_organization(name="Knee clinic", by=manager)
    price = PriceFactory(product=ProductFactory(subject=course.subject, for_organizations=True))
    pool = seats.create_pool(line=PaidOrderFactory(user=manager, price=price, organization=clinic, quantity=1).lines.get())
    seats.invite(pool=pool, addresses=[learner.email], by=manager)
    seat = seats.take_seat(token=seats.invitation_token(pool.seats.get()), user=learner)
    yield
    seats.free_seat(seat=seat, by=manager)
    yield "Access to the course has ended."


def the_account_is_closed(learner, course):
    owned(learner, course)
    yield
    deactivate_user(user=learner, by=user_with_role(Role.STAFF), reason="Asked for it.")
    yield "This account is closed. Write to the school if that is a mistake."


def the_password_is_changed_elsewhere(learner, course):
    owned(learner, course)
    yield
    phone = Client()
    phone.force_login(learner, backend="django.contrib.auth.backends.ModelBackend")
    new = "another long password 8"
    answer = phone.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer.status_code == 302, answer.content
    yield "Your password was changed, so you were signed out. Sign in again to go on watching."


def a_newer_player_opens(learner, course):
    owned(learner, course)
    yield
    open_session(grant=Grant.objects.get(user=learner))
    yield "You are watching somewhere else now. Only the newest player counts."


@pytest.mark.parametrize(
    "source",
    [
        staff_take_it_back,
        it_expires,
        a_payment_is_disputed,
        the_membership_ends,
        the_course_leaves_the_library,
        the_seat_goes_to_a_colleague,
        the_account_is_closed,
        the_password_is_changed_elsewhere,
        a_newer_player_opens,
    ],
    ids=lambda source: source.__name__,
)
def test_the_open_player_stops_with_a_sentence_and_renews_nothing(client, learner, course, source):
    steps = source(learner, course)
    next(steps)
    opened = open_player(client, course, learner)
    assert client.get(opened["address"]).status_code == 200

    sentence = next(steps)

    answer, renewal = beat(client, opened), client.get(opened["address"])
    assert (answer["stop"], answer["credited_ms"] <= 10_000, answer["message"]) == (True, True, sentence)
    assert renewal.status_code in {403, 409}
    assert opened["ttl_s"] <= 300


def test_signing_out_in_the_same_browser_stops_its_player(client, learner, course):
    owned(learner, course)
    opened = open_player(client, course, learner)

    client.logout()

    answer = beat(client, opened)
    assert (answer["code"], answer["detail"]) == ("unknown_session", "This player was opened in another sign-in. Reload the page to go on watching.")
    assert client.get(opened["address"]).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_lesson_opened_while_access_is_taken_away_leaves_no_grant(course, learner):
    """Without the lock on the person the grant came after those that were revoked, and lived for ever."""
    access = owned(learner, course)
    attempt = enroll_learner(course=course, learner=learner)

    with transaction.atomic():
        revoke_access(grant=access, by=user_with_role("staff"), reason="Refunded.")
        opened = begin(lambda: lesson_grant(attempt=attempt, lesson=attempt.version.lessons.first()))

    with pytest.raises(NoAccess):
        opened()
    assert not Grant.objects.live().exists()
