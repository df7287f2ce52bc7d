"""Everybody's answers to one workshop, as its desk page, its file and the API show them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.csv_text import plain
from workshops.booking.details import Details, details_by_learner
from workshops.models import Question, Seat, Workshop


@dataclass(frozen=True)
class AnswerRow:
    """One seat, with an answer for each of the questions in their order."""

    seat: Seat
    details: Details
    answers: list[str]

    @property
    def waiver(self) -> str:
        if self.details.waiver is None:
            return ""
        return _("Accepted") if self.details.accepted else _("Open")


def questions_of(workshop: Workshop) -> list[Question]:
    """Those asked now, and those that were."""
    return list(workshop.questions.all())


def seats_of(workshop: Workshop) -> QuerySet[Seat]:
    return workshop.seats.confirmed().select_related("learner").order_by("learner__email")


def answer_rows(workshop: Workshop, seats: Iterable[Seat], questions: list[Question]) -> list[AnswerRow]:
    """A constant number of queries."""
    rows = list(seats)
    found = details_by_learner(workshop, [seat.learner_id for seat in rows])
    return [_row(seat, found[seat.learner_id], questions) for seat in rows]


def _row(seat: Seat, details: Details, questions: list[Question]) -> AnswerRow:
    given = {answer.question_id: answer.value for answer in details.registration.answers.all()} if details.registration else {}
    return AnswerRow(seat, details, [given.get(question.pk, "") for question in questions])


def answers_csv(workshop: Workshop) -> str:
    """One line for each seat, in a file that no spreadsheet takes for formulas."""
    questions, out = questions_of(workshop), io.StringIO()
    writer = csv.writer(out)
    head = [_("Name"), _("E-mail address"), _("Place"), _("Waiver"), _("Still open"), *(question.text for question in questions)]
    writer.writerow([plain(cell) for cell in head])
    for row in answer_rows(workshop, seats_of(workshop), questions):
        cells = [str(row.seat.learner), row.seat.learner.email, row.seat.get_place_display(), row.waiver, " ".join(row.details.missing), *row.answers]
        writer.writerow([plain(cell) for cell in cells])
    return out.getvalue()
