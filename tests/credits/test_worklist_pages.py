"""The officers' list at the desk and over the API."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Role
from credits.models import OfficerTask
from credits.services import raise_task, settle_task
from credits.worklist import api, desk
from tests.factories.accounts import user_with_role

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
LIST, API_LIST = reverse("credits_desk:task_list"), reverse("credits_api:task-list")
LIST_QUERIES, API_QUERIES = 7, 5


@pytest.fixture(autouse=True)
def today(monkeypatch):
    for module in (desk, api):
        monkeypatch.setattr(module, "school_today", lambda: TODAY)


@pytest.fixture
def officer(client):
    person = user_with_role(Role.CE_OFFICER)
    client.force_login(person)
    return person


def task(number=1, *, kind=OfficerTask.Kind.REPORT_DUE, due_on=None, **words):
    return raise_task(kind=kind, key=f"task:{number}", title=words.pop("title", f"Report number {number}"), due_on=due_on, **words)


def main(answer):
    return answer.content.decode().split('<div class="desk__main">')[1]


def test_an_empty_list_says_what_will_be_on_it(client, officer):
    page = main(client.get(LIST))

    assert "Nothing waits for you" in page
    assert "put here by itself" in page


def test_the_most_urgent_is_first_and_what_is_late_says_so(client, officer):
    task(1, due_on=date(2026, 12, 1), address="/desk/credits/boards/")
    task(2, due_on=date(2026, 11, 1))
    task(3)
    settled = task(4, title="Reported long ago")
    settle_task(key=settled.key, note="Done by post.")

    page = main(client.get(LIST))

    places = [page.index(f"Report number {number}<") for number in (2, 1, 3)]
    assert places == sorted(places)
    assert page.count("Overdue</span>") == 1
    assert "3 things wait for a CE officer, 1 is overdue" in page
    assert '<a href="/desk/credits/boards/">Report number 1</a>' in page
    assert "Reported long ago" not in page


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [2, 1]),
        ("state=overdue", [2]),
        ("state=settled", [3]),
        ("state=all", [3, 2, 1]),
        ("state=nonsense&kind=nonsense", [2, 1]),
        ("kind=closed_cycle", [1]),
        ("q=number 2", [2]),
        ("q=\x00zeppelin", []),
        ("state=settled&q=post", [3]),
    ],
)
def test_filters_choose_the_same_on_the_page_and_over_the_api(client, officer, query, numbers):
    task(1, kind=OfficerTask.Kind.CLOSED_CYCLE)
    task(2, due_on=date(2026, 11, 1))
    task(3)
    settle_task(key="task:3", note="Sent by post.")

    found = client.get(f"{API_LIST}?{query}").json()["results"]
    page = client.get(f"{LIST}?{query}").context["page"]

    assert [row["title"] for row in found] == [f"Report number {number}" for number in numbers]
    assert [row.title for row in page] == [row["title"] for row in found]


def test_an_officer_settles_with_a_note(client, officer):
    waiting = task(due_on=date(2026, 11, 1))

    refused = client.post(reverse("credits_desk:task_settle", args=[waiting.pk]), {"note": " "})
    done = client.post(reverse("credits_desk:task_settle", args=[waiting.pk]), {"note": "Sent by post."}, follow=True)

    assert refused.status_code == 422
    waiting.refresh_from_db()
    assert (waiting.settled_by, waiting.note) == (officer, "Sent by post.")
    assert "Settled: “Report number 1”." in done.content.decode()
    assert "This is settled:" in main(client.get(reverse("credits_desk:task_settle", args=[waiting.pk])))


def test_staff_read_and_do_not_settle(client):
    waiting = task()
    client.force_login(user_with_role(Role.STAFF))

    page = main(client.get(LIST))
    answer = client.post(reverse("credits_api:task-settle", args=[waiting.pk]), {"note": "Done."}, content_type="application/json")

    assert "A CE officer settles it" in page
    assert answer.status_code == 403
    assert OfficerTask.objects.open().count() == 1


def test_staff_are_not_led_to_where_only_officers_go(client):
    task(1, kind=OfficerTask.Kind.CLOSED_CYCLE, title="A cycle", address=reverse("credits_desk:closed_cycle_detail", args=[1]))
    task(2, title="A board", address=reverse("credits_desk:board_list"))
    client.force_login(user_with_role(Role.STAFF))

    page = main(client.get(LIST))

    assert ">A board</a>" in page
    assert "A cycle" in page
    assert "/closed-cycles/" not in page


def test_the_api_says_what_is_late_and_settles(client, officer):
    waiting = task(due_on=date(2026, 11, 1), detail="Two rows.")
    address = reverse("credits_api:task-settle", args=[waiting.pk])

    row = client.get(reverse("credits_api:task-detail", args=[waiting.pk])).json()
    refused = client.post(address, {"note": ""}, content_type="application/json")
    settled = client.post(address, {"note": "Done."}, content_type="application/json").json()
    again = client.post(address, {"note": "Twice."}, content_type="application/json").json()

    assert (row["kind"], row["is_overdue"], row["is_open"], row["detail"]) == ("report_due", True, True, "Two rows.")
    assert refused.status_code == 400
    assert (settled["is_open"], settled["is_overdue"], settled["note"], again["note"]) == (False, False, "Done.", "Done.")


def test_the_desks_first_pages_count_what_is_open(client, officer):
    task(1, due_on=date(2020, 1, 1))
    task(2)

    assert "2 things to do" in main(client.get(reverse("credits_desk:overview")))
    home = main(client.get("/desk/"))
    assert "2 things wait for a CE officer. One is overdue." in home


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_a_constant_number_of_queries(client, officer, django_assert_num_queries, count):
    for number in range(count):
        task(number)
        task(f"settled {number}")
        settle_task(key=f"task:settled {number}", note="Done.")
    client.get(LIST)

    with django_assert_num_queries(LIST_QUERIES):
        client.get(f"{LIST}?state=all")
    with django_assert_num_queries(API_QUERIES):
        client.get(f"{API_LIST}?state=all")
