"""What a regulator answered, row by row: read from a file, or noted by hand."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.csv_text import plain
from core.errors import DomainError
from core.jobs import enqueue
from credits.models import OfficerTask, ReportBatch, ReportResult, ReportRow
from credits.services import raise_task, settle_task
from credits.services.gates import require_officer

MOST_BYTES = 2 * 1024 * 1024
MOST_MISTAKES = 20
COLUMNS = {
    "line": ("line", "row", "no", "number"),
    "licence": ("licence", "license", "licence number", "license number", "licence_number", "license_number"),
    "result": ("result", "status", "outcome"),
    "code": ("code", "error code", "errorcode", "error_code"),
    "reason": ("reason", "message", "error", "note"),
}
ACCEPTED = {"accepted", "accept", "ok", "yes", "posted", "success", "successful", "valid"}
REFUSED = {"refused", "refuse", "rejected", "reject", "no", "error", "failed", "failure", "invalid"}


class ResultMistakes(DomainError):
    """Nothing was read: each mistake with its line."""

    code = "result_mistakes"

    def __init__(self, mistakes: list[str]):
        more = len(mistakes) - MOST_MISTAKES
        shown = mistakes[:MOST_MISTAKES] + ([_("… and %(count)s more.") % {"count": more}] if more > 0 else [])
        super().__init__(" ".join([_("Nothing was read."), *shown]))
        self.mistakes = shown


class NotPosted(DomainError):
    code = "not_posted"


class RowMistake(DomainError):
    code = "row_mistake"


@dataclass(frozen=True)
class Answer:
    row: ReportRow
    outcome: str
    code: str
    reason: str


def template_of(batch: ReportBatch) -> str:
    """A CSV of the batch's rows without an answer: fill in the result, and read it in."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["line", "licence_number", "completed_on", "result", "code", "reason"])
    for row in batch.rows.filter(outcome=ReportRow.Outcome.WAITING):
        writer.writerow([row.position, plain(row.payload["licence_number"]), row.payload["completed_on"], "", "", ""])
    return out.getvalue()


def read_results(*, batch: ReportBatch, officer: Any, file_name: str, content: bytes) -> ReportResult:
    """Take over a regulator's answers: a CSV with the columns `line` (or `licence`) and `result`, and `code` and `reason` for what was refused.

    Lines without a result are left open. The same file again returns what was read. Raises ResultMistakes, and then nothing is read;
    NotPosted for a batch that is with nobody.
    """
    require_officer(officer, "read")
    with transaction.atomic():
        batch = ReportBatch.objects.select_for_update(of=("self",)).select_related("board").get(pk=batch.pk)
        _require_posted(batch)
        sha256 = hashlib.sha256(content).hexdigest()
        if known := batch.results.filter(sha256=sha256).first():
            return known
        answers = _answers(batch, content)
        for answer in answers:
            _decide(answer.row, answer.outcome, answer.code, answer.reason, officer)
        counts = [sum(1 for answer in answers if answer.outcome == outcome) for outcome in (ReportRow.Outcome.ACCEPTED, ReportRow.Outcome.REFUSED)]
        result = ReportResult.objects.create(
            batch=batch,
            file_name=file_name[:200],
            content=content,
            sha256=sha256,
            accepted=counts[0],
            refused=counts[1],
            read_by=officer,
            read_at=clock.now(),
        )
        record_audit(actor=officer, action="credits.read_report_results", record=batch, sha256=sha256, accepted=counts[0], refused=counts[1])
        enqueue("credits.review_reports", key=f"reports:result:{result.pk}", args={})
    return result


def decide_row(*, row: ReportRow, officer: Any, outcome: str, code: str = "", reason: str = "") -> ReportRow:
    """Note by hand what the regulator said of one row. The same again changes nothing. Raises RowMistake, NotPosted."""
    require_officer(officer, "noted")
    with transaction.atomic():
        batch = ReportBatch.objects.select_for_update(of=("self",)).select_related("board").get(pk=row.batch_id)
        _require_posted(batch)
        row = batch.rows.select_related("award").get(pk=row.pk)
        if problem := _why_not(row, outcome, reason):
            raise RowMistake(problem)
        if (row.outcome, row.code, row.reason) != (outcome, code, reason):
            _decide(row, outcome, code, reason, officer)
            record_audit(actor=officer, action="credits.decide_report_row", record=row, outcome=outcome, reason=reason)
    return row


