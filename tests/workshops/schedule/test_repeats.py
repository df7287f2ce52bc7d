"""The same workshop on other days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import Role
from core.models import AuditEntry
from tests.factories.accounts import user_with_role
from tests.factories.workshops import SeatFactory, WorkshopFactory, workshop_with_blocks
from workshops.errors import ScheduleRefused
from workshops.models import Block, Series, Workshop
from workshops.schedule.repeats import following_days, look_at_days, repeat_workshop

SATURDAY = date(2027, 3, 13)  # the second of its month


@pytest.mark.parametrize(
    ("how", "every", "days"),
    [
        ("weekly", 2, [date(2027, 3, 27), date(2027, 4, 10), date(2027, 4, 24)]),
        ("monthly_weekday", 1, [date(2027, 4, 10), date(2027, 5, 8), date(2027, 6, 12)]),
        ("monthly_day", 1, [date(2027, 4, 13), date(2027, 5, 13), date(2027, 6, 13)]),
    ],
)
def test_a_rule_proposes_days(how, every, days):
    assert following_days(SATURDAY, how=how, every=every, count=3) == days


def test_a_month_without_such_a_day_is_left_out():
    assert following_days(date(2027, 1, 31), how="monthly_day", every=1, count=2) == [date(2027, 3, 31), date(2027, 5, 31)]


def saturday(**fields):
    """Nine to five in Chicago, the day before clocks are set forward."""
    workshop = WorkshopFactory(starts_at=datetime(2027, 3, 13, 15, tzinfo=UTC), ends_at=datetime(2027, 3, 13, 23, tzinfo=UTC), **fields)
    Block.objects.create(workshop=workshop, starts_at=workshop.starts_at, ends_at=workshop.ends_at)
    return workshop


def test_copies_keep_the_hours_of_the_wall_and_belong_to_a_series(db):
    workshop, staff = saturday(), user_with_role(Role.STAFF)
    SeatFactory(workshop=workshop)

    made = repeat_workshop(workshop=workshop, days=[date(2027, 3, 20), date(2027, 3, 27)], by=staff)

    assert [(copy.starts_at.astimezone(copy.zone).hour, copy.state, copy.seats.count()) for copy in made] == [(9, "draft", 0)] * 2
    workshop.refresh_from_db()
    assert (workshop.series, {copy.series for copy in made}) == (Series.objects.get(), {Series.objects.get()})
    assert AuditEntry.objects.filter(action="workshops.save_series").count() == 1
    assert made[0].slug == "the-knee-hands-on-2027-03-20"


def test_doing_it_twice_makes_each_draft_once(db):
    workshop, staff = saturday(), user_with_role(Role.STAFF)
    days = [date(2027, 3, 20), date(2027, 3, 27)]

    first, second = (repeat_workshop(workshop=workshop, days=days, by=staff) for _ in range(2))

    assert (len(first), second, Workshop.objects.count()) == (2, [], 3)


def test_one_day_that_cannot_be_makes_none(db):
    workshop = WorkshopFactory(starts_at=datetime(2027, 3, 7, 8, 30, tzinfo=UTC), ends_at=datetime(2027, 3, 7, 12, tzinfo=UTC))  # 2:30 in Chicago
    Block.objects.create(workshop=workshop, starts_at=workshop.starts_at, ends_at=workshop.ends_at)

    with pytest.raises(ScheduleRefused, match=r"there is no 2:30 a\.m\."):
        repeat_workshop(workshop=workshop, days=[date(2027, 3, 21), date(2027, 3, 14)], by=user_with_role(Role.STAFF))

    assert (Workshop.objects.get(), Series.objects.exists()) == (workshop, False)


@pytest.mark.parametrize("count", [1, 3])
def test_what_stands_in_the_way_is_said_in_one_query(db, django_assert_num_queries, count):
    workshop = saturday()
    for number in range(1, count + 1):
        WorkshopFactory(title="Hips", instructor=workshop.instructor, starts_at=workshop.starts_at + timedelta(weeks=number))
    workshop = Workshop.objects.select_related("venue").prefetch_related("blocks").get(pk=workshop.pk)

    with django_assert_num_queries(1):
        planned = look_at_days(workshop, following_days(SATURDAY, how="weekly", every=1, count=count))

    assert [len(plan.warnings) for plan in planned] == [1] * count
    assert "The instructor teaches “Hips” then (March 20, 2027)." in planned[0].warnings


@pytest.fixture
def desk(client, db):
    client.force_login(user_with_role(Role.STAFF))
    workshop = saturday(instructor=user_with_role(Role.INSTRUCTOR))
    return client, workshop, reverse("workshops_desk:workshop_repeat", args=[workshop.pk])


def test_days_are_shown_changed_and_made(desk):
    client, workshop, page = desk

    shown = client.post(page, {"how": "weekly", "every": "1", "count": "2", "propose": "yes"})
    assert [form["day"].value() for form in shown.context["formset"]] == [date(2027, 3, 20), date(2027, 3, 27)]
    data = {"days-TOTAL_FORMS": "2", "days-INITIAL_FORMS": "2", "days-0-day": "2027-03-21", "days-0-make": "on", "days-1-day": "2027-03-27"}
    client.post(page, {**data, "series_title": "Knees of spring"})

    copy = Workshop.objects.exclude(pk=workshop.pk).get()
    assert (copy.starts_at, copy.series.title) == (datetime(2027, 3, 21, 14, tzinfo=UTC), "Knees of spring")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"how": "dates", "dates": "2027-03-20\nnext week"}, "“next” is not a day"),
        ({"how": "dates", "dates": ""}, "Type at least one day"),
        ({"how": "weekly", "count": "500"}, "less than or equal to 52"),
        ({"how": "daily"}, "Select a valid choice"),
    ],
)
def test_a_rule_that_says_nothing_makes_nothing(desk, typed, sentence):
    client, _workshop, page = desk

    response = client.post(page, {**typed, "propose": "yes"})

    assert (response.status_code, sentence in response.content.decode(), Workshop.objects.count()) == (422, True, 1)


def test_no_day_chosen_makes_nothing(desk):
    client, _workshop, page = desk

    response = client.post(page, {"days-TOTAL_FORMS": "1", "days-INITIAL_FORMS": "1", "days-0-day": "2027-03-20"})

    assert (response.status_code, "Choose at least one day" in response.content.decode(), Workshop.objects.count()) == (422, True, 1)


def test_a_copy_opens_as_a_draft(desk):
    client, workshop, _page = desk

    response = client.post(reverse("workshops_desk:workshop_duplicate", args=[workshop.pk]), {"day": "2027-05-01"})

    copy = Workshop.objects.exclude(pk=workshop.pk).get()
    assert (response.url, copy.state, copy.title) == (reverse("workshops_desk:workshop_edit", args=[copy.pk]), "draft", workshop.title)


def test_another_instructor_can_copy_nothing(client, db):
    workshop = workshop_with_blocks(instructor=user_with_role(Role.INSTRUCTOR))
    client.force_login(user_with_role(Role.INSTRUCTOR))

    answers = [client.post(reverse(f"workshops_desk:{name}", args=[workshop.pk]), {"day": "2027-05-01"}) for name in ("workshop_duplicate", "workshop_repeat")]

    assert ([answer.status_code for answer in answers], Workshop.objects.count()) == ([404, 404], 1)


@pytest.mark.parametrize("count", [1, 3])
def test_series_cost_the_same_for_any_number(client, db, django_assert_max_num_queries, count):
    series = [Series.objects.create(title=f"Series {number}") for number in range(count)]
    WorkshopFactory.create_batch(count, series=series[0])
    client.force_login(user_with_role(Role.STAFF))

    with django_assert_max_num_queries(8):
        client.get(reverse("workshops_desk:series_list"))
    with django_assert_max_num_queries(8):
        page = client.get(reverse("workshops_desk:series_detail", args=[series[0].pk])).content.decode()

    assert page.count("The Knee, Hands On") == count


def test_a_series_written_at_the_desk_is_on_record(client, db):
    staff = user_with_role(Role.STAFF)
    client.force_login(staff)

    client.post(reverse("workshops_desk:series_create"), {"title": "Knees of spring", "note": ""})
    series = Series.objects.get()
    client.post(reverse("workshops_desk:series_edit", args=[series.pk]), {"title": "Knees of summer", "note": ""})

    written = AuditEntry.objects.filter(action="workshops.save_series", subject=f"workshops.Series:{series.pk}", actor=staff).order_by("pk")
    assert [entry.details["title"] for entry in written] == ["Knees of spring", "Knees of summer"]
