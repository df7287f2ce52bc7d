"""The lines of a transcript: awards, what was earned elsewhere, and what is not completed yet, in one form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits.held_awards import WAITS_FOR, Hold, hold_of, what_next, why_held
from credits.models import Award, Board, ExternalCredit, Licence
from credits.prospects.prospector import Prospector
from credits.transcripts.sources import InProgress


class Origin(models.TextChoices):
    HERE = "here", gettext_lazy("Earned with us")
    ELSEWHERE = "elsewhere", gettext_lazy("Earned elsewhere")
    IN_PROGRESS = "in_progress", gettext_lazy("Not completed yet")


class State(models.TextChoices):
    EARNED = "earned", gettext_lazy("Earned")
    PENDING = "pending", gettext_lazy("Pending")
    ENDED = "ended", gettext_lazy("No longer or never counted")


@dataclass(frozen=True)
class Line:
    """`code` is the state in the words of where it comes from, `word` the same for people. `address` and `note` are for the holder alone.

    `day` is None while it is not completed and has no date; `board` None where no board's units are concerned.
    """

    origin: Origin
    state: State
    code: str
    word: str
    badge: str
    title: str
    provider: str
    day: date | None
    board: Board | None
    units: Decimal | None
    unit: str
    split: tuple[tuple[str, str], ...]
    mode: str
    approval: str
    certificate: str
    address: str
    note: str = ""

    @property
    def units_shown(self) -> str:
        return "" if self.units is None else f"{self.units.normalize():f}"


AWARD_STATES = {
    Award.Status.ACTIVE: (State.EARNED, "ok"),
    Award.Status.HELD: (State.PENDING, "warn"),
    Award.Status.REVOKED: (State.ENDED, "bad"),
    Award.Status.SUPERSEDED: (State.ENDED, "muted"),
}
EXTERNAL_STATES = {
    ExternalCredit.Status.ACCEPTED: (State.EARNED, "ok"),
    ExternalCredit.Status.WAITING: (State.PENDING, "info"),
    ExternalCredit.Status.ASKED: (State.PENDING, "warn"),
    ExternalCredit.Status.REFUSED: (State.ENDED, "bad"),
    ExternalCredit.Status.WITHDRAWN: (State.ENDED, "muted"),
    ExternalCredit.Status.SUPERSEDED: (State.ENDED, "muted"),
}


def award_lines(user: Any) -> list[Line]:
    """The newest version of each award. Two queries."""
    rows = Award.objects.visible_to(user).with_status().filter(superseded_by__isnull=True)
    rows = rows.select_related("board", "certificate").prefetch_related("entries")
    rows = rows.defer("trace", "certificate__staged", "certificate__credential_jwt", "certificate__snapshot")
    return [_award_line(award) for award in rows]


def _award_line(award: Any) -> Line:
    state, badge = AWARD_STATES[Award.Status(award.status)]
    certificate = getattr(award, "certificate", None)
    code, word = award.status, award.status_label
    hold = hold_of(award)
    if hold and hold.is_review:  # nobody may rely on it meanwhile
        state, badge, word = State.PENDING, "warn", _("held since %(day)s") % {"day": date_format(localtime(hold.since), "N j, Y")}
        code = "suspended" if award.status == Award.Status.ACTIVE else code
    return Line(
        origin=Origin.HERE,
        state=state,
        code=code,
        word=word,
        badge=badge,
        title=award.title,
        provider=award.provider_name,
        day=award.completed_on,
        board=award.board,
        units=award.units,
        unit=award.unit_printed,
        split=tuple((part["name"], part["units"]) for part in award.split_shown),
        mode=award.get_mode_display(),
        approval=" ".join(part for part in (award.approval_board_name, award.approval_number) if part),
        certificate=certificate.public_url if certificate and certificate.is_made else "",
        address=reverse("credits:credit_list") if award.missing else "",
        note=_award_note(award, hold),
    )


def _award_note(award: Award, hold: Hold | None) -> str:
    if award.revoked_because:
        return _("reason: %(reason)s") % {"reason": award.revoked_because}
    if hold and hold.is_review:
        return f"{why_held(hold)}. {what_next(hold)}"
    return ", ".join(str(WAITS_FOR[code]) for code in award.missing if code in WAITS_FOR)


def external_lines(user: Any) -> list[Line]:
    """The newest version of each credit earned elsewhere. One query."""
    rows = ExternalCredit.objects.visible_to(user).latest().with_status().select_related("board", "approval_board")
    return [_external_line(credit) for credit in rows]


def _external_line(credit: ExternalCredit) -> Line:
    state, badge = EXTERNAL_STATES[ExternalCredit.Status(credit.status)]
    approved_by = credit.approval_board.name if credit.approval_board else ""
    return Line(
        origin=Origin.ELSEWHERE,
        state=state,
        code=credit.status,
        word=credit.status_label,
        badge=badge,
        title=credit.title,
        provider=credit.provider_name,
        day=credit.completed_on,
        board=credit.board,
        units=credit.units,
        unit=credit.unit_printed,
        split=tuple((part["name"], part["units"]) for part in credit.split_shown),
        mode=credit.get_mode_display(),
        approval=" ".join(part for part in (approved_by, credit.approval_number) if part),
        certificate="",
        address=credit.get_absolute_url(),
        note=_("the school has a question") if credit.status == ExternalCredit.Status.ASKED else "",
    )


def open_lines(found: Iterable[InProgress], prospector: Prospector) -> list[Line]:
    """What is not completed yet: a line for each board that would credit it, with what it would be worth there; else one without a board."""
    rows = list(found)
    prospects = prospector.prospects([row.offer for row in rows if row.offer])
    lines = []
    for row in rows:
        worth: dict[int, tuple[Licence, Decimal, str]] = {}
        for prospect in prospects.get(row.offer.key, ()) if row.offer else ():
            if prospect.worth:
                worth.setdefault(prospect.licence.board_id, (prospect.licence, prospect.worth, prospect.unit))
        lines += [_open_line(row, licence.board, units, unit) for licence, units, unit in worth.values()] or [_open_line(row, None, None, "")]
    return lines


def _open_line(row: InProgress, board: Board | None, units: Decimal | None, unit: str) -> Line:
    return Line(
        origin=Origin.IN_PROGRESS,
        state=State.PENDING,
        code="in_progress",
        word=str(row.word),
        badge="info",
        title=row.title,
        provider="",
        day=row.offer.day if row.offer else None,
        board=board,
        units=units,
        unit=unit,
        split=(),
        mode="",
        approval="",
        certificate="",
        address=row.address,
        note=_("if completed") if units is not None else "",
    )
