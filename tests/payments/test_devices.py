"""On how many devices at once: what a product says reaches the buyer's page, their access and their open players."""

import pytest
from django.db import IntegrityError, transaction

from courses.services import enroll_learner, lesson_grant
from payments.models import AccessGrant
from payments.selectors import streams_open_to
from payments.services import ItemInput, grant_access, project_subscription, revoke_access, save_product
from payments.subjects import LIBRARY
from streaming.models import Grant, PlaybackSession
from streaming.services import open_session
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.courses import published_course
from tests.factories.payments import MembershipPriceFactory, PriceFactory, ProductFactory
from tests.payments.life import Life

pytestmark = pytest.mark.django_db


def open_players(user):
    return PlaybackSession.objects.filter(user=user, closed_at__isnull=True).count()


def player(user, course):
    attempt = enroll_learner(course=course, learner=user)
    grant = lesson_grant(attempt=attempt, lesson=attempt.version.lessons.first())
    open_session(grant=grant)
    return grant


def test_the_most_that_any_access_allows_counts():
    user = UserFactory()
    assert streams_open_to(user) == 1
    grant_access(user=user, subject="course:1", source="order")
    membership = grant_access(user=user, subject=LIBRARY, source="subscription", streams=3)

    assert streams_open_to(user) == 3
    revoke_access(grant=membership, by=None, reason="Ended.")
    assert streams_open_to(user) == 1


def test_a_membership_of_two_devices_keeps_two_players_across_courses_and_its_end_one():
    user, courses = UserFactory(), [published_course(is_free=False) for _ in range(3)]
    grant_access(user=user, subject=courses[0].subject, source="order")
    membership = grant_access(user=user, subject=LIBRARY, source="subscription", streams=2)

    grants = [player(user, course) for course in (courses[1], courses[0], courses[2], courses[0])]

    assert {grant.streams for grant in grants} == {2}
    assert open_players(user) == 2
    revoke_access(grant=membership, by=None, reason="Ended.")
    assert open_players(user) == 1
    assert list(Grant.objects.live().filter(user=user).values_list("streams", flat=True)) == [1]


def test_another_plan_reaches_the_grant_and_what_is_open(db, stripe_api, monkeypatch):
    life = Life(stripe_api, monkeypatch, "webhooks")
    row = life.buy()
    assert row.grant.streams == 1
    course = published_course(is_free=False)
    player(row.user, course)

    save_product(product=_with_streams(row.price.product, 3), items=[ItemInput(LIBRARY)], by=user_with_role("staff"))

    assert Grant.objects.get(user=row.user).streams == 3
    AccessGrant.objects.update(streams=1)
    again = project_subscription(subscription_id=row.stripe_subscription_id)
    assert again.grant.streams == 3


def _with_streams(product, streams):
    product.streams = streams
    return product


@pytest.mark.parametrize(
    ("streams", "words"), [(1, "Watch on one device at a time."), (3, "Watch on up to 3 devices at once; the newest is counted for credit.")]
)
def test_the_buy_page_says_on_how_many(client, streams, words):
    product = MembershipPriceFactory(product__streams=streams, product__is_active=True).product

    assert words in client.get(product.get_absolute_url()).content.decode()


def test_a_seat_at_a_workshop_says_nothing_of_devices(client):
    product = PriceFactory(product=ProductFactory(subject="workshop:1", kind="workshop", is_active=True)).product

    assert "Watch on" not in client.get(product.get_absolute_url()).content.decode()


def test_the_database_refuses_no_device_at_all():
    grant = grant_access(user=UserFactory(), subject="course:1", source="order")

    with pytest.raises(IntegrityError), transaction.atomic():
        AccessGrant.objects.filter(pk=grant.pk).update(streams=0)
