"""Reminding: each letter once, however often and from however many places it is begun."""

from __future__ import annotations

from django.db import transaction

from core import clock
from core.jobs import enqueue
from workshops.models import Workshop
from workshops.reminding.due import Due, coming_soon, instructor_is_due, letters_due
from workshops.reminding.letters import write_to_holder, write_to_instructor


def queue_reminders() -> int:
    """Queue a job for each workshop of which somebody is to be reminded now; how many."""
    found = [workshop for workshop in coming_soon() if letters_due(workshop) or instructor_is_due(workshop)]
    for workshop in found:
        enqueue("workshops.remind", key=f"remind:{workshop.pk}:{clock.now():%Y%m%dT%H%M}", args={"workshop": workshop.pk})
    return len(found)


def remind(*, workshop: Workshop) -> int:
    """Write what is due now about `workshop`, a transaction each; how many letters. Safe to repeat, and beside itself.

    What was seen before the lock is looked at again under it: a seat that was given back, or a workshop that moved, is
    not written of.
    """
    workshop = Workshop.objects.select_related("venue", "instructor").get(pk=workshop.pk)
    written = sum(_write(one) for one in letters_due(workshop))
    return written + _write_to_instructor(workshop)


def _write(due: Due) -> int:
    with transaction.atomic():
        still = letters_due(_locked(due.seat.workshop), [due.seat.pk])
        for one in still:
            write_to_holder(one)
    return len(still)


def _write_to_instructor(workshop: Workshop) -> int:
    if not instructor_is_due(workshop):
        return 0
    with transaction.atomic():
        locked = _locked(workshop)
        if not instructor_is_due(locked):
            return 0
        write_to_instructor(locked)
    return 1


def _locked(workshop: Workshop) -> Workshop:
    """The row as it is now, under its lock. Nobody waits for a job, so this waits for whoever takes a seat, however long."""
    return Workshop.objects.select_for_update(of=("self",)).select_related("venue", "instructor").get(pk=workshop.pk)
