"""What a learner typed in, and what the ledger knows by itself, may be one and the same: a person has to look, or it counts twice."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from credits.models import Award, ExternalCredit, OfficerTask
from credits.selectors import school_today
from credits.services.worklist import raise_task, settle_task

NEAR = timedelta(days=1)
LOOK_WITHIN = timedelta(days=7)
STANDING = (ExternalCredit.Status.WAITING, ExternalCredit.Status.ASKED, ExternalCredit.Status.ACCEPTED)


def note_doubles(*, award: Award) -> list[OfficerTask]:
    """A task for each credit that the award's holder typed in for the same board and days. Run again, it raises none twice."""
    same_days = {"completed_on__gte": award.completed_on - NEAR, "completed_on__lte": award.completed_on + NEAR}
    rows = ExternalCredit.objects.latest().with_status_of(*STANDING).filter(user=award.dossier.user_id, board=award.board_id, **same_days)
    return [_raise(credit, award) for credit in rows.select_related("board")] if award.board_id else []


def settle_doubles(*, credit: ExternalCredit, note: str) -> None:
    """Somebody looked at the credit since, or it is gone."""
    for key in OfficerTask.objects.filter(key__startswith=_key(credit), settled_at__isnull=True).values_list("key", flat=True):
        settle_task(key=key, note=note)


def _key(credit: ExternalCredit) -> str:
    return f"external-double:{credit.pk}:"


def _raise(credit: ExternalCredit, award: Award) -> OfficerTask:
    words = {"title": credit.title, "board": credit.board.name, "award": award.title, "day": date_format(award.completed_on, "F j, Y")}
    return raise_task(
        kind=OfficerTask.Kind.EXTERNAL_REVIEW,
        key=f"{_key(credit)}{award.pk}",
        title=_("Counted twice? %(title)s, for %(board)s") % words,
        detail=_(
            "It was typed in as earned elsewhere, and “%(award)s” of %(day)s is on the ledger now. "
            "If they are the same, do not accept what was typed in; if they are two things, settle this."
        )
        % words,
        address=reverse("credits_desk:external_review", args=[credit.pk]),
        due_on=school_today() + LOOK_WITHIN,
    )
