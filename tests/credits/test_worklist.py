"""What waits for a CE officer: found as often as it likes, on the list once."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.models import Role
from core.models import AuditEntry
from credits.models import OfficerTask
from credits.services import raise_task, settle_task, settle_task_by_hand
from credits.services.officers import NotAnOfficer, ReasonNeeded
from tests.factories.accounts import user_with_role

TASK = {"kind": OfficerTask.Kind.REPORT_DUE, "key": "report:us_ga:1", "title": "Report to Georgia"}


def test_raise_task_again_changes_the_words_of_the_one_task(db):
    first = raise_task(**TASK, due_on=date(2026, 11, 30))
    again = raise_task(**{**TASK, "title": "Report two rows to Georgia"}, due_on=date(2026, 11, 29))

    assert again == first
    assert (again.title, again.due_on) == ("Report two rows to Georgia", date(2026, 11, 29))
    assert OfficerTask.objects.open().count() == 1


def test_a_settled_task_stays_settled(db):
    raise_task(**TASK)
    settle_task(key=TASK["key"], note="Reported.")
    again = raise_task(**{**TASK, "title": "Report to Georgia at once"})

    assert (again.is_open, again.title, again.note) == (False, "Report to Georgia", "Reported.")
    assert settle_task(key=TASK["key"], note="Twice.") is None


def test_settle_task_by_hand_is_for_officers_with_a_note_and_audited(db):
    task = raise_task(**TASK)
    with pytest.raises(NotAnOfficer):
        settle_task_by_hand(task=task, officer=user_with_role(Role.STAFF), note="Done.")
    with pytest.raises(ReasonNeeded):
        settle_task_by_hand(task=task, officer=user_with_role(Role.CE_OFFICER), note=" ")

    officer = user_with_role(Role.CE_OFFICER)
    settle_task_by_hand(task=task, officer=officer, note="Sent by post.")
    settle_task_by_hand(task=task, officer=user_with_role(Role.CE_OFFICER), note="Again.")

    task.refresh_from_db()
    assert (task.settled_by, task.note) == (officer, "Sent by post.")
    assert AuditEntry.objects.filter(action="credits.settle_task").count() == 1


def test_open_lists_the_most_urgent_first(db):
    for number, due in enumerate((None, date(2026, 12, 1), date(2026, 11, 1))):
        raise_task(**{**TASK, "key": f"report:{number}"}, due_on=due)

    assert [task.due_on for task in OfficerTask.objects.open()] == [date(2026, 11, 1), date(2026, 12, 1), None]