def accept_rest(*, batch: ReportBatch, officer: Any) -> int:
    """The regulator took every row it has not refused. Returns how many were open."""
    require_officer(officer, "noted")
    with transaction.atomic():
        batch = ReportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
        _require_posted(batch)
        rows = list(batch.rows.filter(outcome=ReportRow.Outcome.WAITING).select_related("award"))
        for row in rows:
            _decide(row, ReportRow.Outcome.ACCEPTED, "", "", officer)
        if rows:
            record_audit(actor=officer, action="credits.accept_report_rows", record=batch, rows=len(rows))
    return len(rows)


def send_again(*, row: ReportRow, officer: Any, reason: str) -> ReportRow:
    """Let a refused row go into the next batch as it is: what was wrong was mended elsewhere. Again changes nothing."""
    require_officer(officer, reason)
    with transaction.atomic():
        row = ReportRow.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if row.outcome != ReportRow.Outcome.REFUSED:
            raise RowMistake(_("Only a row that the regulator refused is sent again."))
        if row.again_at is None:
            row.again_at, row.again_by, row.again_reason = clock.now(), officer, reason.strip()
            row.save(update_fields=["again_at", "again_by", "again_reason"])
            record_audit(actor=officer, action="credits.send_report_row_again", record=row, reason=reason)
            settle_task(key=refusal_key(row.pk), note=_("It goes into the next batch as it is: %(reason)s") % {"reason": reason.strip()})
    return row


def refusal_key(row: int) -> str:
    return f"report-refused:{row}"


def _require_posted(batch: ReportBatch) -> None:
    if not batch.is_posted:
        raise NotPosted(_("This batch was not posted, so nobody can have answered it. Note first that it was posted."))


def _why_not(row: ReportRow, outcome: str, reason: str) -> str:
    if outcome not in (ReportRow.Outcome.ACCEPTED, ReportRow.Outcome.REFUSED):
        return _("A regulator accepts a row or refuses it.")
    if outcome == ReportRow.Outcome.REFUSED and not reason.strip():
        return _("Say why it was refused, in the regulator's words, so that somebody can mend it.")
    if row.outcome == ReportRow.Outcome.VOID:
        return _("This row does not stand any more: %(reason)s") % {"reason": row.reason}
    if row.outcome == ReportRow.Outcome.REFUSED and outcome == ReportRow.Outcome.ACCEPTED and _stands_elsewhere(row):
        return _("It is in a later batch already. Note there what the regulator says.")
    return ""


def _stands_elsewhere(row: ReportRow) -> bool:
    same = Q(award__key=row.award.key) | Q(entry=row.entry)
    return ReportRow.objects.live().filter(same, action=row.action).exclude(pk=row.pk).exists()


def _decide(row: ReportRow, outcome: str, code: str, reason: str, officer: Any) -> None:
    row.outcome, row.code, row.reason = outcome, code.strip()[:60], reason.strip()
    row.decided_at, row.decided_by = clock.now(), officer
    row.save(update_fields=["outcome", "code", "reason", "decided_at", "decided_by"])
    if outcome == ReportRow.Outcome.ACCEPTED:
        settle_task(key=refusal_key(row.pk), note=_("The regulator accepted it."))
        _replace_corrected(row, officer)
        return
    said = _("Line %(line)s of batch %(number)s: %(reason)s") % {"line": row.position, "number": row.batch.number, "reason": row.reason}
    raise_task(
        kind=OfficerTask.Kind.REPORT_REJECTED,
        key=refusal_key(row.pk),
        title=_("%(board)s refused %(title)s of %(day)s")
        % {"board": row.batch.board.name, "title": row.award.title, "day": row.award.completed_on.isoformat()},
        detail=f"{said} {f'({row.code})' if row.code else ''}".strip(),
        address=row.batch.get_absolute_url(),
    )


def _replace_corrected(row: ReportRow, officer: Any) -> None:
    """An accepted correction stands in place of the row it corrects."""
    if row.corrects_id is None:
        return
    said = _("Corrected by line %(line)s of batch %(number)s.") % {"line": row.position, "number": row.batch.number}
    ReportRow.objects.filter(pk=row.corrects_id, outcome__in=ReportRow.LIVE).update(
        outcome=ReportRow.Outcome.VOID, reason=said, decided_at=clock.now(), decided_by=officer
    )
    for task in OfficerTask.objects.filter(key__startswith=f"late-correction:{row.corrects_id}:", settled_at__isnull=True):
        settle_task(key=task.key, note=said)


