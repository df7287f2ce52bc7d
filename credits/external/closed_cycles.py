"""When credit that was accepted once is taken back: the cycles that were over by then are brought before a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from credits.closed_cycles.figures import Figures, closed_cycles_with
from credits.models import ExternalCredit, OfficerTask
from credits.selectors import school_today
from credits.services.worklist import raise_task

DECIDE_WITHIN = timedelta(days=14)


@contextmanager
def watched_closed_cycles(credit: ExternalCredit) -> Iterator[None]:
    """What happens inside may end an accepted credit; each closed cycle that stands otherwise afterwards becomes a task. Nothing in it is changed."""
    if credit.status != ExternalCredit.Status.ACCEPTED:
        yield
        return
    before = _figures(credit)
    yield
    for key, after in _figures(credit).items():
        if key in before and before[key].whole != after.whole:
            _raise(credit, before[key], after)


def _figures(credit: ExternalCredit) -> dict[tuple[int, date], Figures]:
    return closed_cycles_with(credit.user_id, credit.board_id, since=credit.completed_on, today=school_today())


def _raise(credit: ExternalCredit, before: Figures, after: Figures) -> None:
    words = {"board": after.licence.board.name, "end": date_format(after.end, "j F Y")}
    figures = {"title": credit.title, "before": before.shown["applied"], "after": after.shown["applied"], "of": after.shown["required"], "unit": after.unit}
    raise_task(
        kind=OfficerTask.Kind.CLOSED_CYCLE,
        key=f"closed-cycle:external:{credit.pk}:{after.licence.pk}:{after.end}",
        title=_("%(board)s: a change reaches the cycle that ended on %(end)s") % words,
        detail=_(
            "“%(title)s”, earned elsewhere, was accepted and then taken back. Counted before: %(before)s, without it: %(after)s of %(of)s %(unit)s. "
            "The cycle itself stays as it was: decide what follows, and write to the learner."
        )
        % figures,
        address=reverse("credits_desk:external_review", args=[credit.pk]),
        due_on=school_today() + DECIDE_WITHIN,
    )
