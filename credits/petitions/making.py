"""The files of one pack, in memory: a few hundred kilobytes of papers and the certificate."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from credits.models import PetitionPack
from credits.petitions.answers import Answer, Answered, answered
from credits.petitions.book import Body
from credits.petitions.paper import paper_pdf

Report = Callable[[int, str], None]
COURSE_SECTIONS = ("description", "objectives", "outline", "delivery", "hours", "assessment", "references")
MOMENT = (1980, 1, 1, 0, 0, 0)  # in the archive, so that the same papers are the same bytes


@dataclass(frozen=True)
class Made:
    content: bytes
    missing: list[str]


def make_files(*, pack: PetitionPack, body: Body, answers: dict[str, Answer], certificate: bytes, made_at: datetime, report: Report) -> Made:
    """`pack` has board and dossier with activity and user loaded; `certificate` is the PDF as issued."""
    asked = answered(body, answers)
    missing = list(dict.fromkeys(row.answer.section for row in asked if row.answer.is_missing))
    files = {"0-read-me-first.txt": _for_the_learner(pack, body, answers, missing).encode()}
    report(20, _("Answering the questions"))
    files["1-answers.pdf"] = paper_pdf(_answers_paper(pack, asked), made_at=made_at)
    files["2-certificate.pdf"] = certificate
    report(50, _("Setting the course’s papers"))
    files["3-course.pdf"] = paper_pdf(_course_paper(pack, answers), made_at=made_at)
    if not answers["instructor"].is_missing:
        files["4-instructor.pdf"] = paper_pdf(_short_paper(pack, _("Instructor"), answers["instructor"]), made_at=made_at)
    if not answers["relevance"].is_missing:
        files["5-scope-of-practice.pdf"] = paper_pdf(_short_paper(pack, _("Scope of practice"), answers["relevance"]), made_at=made_at)
    report(80, _("Putting the file together"))
    files["answers.txt"] = _plain_answers(pack, asked).encode()
    files["SHA256SUMS"] = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items()).encode()
    return Made(_zipped(files), missing)


def heading_of(section: str) -> str:
    return str(
        {
            "title": _("Title"),
            "provider": _("Provider"),
            "completed": _("Completed"),
            "delivery": _("Delivery"),
            "hours": _("How the hours were computed"),
            "units": _("Units"),
            "description": _("Description"),
            "objectives": _("Learning objectives"),
            "outline": _("Timed outline"),
            "assessment": _("How learning was assessed"),
            "instructor": _("Instructor"),
            "references": _("References"),
            "approvals": _("Approvals by other bodies"),
            "relevance": _("Scope of practice"),
        }[section]
    )


def _answers_paper(pack: PetitionPack, asked: list[Answered]) -> dict[str, Any]:
    facts = [[_("Applicant"), _name(pack)], [_("To"), pack.board.name]]
    return _paper(_("Petition for continuing education credit"), pack, [_block(row.ask, row.answer) for row in asked if not row.answer.is_missing], facts)


def _course_paper(pack: PetitionPack, answers: dict[str, Answer]) -> dict[str, Any]:
    facts = [[heading_of(section), answers[section].text] for section in ("provider", "completed")]
    return _paper(
        answers["title"].text, pack, [_block(heading_of(section), answers[section]) for section in COURSE_SECTIONS if not answers[section].is_missing], facts
    )


def _short_paper(pack: PetitionPack, title: str, answer: Answer) -> dict[str, Any]:
    return _paper(title, pack, [_block(pack.dossier.activity.title, answer)], [])


def _paper(title: str, pack: PetitionPack, blocks: list[dict[str, Any]], facts: list[list[str]]) -> dict[str, Any]:
    lede = _("%(name)s, for %(board)s") % {"name": _name(pack), "board": pack.board.name}
    return {"title": title, "lede": lede, "school": settings.SCHOOL_NAME, "facts": facts, "blocks": blocks}


def _block(heading: str, answer: Answer) -> dict[str, Any]:
    head = {"outline": (_("Part"), _("Lesson or time"), _("Length or topic"))}.get(answer.section, ("",) * (len(answer.rows[0]) if answer.rows else 0))
    return {
        "heading": heading,
        "paragraphs": list(answer.paragraphs),
        "points": list(answer.points),
        "head": list(head),
        "rows": [list(row) for row in answer.rows],
    }


def _plain_answers(pack: PetitionPack, asked: list[Answered]) -> str:
    """For forms on the web: to be copied field by field."""
    parts = [f"{_('Petition for continuing education credit')}\n{_name(pack)}\n{pack.board.name}"]
    return "\n\n".join([*parts, *(f"{row.ask}\n{row.answer.text}" for row in asked if not row.answer.is_missing)]) + "\n"


def _for_the_learner(pack: PetitionPack, body: Body, answers: dict[str, Answer], missing: list[str]) -> str:
    """What the body is not sent: its conditions, what is still open, what each file is for."""
    parts = [
        _("For you alone; do not send this file."),
        _("Petition to %(board)s for “%(title)s”") % {"board": pack.board.name, "title": answers["title"].text},
    ]
    known = [*([_("Fee: %(fee)s") % {"fee": body.fee}] if body.fee else []), *body.conditions, *body.cautions]
    if known:
        parts.append("\n".join([_("What we know of its petitions:"), *(f"- {line}" for line in known)]))
    if missing:
        parts.append("\n".join([_("Still open:"), *(f"- {heading_of(section)}: {answers[section].todo}" for section in missing)]))
    send = [
        _("1-answers.pdf: the questions answered; answers.txt is the same to be copied into a form"),
        _("2-certificate.pdf: the school’s certificate, signed"),
        _("3-course.pdf: description, objectives, timed outline, assessment, how the hours were computed"),
        _("4-instructor.pdf, 5-scope-of-practice.pdf: where there is something to say"),
    ]
    parts.append("\n".join([_("What to send:"), *(f"- {line}" for line in send)]))
    return "\n\n".join([*parts, _source_words(body)]) + "\n"


def _source_words(body: Body) -> str:
    said = {"source": body.source, "day": date_format(body.as_of, "F j, Y") if body.as_of else _("no date given")}
    if body.confidence == "read" and body.source:
        words = _("What the body asks was read at %(source)s (%(day)s) and was not checked by a person at the school since.") % said
    else:
        words = _("What this body asks was not read anywhere; the questions are those petitions usually ask.")
    return f"{words} {_('Read the body’s own form before you send this: it may ask for more, or in other words.')}"


def _name(pack: PetitionPack) -> str:
    name = pack.dossier.user.legal_name
    return name.printed if name else str(pack.dossier.user)


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, MOMENT), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
