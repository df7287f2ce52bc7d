"""Telling CE officers of completions that got no credit although the board approved the activity, on another day or in another form."""

from __future__ import annotations

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from credits.models import Claim, OfficerTask
from credits.services.worklist import raise_task, settle_task

FOR_AN_OFFICER = ("approval_gap", "differs_from_approval", "hour_not_established")


def note_decision(claim: Claim, *, before: str) -> None:
    """Put a refused claim on the officers' list, one task for an activity, board and day; take it off when the last is credited.

    `before` is the code of an earlier decision of the same claim, "" for a new one. `claim` has dossier, activity, licence and board loaded.
    """
    if claim.state == Claim.State.REFUSED and claim.code in FOR_AN_OFFICER:
        _raise(claim)
    for code in {before} - {claim.code}:
        if code in FOR_AN_OFFICER and not _others(claim, code):
            settle_task(key=_key(claim, code), note=_("The completions of that day were decided anew."))


def _raise(claim: Claim) -> None:
    dossier, board = claim.dossier, claim.licence.board
    words = {"title": dossier.activity.title, "board": board.name, "day": date_format(dossier.completed_on, "F j, Y")}
    raise_task(
        kind=OfficerTask.Kind.FILE_A_CHANGE,
        key=_key(claim, claim.code),
        title=_("No credit with %(board)s for “%(title)s” on %(day)s") % words,
        detail=f"{claim.explanation} {_what_to_do(claim.code)}",
        address=reverse("credits_desk:activity_detail", args=[dossier.activity_id]),
    )


def _what_to_do(code: str) -> str:
    if code == "hour_not_established":
        return _("Enter how the board counts an hour in its rules, or what the approval grants of a part, and the claim is judged again.")
    return _("File the approval or the change with the board; when it is entered, the claim is judged again.")


def _key(claim: Claim, code: str) -> str:
    return f"refused:{code}:activity:{claim.dossier.activity_id}:board:{claim.licence.board_id}:{claim.dossier.completed_on.isoformat()}"


def _others(claim: Claim, code: str) -> bool:
    same = Claim.objects.filter(state=Claim.State.REFUSED, code=code, licence__board=claim.licence.board_id, dossier__activity=claim.dossier.activity_id)
    return same.filter(dossier__completed_on=claim.dossier.completed_on).exclude(pk=claim.pk).exists()
