"""What the database itself refuses about batches, whoever asks."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from credits.models import ReportBatch, ReportResult, ReportRow
from tests.factories.accounts import UserFactory
from tests.factories.reports import ReportBatchFactory, ReportRowFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    return ReportRowFactory()


def lock(batch):
    ReportBatch.objects.filter(pk=batch.pk).update(state="locked", locked_by=UserFactory(), locked_at=timezone.now())


def refused(query, **change):
    with pytest.raises(IntegrityError), transaction.atomic():
        query.update(**change)


def test_a_draft_may_be_made_anew_and_thrown_away(row):
    ReportBatch.objects.update(content=b"another")
    ReportRow.objects.update(payload={"licence_number": "MA2"})
    ReportRow.objects.all().delete()
    ReportBatch.objects.all().delete()

    assert not ReportBatch.objects.exists()


@pytest.mark.parametrize(
    "change", [{"content": b"x"}, {"sha256": "1" * 64}, {"row_count": 2}, {"number": 99}, {"file_name": "b"}, {"locked_at": timezone.now()}]
)
def test_a_locked_batch_keeps_its_file(row, change):
    lock(row.batch)
    before = ReportBatch.objects.values().get()

    refused(ReportBatch.objects, **change)
    with pytest.raises(IntegrityError, match="kept"), transaction.atomic():
        ReportRow.objects.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportBatch.objects.all()._raw_delete("default")

    assert ReportBatch.objects.values().get() == before


@pytest.mark.parametrize("change", [{"payload": {"x": 1}}, {"position": 2}, {"entry": "e"}, {"key": "k"}, {"action": "amend"}])
def test_the_rows_of_a_locked_batch_keep_what_they_say(row, change):
    lock(row.batch)

    refused(ReportRow.objects, **change)
    with pytest.raises(IntegrityError, match="kept"), transaction.atomic():
        ReportRowFactory(batch=row.batch, position=2)
    ReportRow.objects.update(outcome="refused", reason="Unknown number", decided_at=timezone.now())

    assert ReportRow.objects.get().outcome == "refused"


@pytest.mark.parametrize(("start", "goal"), [("draft", "posted"), ("draft", "abandoned"), ("locked", "draft"), ("posted", "locked"), ("abandoned", "locked")])
def test_a_batch_goes_one_way(row, start, goal):
    user, now = UserFactory(), timezone.now()
    values = {
        "draft": {},
        "locked": {},
        "posted": {"posted_by": user, "posted_at": now, "posted_noted_at": now},
        "abandoned": {"abandoned_by": user, "abandoned_at": now, "abandon_reason": "Not now"},
    }
    if start != "draft":
        lock(row.batch)
    if start in ("posted", "abandoned"):
        ReportBatch.objects.update(state=start, **values[start])

    refused(ReportBatch.objects, state=goal, locked_by=user, locked_at=now, **values[goal])

    assert ReportBatch.objects.get().state == start


def test_a_board_has_one_open_batch(row):
    with pytest.raises(IntegrityError, match="one_open_batch_per_board"), transaction.atomic():
        ReportBatchFactory(board=row.batch.board)


def test_an_award_and_an_entry_stand_once(row):
    lock(row.batch)
    ReportBatch.objects.update(state="posted", posted_by=UserFactory(), posted_at=timezone.now(), posted_noted_at=timezone.now())
    other = ReportBatchFactory(board=row.batch.board)

    with pytest.raises(IntegrityError, match="an_award_is_reported_once"), transaction.atomic():
        ReportRowFactory(batch=other, award=row.award)
    with pytest.raises(IntegrityError, match="an_entry_is_reported_once"), transaction.atomic():
        ReportRowFactory(batch=other, entry=row.entry)
    ReportRow.objects.update(outcome="refused", reason="Unknown number", decided_at=timezone.now())

    assert ReportRowFactory(batch=other, award=row.award, entry=row.entry).pk


def test_an_answer_is_append_only(row):
    values = {"file_name": "a.csv", "content": b"", "sha256": "0" * 64, "accepted": 1, "refused": 0, "read_at": timezone.now()}
    ReportResult.objects.create(batch=row.batch, **values)

    refused(ReportResult.objects, accepted=2)