def _answers(batch: ReportBatch, content: bytes) -> list[Answer]:
    mistakes: list[str] = []
    found: dict[int, Answer] = {}
    rows = list(batch.rows.select_related("award", "batch__board"))
    by_line = {row.position: row for row in rows}
    by_licence: dict[str, list[ReportRow]] = {}
    for row in rows:
        by_licence.setdefault(_plain(row.payload["licence_number"]), []).append(row)
    for number, values in _lines(content):
        answer = _answer(values, by_line, by_licence)
        if isinstance(answer, str):
            mistakes.append(_("Line %(line)s: %(mistake)s") % {"line": number, "mistake": answer})
        elif answer and answer.row.pk in found:
            mistakes.append(_("Line %(line)s: this row was answered further up already.") % {"line": number})
        elif answer:
            found[answer.row.pk] = answer
    if mistakes:
        raise ResultMistakes(mistakes)
    if not found:
        raise ResultMistakes([_("The file has no result in any line. Write accepted or refused in the column “result”.")])
    return [answer for answer in found.values() if (answer.row.outcome, answer.row.reason) != (answer.outcome, answer.reason)]


def _plain(number: str) -> str:
    """As it is compared: a mark that our own files put before a number, so that no spreadsheet reckons with it, is none of it."""
    return "".join(number.split()).upper().removeprefix("'")


def _lines(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line after the headings, with its number in the file and what stands in the known columns."""
    if len(content) > MOST_BYTES:
        raise ResultMistakes([_("The file is larger than 2 MB. Send only the answers of this batch.")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ResultMistakes([_("The file is not a CSV in UTF-8. Save it as “CSV UTF-8” and send it again.")]) from error
    if "\0" in text:
        raise ResultMistakes([_("The file is not a CSV. Save the table as CSV and send it again.")])
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ResultMistakes([_("The file is not a CSV. Save the table as CSV and send it again.")]) from error
    headings = [" ".join(word.split()).lower() for word in (table[0] if table else [])]
    places = {name: next((headings.index(word) for word in words if word in headings), None) for name, words in COLUMNS.items()}
    if places["result"] is None or (places["line"] is None and places["licence"] is None):
        raise ResultMistakes([_("The first line must name the columns: “line” or “licence”, and “result”; “code” and “reason” for what was refused.")])
    for number, cells in enumerate(table[1:], start=2):
        if any(cell.strip() for cell in cells):
            yield number, {name: cells[place].strip() if place is not None and place < len(cells) else "" for name, place in places.items()}


def _answer(values: dict[str, str], by_line: dict[int, ReportRow], by_licence: dict[str, list[ReportRow]]) -> Answer | str | None:
    """The answer, None for a line without a result, or what is wrong."""
    word = values["result"].lower()
    if not word:
        return None
    if word not in ACCEPTED | REFUSED:
        return _("“%(word)s” is no result. Write accepted or refused.") % {"word": values["result"][:40]}
    row = _row_of(values, by_line, by_licence)
    if isinstance(row, str):
        return row
    outcome = ReportRow.Outcome.ACCEPTED if word in ACCEPTED else ReportRow.Outcome.REFUSED
    reason = values["reason"] or values["code"] if outcome == ReportRow.Outcome.REFUSED else ""
    return _why_not(row, outcome, reason) or Answer(row, outcome, values["code"], reason)


def _row_of(values: dict[str, str], by_line: dict[int, ReportRow], by_licence: dict[str, list[ReportRow]]) -> ReportRow | str:
    licence = _plain(values["licence"])
    if values["line"]:
        is_line = values["line"].isascii() and values["line"].isdigit() and len(values["line"]) < 10
        row = by_line.get(int(values["line"])) if is_line else None
        if row is None:
            return _("the batch has no line %(number)s.") % {"number": values["line"][:20]}
        if licence and licence != _plain(row.payload["licence_number"]):
            return _("line %(number)s of the batch has another licence number.") % {"number": values["line"]}
        return row
    rows = by_licence.get(licence, [])
    if not rows:
        return _("the batch has no licence number “%(number)s”.") % {"number": values["licence"][:40]}
    if len(rows) > 1:
        return _("the licence number “%(number)s” is in the batch more than once. Give the column “line” too.") % {"number": values["licence"]}
    return rows[0]
