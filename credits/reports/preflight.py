"""What keeps an award out of the next batch, and what an officer can do about it. One problem, one sentence, one place to go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from credits.models import Award, ReportConsent, ReportRoute, ReportRow
from credits.reports.layouts import CSV, XLS, CourseNumbers, differences, licence_number_of

SIGNS = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./-]*")
CONSENT_CODES = ("consent_missing", "consent_withdrawn")


@dataclass(frozen=True)
class Problem:
    code: str
    sentence: str
    address: str  # the desk page where it is mended
    action: str  # what the link says


def mask_pattern(mask: str) -> re.Pattern[str]:
    """@ stands for a letter, # for a digit, * for any number of digits (one at least); everything else for itself."""
    runs = re.findall(r"[#*]+|.", mask, re.DOTALL)
    return re.compile("".join(_digits(run) if run[0] in "#*" else "[A-Za-z]" if run == "@" else re.escape(run) for run in runs))


def _digits(run: str) -> str:
    """One repetition for signs that stand side by side: one for each would try every way to share the digits among them."""
    return f"[0-9]{{{len(run)}{',' if '*' in run else ''}}}"


def problems_of(
    award: Award,
    route: ReportRoute,
    numbers: CourseNumbers,
    *,
    is_suspended: bool,
    asks_consent: bool,
    consent: str | None,
    today: date,
    payload: dict[str, Any],
    refused: ReportRow | None,
    taken: ReportRow | None,
) -> list[Problem]:
    """Empty when the award can be reported. `is_suspended`: what the completion earned, or its certificate, is suspended for now; `consent` is the word
    that holds; `refused` the last refused row of the award, `taken` another award's
    row that stands for the same licence, course and day."""
    found = [*_award_problems(award, today), *_licence_problems(award, route), *_route_problems(route), *_course_problems(award, route, numbers)]
    if is_suspended:
        found.insert(0, _suspended_problem(award))
    if asks_consent and consent != ReportConsent.Word.GIVEN:
        found.append(_consent_problem(award, consent))
    if taken:
        found.append(_taken_problem(award, taken))
    if refused and not refused.again_at and not differences(route.layout, refused.payload, payload):
        found.append(_refused_problem(refused))
    return found


def _award_page(award: Award) -> str:
    return reverse("credits_desk:award_detail", args=[award.pk])


def _award_problems(award: Award, today: date) -> Iterator[Problem]:
    if award.status == Award.Status.HELD:
        yield Problem("held", _("The award is held: something its certificate needs is missing."), _award_page(award), _("See what it waits for"))
    if award.completed_on > today:
        yield Problem("in_future", _("The completion is dated later than today."), _award_page(award), _("Look at the award"))
    if award.holder.purged_at:
        yield Problem("purged", _("The holder's name and number were purged, so nothing can be reported."), _award_page(award), _("Look at the award"))


def _licence_problems(award: Award, route: ReportRoute) -> Iterator[Problem]:
    number, correct = licence_number_of(award), reverse("credits_desk:award_correct", args=[award.pk])
    if not number:
        yield Problem("licence_missing", _("There is no licence number."), correct, _("Enter it by correcting the award"))
        return
    if not SIGNS.fullmatch(number):
        said = _("The licence number “%(number)s” has signs that no licence number has. Use letters, digits, blanks, points, strokes and hyphens.")
        yield Problem("licence_signs", said % {"number": number}, correct, _("Correct the number"))
    elif route.licence_mask and not mask_pattern(route.licence_mask).fullmatch(number):
        said = _("The licence number “%(number)s” does not look like %(mask)s (@ a letter, # a digit, * digits).")
        yield Problem("licence_format", said % {"number": number, "mask": route.licence_mask}, correct, _("Correct the number"))
    elif not route.licence_mask and route.layout == XLS and re.search(r"[A-Za-z]\s+\d", number):
        said = _("The licence number “%(number)s” has a blank between letters and digits; CE Broker wants none.")
        yield Problem("licence_blank", said % {"number": number}, correct, _("Correct the number"))
    place = award.holder.licence_jurisdiction.rpartition("-")[2].upper()
    if route.state and len(place) == 2 and place != route.state:
        said = _("The licence is of %(place)s, and reports of this board are for %(state)s.")
        yield Problem("licence_place", said % {"place": place, "state": route.state}, correct, _("Correct the award"))


def _route_problems(route: ReportRoute) -> Iterator[Problem]:
    settings = reverse("credits_desk:report_route", args=[route.board.code])
    if not route.provider_number:
        yield Problem("provider_missing", _("The school's provider number is not entered."), settings, _("Enter it in the settings"))
    if route.layout == XLS and not route.state:
        yield Problem("state_missing", _("The state's two letters are not entered."), settings, _("Enter them in the settings"))
    if route.layout == XLS and not route.profession_code:
        yield Problem(
            "profession_missing", _("CE Broker's profession code is not entered; it comes with the account."), settings, _("Enter it in the settings")
        )


def _course_problems(award: Award, route: ReportRoute, numbers: CourseNumbers) -> Iterator[Problem]:
    if not numbers.is_known and award.accreditation:
        address = reverse("credits_desk:report_course", args=[route.board.code, award.accreditation.pk])
        said = _("The course number of “%(title)s” is not entered.") % {"title": award.title}
        yield Problem("course_missing", said, address, _("Enter it"))
    if route.layout == CSV and not award.holder.legal_name_printed:
        yield Problem("name_missing", _("There is no legal name."), _award_page(award), _("Look at the award"))


def _suspended_problem(award: Award) -> Problem:
    """A regulator keeps what was posted: nothing goes out that may have to be taken back tomorrow."""
    said = _("What it certifies is suspended. A posted entry can not be taken back, so it waits until that is settled.")
    return Problem("suspended", said, _award_page(award), _("Look at the award"))


def _consent_problem(award: Award, consent: str | None) -> Problem:
    if consent == ReportConsent.Word.WITHDRAWN:
        return Problem("consent_withdrawn", _("The learner took back their consent."), _award_page(award), _("Look at the award"))
    return Problem("consent_missing", _("The learner has not consented yet."), _award_page(award), _("Look at the award"))


def _taken_problem(award: Award, taken: ReportRow) -> Problem:
    said = _("The same licence, course and day stand in batch %(number)s for another award. Settle that one first.") % {"number": taken.batch.number}
    return Problem("reported_before", said, taken.batch.get_absolute_url(), _("Open the batch"))


def same_entry(award: Award) -> Problem:
    """A regulator takes the same licence, course and day once; an earlier award with them is ready already."""
    said = _("Another award with the same licence, course and day is ready already, and a regulator takes them once. Leave one of the two out.")
    return Problem("same_entry", said, reverse("credits_desk:report_leave_out", args=[award.pk]), _("Leave this one out"))


def _refused_problem(refused: ReportRow) -> Problem:
    said = _("The regulator refused it in batch %(number)s: %(reason)s. Correct the award, or have it sent again as it is.")
    address = reverse("credits_desk:report_row", args=[refused.pk])
    return Problem("refused_before", said % {"number": refused.batch.number, "reason": refused.reason.rstrip(".")}, address, _("Send it again"))
