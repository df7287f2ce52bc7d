"""“Counts for me” wherever a course or a workshop is shown."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from courses.selectors import offer_of
from credits.prospects.warnings import credit_warnings
from credits.services import award_completion
from tests.factories.accounts import UserFactory
from tests.factories.courses import completed, enrolled, published_course
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory, LicenceFactory
from tests.factories.payments import PriceFactory
from tests.factories.workshops import SeatFactory, workshop_with_blocks

pytestmark = pytest.mark.django_db

HANDS_ON = "in_person_hands_on"
NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def one_day(monkeypatch):
    monkeypatch.setattr("core.clock.now", lambda: NOW)


@pytest.fixture
def florida():
    return BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy")


@pytest.fixture
def learner(florida):
    return LicenceFactory(board=florida, issued_on=date(2022, 3, 1)).user


def approved_course(board, **approval):
    course = published_course()
    AccreditationFactory(activity=course.current_version.activity, board=board, **approval)
    return course


def approved_workshop(board, **approval):
    activity = ActivityFactory(kind="workshop")
    split = [{"category": "technique", "units": "6"}]
    AccreditationFactory(activity=activity, board=board, mode=HANDS_ON, category_split=split, **approval)
    return workshop_with_blocks(activity=activity, starts_at=NOW + timedelta(days=30))


PAGES = ["/courses/", "/workshops/", "/search/?q=knee", "/", "/dashboard/"]


@pytest.mark.parametrize("page", PAGES)
def test_every_list_says_what_counts_for_the_person(client, learner, florida, page):
    approved_course(florida)
    approved_workshop(florida)
    client.force_login(learner)

    text = client.get(page).content.decode()

    if page != "/workshops/":
        assert "Florida: fills 5 of the 24 hours you still need." in text
    if page != "/courses/":
        assert "Florida: fills 6 of your 12 hours of massage technique, hands-on in person." in text
    assert "Where you stand: Florida" in text
    assert "not yet checked by a person at the school" in text


@pytest.mark.parametrize("page", PAGES[:4])
def test_a_stranger_sees_hours_by_board_and_no_more(client, florida, page):
    approved_course(florida)
    approved_workshop(florida)

    text = client.get(page).content.decode()

    assert "counts-for" not in text
    assert "Add a licence" not in text
    assert page == "/" or "Florida Board of Massage Therapy" in text


@pytest.mark.parametrize("page", PAGES[:3])
def test_a_person_without_a_licence_is_invited_to_add_one(client, florida, page):
    approved_course(florida)
    client.force_login(UserFactory())

    text = client.get(page).content.decode()

    assert "counts-for" not in text
    assert f'<a href="{reverse("credits:licence_add")}">Add a licence</a>, and everything here says what it counts for.' in text


def test_course_and_workshop_pages_say_it_too(client, learner, florida):
    course, workshop = approved_course(florida), approved_workshop(florida)
    client.force_login(learner)

    assert "Florida: fills 5 of the 24 hours you still need." in client.get(course.get_absolute_url()).content.decode()
    assert "Florida: fills 6 of your 12 hours of massage technique" in client.get(workshop.get_absolute_url()).content.decode()


def test_an_approval_that_ended_is_said_before_anybody_begins(client, learner, florida):
    course = approved_course(florida, valid_to=date(2026, 5, 1))

    stranger = client.get(course.get_absolute_url()).content.decode()
    assert "No credit with Florida Board of Massage Therapy today: the approval ended on May 1, 2026." in stranger

    client.force_login(learner)
    text = client.get(course.get_absolute_url()).content.decode()
    assert text.index("Completing it gives no credit in Florida: the approval ended on May 1, 2026.") < text.index(">Enrol<")


def test_an_approval_that_ends_before_a_workshop_is_said_on_its_page(client, learner, florida):
    workshop = approved_workshop(florida, valid_to=date(2026, 11, 26))
    client.force_login(learner)

    text = client.get(workshop.get_absolute_url()).content.decode()

    assert "Completing it gives no credit in Florida: the approval ends on November 26, 2026." in text
    assert "No credit with Florida Board of Massage Therapy on its day" in text


def test_a_workshop_shorter_than_approved_says_so_before_a_seat_is_taken(client, learner, florida):
    workshop = approved_workshop(florida)
    workshop.blocks.filter(kind="instruction").last().delete()
    client.force_login(learner)

    text = client.get(workshop.get_absolute_url()).content.decode()

    assert "Completing it gives no credit in Florida: it differs from what was approved." in text
    assert "360 minutes" in text


def test_who_takes_a_course_sees_what_it_counts_for_while_they_take_it(client, learner, florida):
    attempt = enrolled(approved_course(florida), learner)
    client.force_login(learner)

    assert "Florida: fills 5 of the 24 hours you still need." in client.get(attempt.get_absolute_url()).content.decode()


def test_a_completion_without_credit_says_why_on_its_page(client, florida):
    attempt = completed(enrolled(approved_course(florida, valid_to=date(2026, 5, 1))))
    LicenceFactory(user=attempt.learner, board=florida, issued_on=date(2022, 3, 1))
    dossier = attempt.completion.dossier
    type(dossier.user.licences.get()).objects.update(created_at=dossier.created_at - timedelta(days=1))
    award_completion(dossier=dossier)
    client.force_login(attempt.learner)

    text = client.get(reverse("courses:completion", args=[attempt.pk])).content.decode()

    assert "No credit with Florida Board of Massage Therapy" in text
    assert "No approval covered the completion date" in text


@pytest.mark.parametrize("number", [1, 3])
def test_lists_cost_the_same_for_any_number_of_licences_and_courses(client, learner, florida, django_assert_num_queries, number):
    codes = ["us_tx_massage", "us_ga_massage"]
    for code in codes[: number - 1]:
        LicenceFactory(user=learner, board=BoardFactory(code=code), issued_on=date(2022, 3, 1))
    for _ in range(number):
        approved_course(florida)
        approved_workshop(florida)
    client.force_login(learner)

    with django_assert_num_queries(18):
        client.get("/courses/")
    with django_assert_num_queries(20):
        client.get("/workshops/")


def test_the_api_gives_the_same_prospects(client, learner, florida):
    course, workshop = approved_course(florida), approved_workshop(florida)
    client.force_login(learner)

    listed = client.get("/api/v1/courses/").json()["results"][0]["prospects"]
    assert listed == client.get(f"/api/v1/courses/{course.slug}/").json()["prospects"]
    assert [(row["board"], row["code"], row["units"], row["worth"], row["wanted_by"]) for row in listed] == [("us_fl_massage", "fills", "5", "6", "2027-08-31")]
    (near,) = client.get("/api/v1/workshops/").json()["results"]
    assert near["prospects"] == client.get(f"/api/v1/workshops/{workshop.slug}/").json()["prospects"]
    assert near["prospects"][0]["fills"] == [{"code": "technique", "label": "Massage technique, hands-on in person", "units": "6", "of": "12"}]


def test_the_api_gives_a_stranger_no_prospects(client, florida):
    approved_workshop(florida)

    (near,) = client.get("/api/v1/workshops/").json()["results"]

    assert near["prospects"] == []


def test_the_dashboard_says_where_each_licence_stands_and_what_seats_count_for(client, learner, florida):
    SeatFactory(workshop=approved_workshop(florida), learner=learner)
    client.force_login(learner)

    response = client.get("/dashboard/")

    assert [row.sentence.split(",")[0] for row in response.context["standings"]] == ["24 more hours by August 31"]
    assert [[one.code for one in row.prospects] for row in response.context["seats"]] == [["fills"]]
    assert response.context["suggestions"] == []


def test_the_dashboard_suggests_what_is_neither_booked_nor_begun(client, learner, florida):
    SeatFactory(workshop=approved_workshop(florida), learner=learner)
    enrolled(approved_course(florida), learner=learner)
    other = approved_workshop(florida)
    client.force_login(learner)

    (one,) = client.get("/dashboard/").context["suggestions"]

    assert (one.url, one.prospects[0].units) == (other.get_absolute_url(), Decimal(6))


def test_who_is_about_to_pay_reads_which_licence_gets_nothing(client, learner, florida):
    LicenceFactory(user=learner, board=BoardFactory(code="us_ga_massage", name="Georgia Board", jurisdiction="US-GA"))
    course = published_course(is_free=False)
    AccreditationFactory(activity=course.current_version.activity, board=florida, valid_to=date(2026, 5, 1))
    course_price = PriceFactory(product__subject=course.subject)
    workshop = approved_workshop(florida)
    workshop_price = PriceFactory(product__subject=workshop.subject)
    client.force_login(learner)

    course_page = client.get(course_price.product.get_absolute_url()).content.decode()
    workshop_page = client.get(workshop_price.product.get_absolute_url()).content.decode()

    assert "Completing it gives no credit in Florida: the approval ended on May 1, 2026." in course_page
    assert "Completing it gives no credit in Georgia: not approved for it." in course_page
    assert "no credit in Florida" not in workshop_page
    assert "Completing it gives no credit in Georgia: not approved for it." in workshop_page


@pytest.mark.parametrize(("licences", "queries"), [(0, 1), (1, 3), (3, 3)])
def test_a_warning_costs_three_queries_at_most(florida, django_assert_num_queries, licences, queries):
    user = UserFactory()
    for code in ["us_fl_massage", "us_ga_massage", "us_tx_massage"][:licences]:
        LicenceFactory(user=user, board=BoardFactory(code=code))
    offer = offer_of(approved_course(florida).current_version)

    with django_assert_num_queries(queries):
        credit_warnings(user, offer)


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_of_own_courses_says_it_too(client, learner, florida, django_assert_num_queries, number):
    for _ in range(number):
        enrolled(approved_course(florida), learner)
    client.force_login(learner)

    with django_assert_num_queries(24):
        text = client.get("/courses/attempts/").content.decode()

    assert text.count("Florida: fills 5 of the 24 hours you still need.") == number
