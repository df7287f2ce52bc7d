"""Asking a person whether we may report what they complete, and keeping their word."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from credits.models import Award, Board, Licence, ReportConsent
from credits.reports.duties import Duty, duty_of
from credits.services.ledger import lock_person
from notifications.services import send_mail_once


class ConsentNotAsked(DomainError):
    code = "consent_not_asked"


class WordsChanged(DomainError):
    code = "words_changed"


@dataclass(frozen=True)
class Consent:
    """What a page shows: the board's question, the words for yes and for taking it back, and the word that holds."""

    board: Board
    duty: Duty
    words: str
    withdrawal: str
    latest: ReportConsent | None

    @property
    def state(self) -> str:
        return self.latest.word if self.latest else "open"

    @property
    def is_given(self) -> bool:
        return self.latest is not None and self.latest.is_given

    @property
    def digest(self) -> str:
        return words_digest(self.words)

    @property
    def withdrawal_digest(self) -> str:
        return words_digest(self.withdrawal)


def words_digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


def nothing_to_ask(board: Board) -> ConsentNotAsked:
    return ConsentNotAsked(_("%(board)s asks for no consent to report, so there is nothing to agree to.") % {"board": board.name})


def needs_consent(board_code: str) -> bool:
    duty = duty_of(board_code)
    return duty is not None and duty.needs_consent


def consent_of(user: Any, board: Board) -> Consent | None:
    """None where the board's text asks for no consent."""
    duty = duty_of(board.code)
    if duty is None or not duty.needs_consent:
        return None
    return Consent(board, duty, _words(board, duty), _withdrawal(board), ReportConsent.objects.latest_of(user, board).first())


def asks_consent(user: Any, board: Board) -> bool:
    """Whether the board's text asks for this person's consent and they have not answered yet."""
    return needs_consent(board.code) and not ReportConsent.objects.latest_of(user, board).exists()


def consents_of(user: Any) -> list[Consent]:
    """For each board the person keeps a licence of, or gave a word about, whose text asks for consent. Two queries."""
    said = {row.board_id: row for row in ReportConsent.objects.visible_to(user).order_by("pk")}
    kept_up = Licence.objects.visible_to(user).on_file().values("board")
    boards = Board.objects.filter(Q(pk__in=list(said)) | Q(pk__in=kept_up)).order_by("name")
    asking = [(board, duty) for board in boards if (duty := duty_of(board.code)) and duty.needs_consent]
    return [Consent(board, duty, _words(board, duty), _withdrawal(board), said.get(board.pk)) for board, duty in asking]


def _words(board: Board, duty: Duty) -> str:
    system = duty.system.name if duty.system else board.name
    said = _(
        "I agree that %(school)s reports to %(system)s, for the %(board)s, what I complete: my licence number, my name, the course with its"
        " number and hours, and the day I completed it. I can withdraw this at any time; what was reported before stays with the board."
    )
    return said % {"school": settings.SCHOOL_NAME, "system": system, "board": board.name}


def _withdrawal(board: Board) -> str:
    said = _("I withdraw my consent: %(school)s reports nothing more about me to the %(board)s. What was reported before stays with the board.")
    return said % {"school": settings.SCHOOL_NAME, "board": board.name}


def why_asked(consent: Consent) -> str:
    """One sentence for the page: what hangs on it."""
    days = consent.duty.deadline_days
    if days is None:
        return _("The %(board)s wants us to report what you complete, and asks for your consent first.") % {"board": consent.board.name}
    said = ngettext(
        "The %(board)s wants us to report what you complete within %(days)s day, and asks for your consent first.",
        "The %(board)s wants us to report what you complete within %(days)s days, and asks for your consent first.",
        days,
    )
    return said % {"board": consent.board.name, "days": days}


def give_consent(*, user: Any, board: Board, digest: str) -> ReportConsent:
    """Note the person's yes to the words with this digest. Given already: the standing word is returned.

    Raises ConsentNotAsked where the board asks for none, WordsChanged when the words are no longer those that were shown.
    """
    return _say(user, board, ReportConsent.Word.GIVEN, digest)


def withdraw_consent(*, user: Any, board: Board, digest: str) -> ReportConsent | None:
    """Take the yes back. Nothing to take back: the standing word is returned, or None. Raises as `give_consent` does."""
    return _say(user, board, ReportConsent.Word.WITHDRAWN, digest)


def _say(user: Any, board: Board, word: ReportConsent.Word, digest: str) -> Any:
    with transaction.atomic():
        lock_person(user.pk)
        latest = ReportConsent.objects.latest_of(user, board).first()
        if (latest.word if latest else ReportConsent.Word.WITHDRAWN) == word:
            return latest
        consent = consent_of(user, board)
        if consent is None and word == ReportConsent.Word.GIVEN:
            raise nothing_to_ask(board)
        words = _withdrawal(board) if word == ReportConsent.Word.WITHDRAWN else consent.words  # type: ignore[union-attr]  # refused above
        if digest != words_digest(words):
            raise WordsChanged(_("The text has changed since you opened the page. Read it again below, then choose."))
        row = ReportConsent.objects.create(user=user, board=board, word=word, words=words, at=clock.now())
        record_audit(actor=user, action=f"credits.report_consent_{word}", record=row, board=board.code)
    return row


def ask_for_consent(*, award: Award) -> bool:
    """Write to the learner, once for each completion, that an award can not be reported without their consent. Returns whether there was anything to ask."""
    user, board = award.dossier.user, award.board
    if board is None or (consent := consent_of(user, board)) is None or consent.latest is not None:
        return False
    _send(user, consent, award, key=f"dossier:{award.dossier_id}:board:{board.pk}:consent")
    return True


def ask_again(*, award: Award, officer: Any, today: date) -> bool:
    """An officer has the learner asked once more: at most one mail a day, also after a withdrawal. Returns whether there was anything to ask."""
    user, board = award.dossier.user, award.board
    if board is None or (consent := consent_of(user, board)) is None or consent.is_given:
        return False
    with transaction.atomic():
        _send(user, consent, award, key=f"user:{user.pk}:board:{board.pk}:consent:{today.isoformat()}")
        record_audit(actor=officer, action="credits.ask_for_consent", record=award, board=board.code)
    return True


def _send(user: Any, consent: Consent, award: Award, *, key: str) -> None:
    context = {"award": award, "consent": consent, "why": why_asked(consent), "due_on": consent.duty.due_on(award.completed_on)}
    send_mail_once(key=key, template="credits/mail/consent_asked", context=context, recipient=user)
