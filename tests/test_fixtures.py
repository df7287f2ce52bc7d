"""The shared real parts work: object store, worker process, web process, browser."""

import time

from django.core.files.base import ContentFile
from django.db import transaction

from core.jobs import enqueue
from core.models import Job
from notifications.models import MailMessage
from tests.factories.accounts import UserFactory
from tests.fixtures import reliability


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

    assert _state_within(Job.objects.get(), 10) == Job.State.DONE


def test_gunicorn_serves_pages_and_static_files(gunicorn_site, page):
    answer = page.goto(gunicorn_site.url)

    assert answer.status == 200
    assert page.request.get(f"{gunicorn_site.url}/static/vendor/htmx/htmx.min.js").status == 200


def test_browser_signs_in_without_the_form(live_site, page, sign_in, db):
    sign_in(page, UserFactory(), live_site)

    page.goto(f"{live_site}/dashboard/")

    assert page.url == f"{live_site}/dashboard/"


def test_axe_finds_a_picture_without_a_description(page, axe):
    page.set_content("<html lang=en><title>t</title><main><h1>x</h1><img src='data:,'></main>")

    assert [line.split(" ")[0] for line in axe(page)] == ["image-alt"]


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
