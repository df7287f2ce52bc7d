"""The shared real parts work: object store, worker process, web process, browser."""

import threading
import time

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.db import connection, connections, transaction
from django.test import TransactionTestCase
from playwright.sync_api import expect

from core.jobs import enqueue
from core.models import Job
from notifications.models import MailMessage
from tests.factories.accounts import UserFactory
from tests.fixtures import last_look, reliability
from tests.fixtures.at_once import at_once, begin, outcomes
from tests.fixtures.database import empty


def test_object_store_saves_reads_ranges_and_deletes(s3_server, s3_bucket, s3_storage):
    name = s3_storage.save("video/one.bin", ContentFile(bytes(range(256))))

    with s3_storage.open(name) as stored:
        stored.seek(100)
        assert stored.read(4) == bytes([100, 101, 102, 103])
    client = s3_server.client()
    answer = client.get_object(Bucket=s3_bucket, Key=name, Range="bytes=250-")
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Body"].read()) == (206, bytes(range(250, 256)))
    client.close()
    assert s3_storage.size(name) == 256
    s3_storage.delete(name)
    assert not s3_storage.exists(name)


def test_second_file_of_one_name_gets_another_name(s3_storage):
    first = s3_storage.save("a.txt", ContentFile(b"1"))
    second = s3_storage.save("a.txt", ContentFile(b"2"))

    assert first != second


def test_worker_process_runs_a_job_that_the_test_enqueued(celery_worker_process):
    celery_worker_process("default")

    with transaction.atomic():
        message = MailMessage.objects.create(key="one", to_address="ada@example.org", template="none", subject="Hello", body_text="Hello")
        enqueue("notifications.deliver", key="mail:one", args={"message": message.pk})

    assert _state_within(Job.objects.get(), 120) == Job.State.DONE


def test_gunicorn_serves_pages_and_static_files(gunicorn_site, page):
    answer = page.goto(gunicorn_site.url)

    assert answer.status == 200
    assert page.request.get(f"{gunicorn_site.url}/static/vendor/htmx/htmx.min.js").status == 200


def test_browser_signs_in_without_the_form(live_site, page, sign_in, db):
    sign_in(page, UserFactory(), live_site)

    page.goto(f"{live_site}/dashboard/")

    expect(page).to_have_url(f"{live_site}/dashboard/")


def test_axe_finds_a_picture_without_a_description(page, axe):
    page.set_content("<html lang=en><title>t</title><main><h1>x</h1><img src='data:,'></main>")

    assert [line.split(" ")[0] for line in axe(page)] == ["image-alt"]


def test_a_page_of_a_test_that_failed_is_told_and_kept(page, browser, tmp_path, monkeypatch):
    monkeypatch.setattr(last_look, "PICTURES", tmp_path)
    page.set_content("<html lang=en><title>t</title><main><h1>Knee</h1><label>Town <input value=Boise></label></main></html>")

    ((title, text),) = last_look.look_at("tests/a/test_b.py::test_c[390]", browser)

    assert title == "Page 1: about:blank"
    assert 'heading "Knee"' in text
    assert 'textbox "Town": Boise' in text
    assert (tmp_path / "a-test-b-py-test-c-390-1.png").read_bytes().startswith(b"\x89PNG")


def _state_within(row: Job, limit_s: float) -> str:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        row.refresh_from_db()
        if row.state not in (Job.State.QUEUED, Job.State.RUNNING):
            break
        time.sleep(0.05)
    return row.state


def test_the_page_of_reliability_has_a_line_for_each_promise():
    rows = [reliability.Row("Seats", "500 buyers", "20 | 480"), reliability.Row("Events", "10,000 deliveries", "applied once")]

    page = reliability.page_of(rows, day="2026-11-22", cores=2)

    assert page.endswith("| Events | 10,000 deliveries | applied once |\n| Seats | 500 buyers | 20 \\| 480 |\n")
    assert "Last run: 2026-11-22, 2 cores." in page


def backend() -> int:
    connection.ensure_connection()
    return connection.connection.info.backend_pid


def refuse(error: Exception) -> None:
    raise error


@pytest.mark.django_db(transaction=True)
def test_calls_at_once_meet_on_connections_of_their_own_and_answer_in_order():
    met = threading.Barrier(3)

    def call(name):
        met.wait(60)  # all of them run, or nobody goes on
        return name, backend()

    answers = at_once(lambda: call("a"), lambda: call("b"), lambda: call("c"))

    assert [name for name, _backend in answers] == ["a", "b", "c"]
    assert len({backend(), *(own for _name, own in answers)}) == 4


@pytest.mark.django_db(transaction=True)
def test_an_error_of_a_call_is_raised_unless_it_is_a_refusal_one_waits_for():
    with pytest.raises(KeyError):
        at_once(lambda: 1, lambda: refuse(KeyError("a")))
    with pytest.raises(KeyError):
        outcomes(lambda: 1, lambda: refuse(KeyError("a")), refused=ValueError)

    one, refusal = outcomes(lambda: 1, lambda: refuse(KeyError("a")), refused=(ValueError, LookupError))

    assert (one, type(refusal)) == (1, KeyError)


@pytest.mark.django_db(transaction=True)
def test_a_call_that_does_not_end_fails_the_test_and_locks_nothing_any_more():
    person, is_over = UserFactory(), threading.Event()

    def hang():
        with transaction.atomic():
            type(person).objects.select_for_update().get()
            is_over.wait(100)

    with pytest.raises(pytest.fail.Exception, match=r"^1 of 2 calls had not ended after 2 seconds\.$"):
        at_once(hang, lambda: None, timeout_s=2)

    with transaction.atomic():
        assert type(person).objects.select_for_update(nowait=True).get() == person
    is_over.set()


@pytest.mark.django_db(transaction=True)
def test_a_call_begun_in_a_transaction_waits_for_its_end_and_answers():
    people, order = type(UserFactory()).objects, []

    def lock():
        with transaction.atomic():
            person = people.select_for_update().get()
            order.append("call")
            return person

    with transaction.atomic():
        person = people.select_for_update().get()
        end = begin(lock)
        over = begin(lambda: refuse(KeyError("a")))
        order.append("test")

    assert (end(), order) == (person, ["test", "call"])
    with pytest.raises(KeyError):
        over()


def test_calls_at_once_that_would_not_see_what_the_test_wrote_are_not_made(db):
    with pytest.raises(pytest.fail.Exception, match="transaction=True"):
        at_once(lambda: None)


@pytest.mark.django_db(transaction=True)
def test_what_a_test_committed_is_gone_after_it_whoever_is_the_last_to_write_it():
    """A connection that is in the middle of something, as of a process that was just killed, is waited for."""
    people, permissions, began = type(UserFactory()).objects, Permission.objects.count(), threading.Event()

    def write():
        with transaction.atomic():
            UserFactory()
            began.set()
            time.sleep(0.3)
        connections.close_all()

    late = threading.Thread(target=write)
    late.start()
    began.wait(60)

    empty(TransactionTestCase())

    assert (people.exists(), Permission.objects.count() > 0, Permission.objects.count()) == (False, True, permissions)
    late.join()
    assert not people.exists()
