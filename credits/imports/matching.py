"""Whom and what a line is about: person, licence, board, approval, as far as they are on file. Writes nothing."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from credits.imports.entries import Entry
from credits.models import Accreditation, Activity, Award, Board, Dossier, Licence


@dataclass
class Match:
    """What was found for an entry. `user` is None for a person to invite; `known` is the award it became in an earlier import."""

    user: User | None = None
    licence: Licence | None = None
    board: Board | None = None
    approving: Board | None = None
    accreditation: Accreditation | None = None
    known: Award | None = None
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def match(entry: Entry, content_key: str, officer: Any) -> Match:
    """Find everything an entry names. Costs a handful of queries; what keeps the line out is in `faults`."""
    found = Match()
    _boards(entry, found)
    _person(entry, found)
    if found.user is not None and found.user.pk == officer.pk:
        found.faults.append(_("Nobody imports their own certificates. Ask another CE officer."))
    if not found.faults:
        _approval(entry, found)
        _earlier(entry, content_key, found)
    return found


def _boards(entry: Entry, found: Match) -> None:
    code, other = entry.text["board"], entry.text["approved_by"]
    if not code:
        return
    boards = {board.code: board for board in Board.objects.filter(code__in=[code, other])}
    found.board, found.approving = boards.get(code), boards.get(other or code)
    for name, value in (("board", code), ("approved_by", other)):
        if value and value not in boards:
            found.faults.append(_("%(column)s: no board has the code “%(code)s”; the list of boards shows them.") % {"column": name, "code": value})
    if found.board and found.approving and found.approving != found.board and not found.board.accepts_approvals_of.filter(pk=found.approving.pk).exists():
        found.faults.append(_("approved_by: %(board)s does not accept approvals of %(other)s.") % {"board": found.board.name, "other": found.approving.name})
    if found.approving and not found.approving.unit_printed:
        found.faults.append(_("board: %(board)s has no unit on file, so its credit can not be kept.") % {"board": found.approving.name})


def _person(entry: Entry, found: Match) -> None:
    email, number = entry.text["email"], entry.text["licence_number"]
    by_mail = User.objects.filter(email=email).first() if email else None
    licences = list(Licence.objects.filter(number__iexact=number, board=found.board).select_related("user")) if number and found.board else []
    owners = {licence.user_id: licence.user for licence in licences}
    if by_mail and owners and by_mail.pk not in owners:
        found.faults.append(_("licence_number: it is on file for somebody else than %(email)s. One of the two is wrong.") % {"email": email})
    elif by_mail:
        found.user = by_mail
    elif len(owners) > 1:
        found.faults.append(_("licence_number: several people have it on file. Give the e-mail address."))
    elif owners and email:
        found.faults.append(_("email: the licence is on file under another address. Leave the address out, or correct it."))
    elif owners:
        found.user = next(iter(owners.values()))
        if not _is_named(found.user, entry.text["name"]):
            found.faults.append(_("licence_number: it is on file for somebody of another name, who typed it in. Give the e-mail address of the person meant."))
    elif not email:
        found.faults.append(_("licence_number: nobody has it on file with this board. Give the e-mail address."))
    if found.user is None:
        return
    if not found.user.is_active:
        found.faults.append(_("email: this account is closed. Ask staff to open it again, or leave the line out."))
    found.licence = next((licence for licence in licences if licence.user_id == found.user.pk), None)
    name = found.user.legal_name
    if name and name.printed.casefold() != entry.text["name"].casefold():
        found.notes.append(_("The person’s confirmed name is “%(name)s”. The certificate stays as it was printed.") % {"name": name.printed})
    if found.board and number and found.licence is None and Licence.objects.filter(user=found.user, board=found.board).exclude(number="").exists():
        found.notes.append(_("The person has another licence of this board on file. The credit counts for the board; the number stays as printed."))


def _is_named(user: User, printed: str) -> bool:
    """Whether a person shares a name with a certificate. Anybody can type in anybody's licence number, so that alone names nobody."""
    names = [user.display_name, *(name.printed for name in user.legal_names.all())]
    return any(_words(printed) & _words(name) for name in names)


def _words(name: str) -> set[str]:
    """The words of a name without what is written now this way, now that: capitals, accents, points."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name).casefold() if sign.isalnum() or sign.isspace())
    return {word for word in plain.split() if len(word) > 1}


def _approval(entry: Entry, found: Match) -> None:
    if found.board is None or found.approving is None:
        return
    found.accreditation = find_approval(entry, found.approving)
    if found.accreditation is None:
        found.notes.append(_("No approval on file says the same. It is kept as printed on the certificate and covers nothing else."))


def find_approval(entry: Entry, board: Board) -> Accreditation | None:
    """The approval that says what the certificate says: one that covers its day, else one kept as printed."""
    if entry.units is None:
        return None
    rows = Accreditation.objects.filter(
        board=board, units=entry.units, mode=entry.mode, approval_number=entry.text["approval_number"], approved_title__iexact=entry.text["title"]
    )
    same = [row for row in rows.exclude(status=Accreditation.Status.DRAFT).select_related("activity", "board") if row.category_split == entry.category_split]
    return next((row for row in same if row.covers(entry.completed_on)), next((row for row in same if row.is_as_printed), None))


def find_activity(entry: Entry) -> Activity | None:
    """The activity of that title and kind: taking it again is taking the same course again."""
    return Activity.objects.filter(title__iexact=entry.text["title"], kind=entry.kind).order_by("pk").first()


def keys_used(key: str) -> list[str]:
    """The dossiers of one certificate: `key` first, then a numbered one after each time it was undone."""
    return list(Dossier.objects.filter(Q(key=key) | Q(key__startswith=f"{key}:")).order_by("pk").values_list("key", flat=True))


def dossier_key(content_key: str) -> str:
    return f"{Dossier.IMPORTED}{content_key}"


def award_of(content_key: str) -> Award | None:
    """The award of a certificate imported before, unless it was revoked."""
    rows = Award.objects.current().filter(dossier__key__in=keys_used(dossier_key(content_key)))
    return rows.order_by("-pk").first()


def _earlier(entry: Entry, content_key: str, found: Match) -> None:
    found.known = award_of(content_key)
    if found.known or found.user is None:
        return
    same = Award.objects.current().filter(dossier__user=found.user, board=found.board, completed_on=entry.completed_on, title__iexact=entry.text["title"])
    if same.exists():
        found.faults.append(_("Credit for this title, day and board is on record already. If it is another certificate, ask a colleague to issue it by hand."))
