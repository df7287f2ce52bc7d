"""What differs between an approval and what is offered, or was completed. Pure: rows already loaded in, differences out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from credits.models import Accreditation, Activity, CertificateField, DeliveryMode


@dataclass(frozen=True)
class Difference:
    """One fact that is not as it was approved.

    `stops_credit`: completions earn nothing with the board until it is filed. `is_to_file`: the board has to hear of it. A
    difference that is neither is a note.
    """

    code: str
    name: str
    approved: str
    offered: str
    sentence: str
    stops_credit: bool = False
    is_to_file: bool = False


def differences(*, offered: Mapping[str, Any], kind: str, activity: Activity, accreditation: Accreditation) -> list[Difference]:
    """Compare `offered` ({title, minutes: {mode: minutes}, pass_mark, instructor}, each optional) of `kind` with the approved facts.

    `accreditation` comes with its board. The minutes of a mode and the instructor are the activity's, which the board approved.
    """
    return [
        *_kind(kind, accreditation),
        *_place(offered.get("minutes"), accreditation),
        *_title(offered.get("title"), accreditation),
        *_minutes(offered.get("minutes"), activity, accreditation),
        *_exam(offered, accreditation),
        *_instructor(offered.get("instructor"), activity, accreditation),
    ]


def _kind(kind: str, row: Accreditation) -> Iterator[Difference]:
    if (row.mode == DeliveryMode.SELF_PACED) != (kind == Activity.Kind.HOME_STUDY):
        approved, offered = row.get_mode_display(), str(Activity.Kind(kind).label)
        why = _("The approval is for “%(approved)s”, what is offered is a %(kind)s.") % {"approved": approved, "kind": offered.lower()}
        yield Difference("kind", _("Delivery"), approved, offered, why, stops_credit=True, is_to_file=True)


def _title(title: str | None, row: Accreditation) -> Iterator[Difference]:
    """Letter by letter only where the board insists; certificates print the approved title in any case."""
    if not title or _plain(title) == _plain(row.approved_title):
        return
    words = {"board": row.board.name, "approved": row.approved_title, "offered": title}
    why = _("%(board)s approved the title “%(approved)s”; what is offered is called “%(offered)s”.") % words
    insists = row.board.title_must_match
    yield Difference("title", _("Title"), row.approved_title, title, why, stops_credit=insists, is_to_file=insists)


def _place(minutes: Mapping[str, int] | None, row: Accreditation) -> Iterator[Difference]:
    """Whoever was in the room is credited under an approval for the room, whoever took part online under one for that; one of each may stand."""
    given = {mode for mode, amount in (minutes or {}).items() if amount}
    if not given or row.mode == DeliveryMode.SELF_PACED or (given == {DeliveryMode.LIVE_REMOTE}) == (row.mode == DeliveryMode.LIVE_REMOTE):
        return
    approved, offered = row.get_mode_display(), ", ".join(str(DeliveryMode(mode).label) for mode in sorted(given))
    why = _("The approval is for “%(approved)s”; what was taken is “%(offered)s”.") % {"approved": approved, "offered": offered}
    yield Difference("place", _("In the room or online"), approved, offered, why, stops_credit=True)


def _minutes(minutes: Mapping[str, int] | None, activity: Activity, row: Accreditation) -> Iterator[Difference]:
    if not minutes:
        return
    approved = activity.minutes_by_mode
    if row.mode == DeliveryMode.LIVE_REMOTE and set(minutes) == {DeliveryMode.LIVE_REMOTE}:  # the same teaching, joined from afar
        approved = {DeliveryMode.LIVE_REMOTE: sum(approved.values())} if approved else {}
    for mode, wanted in approved.items():
        given, label = int(minutes.get(mode, 0)), str(DeliveryMode(mode).label)
        if given < wanted:
            words = {"approved": wanted, "mode": label, "offered": given}
            why = _("%(approved)s minutes “%(mode)s” were approved, %(offered)s were offered.") % words
            yield Difference("minutes", _("Minutes, %(mode)s") % {"mode": label}, str(wanted), str(given), why, stops_credit=True, is_to_file=True)
    for mode, given in minutes.items():
        wanted = approved.get(mode, 0)
        if int(given) > wanted and approved:
            label = str(DeliveryMode(mode).label)
            words = {"approved": wanted, "mode": label, "offered": given}
            why = _("%(offered)s minutes “%(mode)s” are offered, %(approved)s were approved; no more credit is given for it.") % words
            yield Difference("more_minutes", _("Minutes, %(mode)s") % {"mode": label}, str(wanted), str(given), why)


def _exam(offered: Mapping[str, Any], row: Accreditation) -> Iterator[Difference]:
    if row.passing_score is None or "pass_mark" not in offered:
        return
    mark, asked = offered["pass_mark"], f"{row.passing_score} %"
    if mark is None:
        why = _("The approval asks for an exam passed with %(asked)s %%; there is no exam.") % {"asked": row.passing_score}
        yield Difference("exam", _("Exam"), asked, _("none"), why, is_to_file=True)
    elif mark < row.passing_score:
        why = _("The approval asks for a score of %(asked)s %%; that counts instead of %(mark)s %%.") % {"asked": row.passing_score, "mark": mark}
        yield Difference("pass_mark", _("Passing score"), asked, f"{mark} %", why)


def _instructor(name: str | None, activity: Activity, row: Accreditation) -> Iterator[Difference]:
    """Another instructor is filed; where the board wants the instructor on its paper, nothing is credited before."""
    named = [activity.instructor_name, *row.instructor_list]
    if not name or _bare(name) in {_bare(one) for one in named}:
        return
    words = {"board": row.board.name, "approved": ", ".join(named), "offered": name}
    why = _("%(board)s approved it with %(approved)s as instructor; it is taught by %(offered)s.") % words
    stops = CertificateField.INSTRUCTOR in row.board.certificate_fields
    yield Difference("instructor", _("Instructor"), words["approved"], name, why, stops_credit=stops, is_to_file=True)


def _bare(name: str) -> str:
    """“Ada Rivera, LMT, BCTMB” is Ada Rivera: credentials follow a comma."""
    return _plain(name.partition(",")[0])


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
