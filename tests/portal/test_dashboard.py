from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.courses import enrolled, published_course, watch
from tests.factories.credits import BoardFactory, DossierFactory, LicenceFactory
from tests.factories.payments import AccessGrantFactory, BalanceFactory, PaidOrderFactory
from tests.factories.planner import RouteFactory
from tests.factories.workshops import SeatFactory, WorkshopFactory, workshop_with_blocks
from workshops.services import cancel_seat
from workshops.waiting.services import join_list

pytestmark = pytest.mark.django_db

DASHBOARD_QUERIES = 42


def full_workshop(**fields):
    workshop = workshop_with_blocks(capacity=1, **fields)
    SeatFactory(workshop=workshop)
    return workshop


def owed_by(learner, **fields):
    line = PaidOrderFactory(user=learner).lines.get()
    line.outcome, line.decided_at = line.Outcome.FULFILLED, timezone.now()
    line.save()
    return BalanceFactory(line=line, **fields)


def furnish(learner, *, count):
    """`count` of everything a dashboard shows but certificates."""
    for _ in range(count):
        watch(enrolled(published_course(), learner=learner), share=0.5)
        SeatFactory(learner=learner)
        LicenceFactory(user=learner, board=BoardFactory(code="us_fl_massage"), issued_on=date(2019, 3, 14))
        AccessGrantFactory(user=learner, subject=published_course().subject)
        join_list(workshop=full_workshop(), learner=learner)
        owed_by(learner)


def test_an_empty_dashboard_says_in_each_part_what_to_do_next(client):
    client.force_login(UserFactory())

    page = client.get("/dashboard/").content.decode()

    assert page.count('class="empty"') == 4
    for action in ("See all courses", "Find a workshop", "Add a licence", "See your credits"):
        assert action in page


def test_the_dashboard_names_what_completion_still_lacks_and_where_to_go_on(client):
    learner = UserFactory()
    attempt = enrolled(published_course(lessons=2), learner=learner)
    watch(attempt, share=0.5)
    client.force_login(learner)

    (row,) = client.get("/dashboard/").context["open_attempts"]

    assert [leaf.title for leaf in row.missing][:2] == ["Part 1", "Part 2"]
    assert row.progress.next_step.url == f"/courses/attempts/{attempt.pk}/lessons/{attempt.version.lessons.first().pk}/"


def test_the_dashboard_says_of_each_licence_what_is_missing_and_by_when(client):
    learner = UserFactory()
    known = LicenceFactory(user=learner, board=BoardFactory(code="us_fl_massage", name="Florida"), issued_on=date(2019, 3, 14))
    LicenceFactory(user=learner, board=known.board, number="MA 2", issued_on=None)
    client.force_login(learner)

    page = client.get("/dashboard/")

    told = {standing.licence.number: standing.sentence for standing in page.context["standings"]}
    assert "24 more hours" in told[known.number]
    assert "its cycles are counted from it" in told["MA 2"]
    assert told[known.number] in page.content.decode()


def test_a_course_that_was_bought_waits_to_be_begun(client):
    learner = UserFactory()
    bought, begun = published_course(title="The hip"), published_course()
    enrolled(begun, learner=learner)
    AccessGrantFactory(user=learner, subject=bought.subject, source="order")
    AccessGrantFactory(user=learner, subject="library", source="subscription")
    client.force_login(learner)

    page = client.get("/dashboard/")

    assert page.context["not_begun"] == [bought]
    assert f'action="/courses/{bought.slug}/enroll/"' in page.content.decode()


def test_a_seat_held_for_somebody_stands_first_and_says_until_when(client):
    learner, workshop = UserFactory(), full_workshop(title="The knee")
    entry = join_list(workshop=workshop, learner=learner)
    client.force_login(learner)
    waiting = client.get("/dashboard/").content.decode()

    holder = workshop.seats.confirmed().get().learner
    cancel_seat(workshop=workshop, learner=holder, by=holder)
    offered = client.get("/dashboard/").content.decode()

    entry.refresh_from_db()
    assert "Waiting list: position 1" in waiting
    assert "A seat is held for you" not in waiting
    assert entry.has_offer
    assert "“The knee” on" in offered
    assert f"{workshop.get_absolute_url()}#your-seat" in offered
    assert "position" not in offered


def test_the_rest_after_a_deposit_is_asked_for_with_its_day(client):
    learner, other = UserFactory(), UserFactory()
    balance = owed_by(learner, due_on=date(2027, 3, 1))
    owed_by(other)
    client.force_login(learner)

    page = client.get("/dashboard/")

    assert [row.balance.pk for row in page.context["owed"]] == [balance.pk]
    assert "$130.00 still to pay by March 1, 2027" in page.content.decode()
    assert f'href="{balance.get_absolute_url()}"' in page.content.decode()


def test_the_dashboard_asks_for_the_legal_name_a_certificate_waits_for(client):
    learner = DossierFactory().user
    client.force_login(learner)

    assert client.get("/dashboard/").context["name_is_awaited"]


def test_the_dashboard_costs_the_same_queries_for_one_and_for_three(client, django_assert_num_queries):
    first, second = UserFactory(), UserFactory()
    furnish(first, count=1)
    furnish(second, count=3)
    client.force_login(first)
    client.get("/dashboard/")

    with django_assert_num_queries(DASHBOARD_QUERIES):
        client.get("/dashboard/")
    client.force_login(second)
    with django_assert_num_queries(DASHBOARD_QUERIES):
        client.get("/dashboard/")


def test_search_finds_courses_and_workshops_by_their_words(client):
    course = published_course(title="Scar tissue at home")
    workshop = WorkshopFactory(title="Scar tissue weekend")
    WorkshopFactory(title="The knee")

    context = client.get("/search/", {"q": "scar"}).context

    assert [found.pk for found in context["courses"]] == [course.pk]
    assert [card.workshop for card in context["workshops"]] == [workshop]


def test_search_without_a_hit_offers_a_way_on(client):
    page = client.get("/search/", {"q": "zeppelin"}).content.decode()

    assert "Nothing found for “zeppelin”" in page
    assert "See all courses" in page


def test_search_bears_any_words(client):
    assert client.get("/search/", {"q": "\x00%' OR (" + "x" * 500}).status_code == 200


def test_a_followed_route_is_on_the_dashboard_and_leads_on(client):
    route = RouteFactory(is_closing=True, total_cents=4900)
    client.force_login(route.user)

    text = client.get("/dashboard/").content.decode()

    assert route.get_absolute_url() in text
    assert "$49.00 still to pay" in text


def test_who_has_a_licence_and_no_route_is_invited_to_plan(client):
    client.force_login(LicenceFactory().user)

    assert reverse("planner:plan") in client.get("/dashboard/").content.decode()
