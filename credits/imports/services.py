"""From an uploaded file to awards: checked line by line, confirmed, imported, and undone if it was a mistake."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import RunningJob, enqueue
from credits.certificates.originals import keep_original, publish_original
from credits.decisions import node, step
from credits.imports import tasks  # noqa: F401  registers the job kinds
from credits.imports.entries import Entry, read_entry
from credits.imports.matching import Match, award_of, dossier_key, find_activity, find_approval, keys_used, match
from credits.imports.reading import BadPdf, Line, Unreadable, Upload
from credits.models import Accreditation, Activity, Award, Board, Certificate, CertificateImport, ImportRow, Licence, RevocationReason
from credits.selectors import school_today
from credits.services import revoke_award
from credits.services.completions import keep_dossier
from credits.services.gates import require_officer
from credits.services.ledger import claim_key, lock_person, plain_key, write_award
from notifications.services import send_mail_once

MAX_UPLOAD_BYTES = 200_000_000
TIDY_AFTER = timedelta(days=30)
State, Fate = CertificateImport.State, ImportRow.Fate


class ImportRefused(DomainError):
    code = "import_refused"


def begin_import(*, officer: Any, upload: UploadedFile, source: str) -> CertificateImport:
    """Keep the file and have it checked in the background; nothing is imported before `confirm_import`.

    The same file again, while the first is neither done nor discarded, returns the first.
    """
    require_officer(officer, source)
    if (upload.size or 0) > MAX_UPLOAD_BYTES:
        raise ImportRefused(_("The file is larger than %(most)s MB. Split it and import the parts one after the other.") % {"most": MAX_UPLOAD_BYTES // 10**6})
    content = upload.read()
    if not content:
        raise ImportRefused(_("The file is empty. Choose the CSV, or the ZIP with the CSV and the PDFs."))
    digest = hashlib.sha256(content).hexdigest()
    waiting = CertificateImport.objects.filter(sha256=digest, state__in=[State.CHECKING, State.READY, State.RUNNING]).first()
    if waiting:
        return waiting
    batch = CertificateImport(officer=officer, source=source.strip(), file_name=(upload.name or "certificates")[:200], sha256=digest)
    batch.file.save("upload", ContentFile(content), save=False)
    with transaction.atomic():
        batch.save()
        record_audit(actor=officer, action="credits.begin_import", record=batch, reason=batch.source, file=batch.file_name, sha256=digest)
        enqueue("credits.check_import", key=f"check-import:{batch.pk}", args={"batch": batch.pk})
    return batch


@contextmanager
def _opened(batch: CertificateImport) -> Iterator[Upload]:
    """Raises Unreadable."""
    with batch.file.open("rb") as file:
        yield Upload(io.BytesIO(file.read()))


def check_import(*, job: RunningJob, batch: CertificateImport) -> None:
    """Say of every line what would become of it. Run again, it begins anew."""
    if batch.state != State.CHECKING:
        return
    try:
        with _opened(batch) as upload:
            rows = _checked(job, batch, upload)
            unused = sorted(upload.pdfs.keys() - {row.values.get("file", "").rpartition("/")[2].casefold() for row in rows})
        faults = [] if rows else [_("The CSV has a header and no line. Fill in a line for each certificate.")]
    except Unreadable as error:
        rows, unused, faults = [], [], [str(error)]
    if unused:
        shown = ", ".join(unused[:5])
        faults.append(_("%(count)s files of the ZIP are named by no line, such as %(names)s. They are not imported.") % {"count": len(unused), "names": shown})
    with transaction.atomic():
        batch = CertificateImport.objects.select_for_update().get(pk=batch.pk)
        if batch.state == State.CHECKING:
            batch.rows.all().delete()
            ImportRow.objects.bulk_create(rows, batch_size=500)
            batch.state, batch.faults = State.READY if rows else State.BROKEN, faults
            batch.save(update_fields=["state", "faults", "updated_at"])


def note_failed_check(*, batch: CertificateImport) -> None:
    """Put a sentence on an import whose check died; the same file can be sent again then."""
    sentence = _("The file could not be checked because of a fault on our side, or because it is made to cause one. Staff see it among the dead jobs.")
    CertificateImport.objects.filter(pk=batch.pk, state=State.CHECKING).update(state=State.BROKEN, faults=[sentence], updated_at=clock.now())


def _checked(job: RunningJob, batch: CertificateImport, upload: Upload) -> list[ImportRow]:
    lines = list(upload.lines())
    seen: dict[str, int] = {}
    rows = []
    for done, line in enumerate(lines, start=1):
        rows.append(_check(batch, upload, line, seen))
        if done % 25 == 0:
            job.report(100 * done // len(lines))
    return rows


def _check(batch: CertificateImport, upload: Upload, line: Line, seen: dict[str, int]) -> ImportRow:
    row = ImportRow(batch=batch, line=line.number, values=line.values, fate=Fate.MISTAKE)
    entry, row.faults = read_entry(line.values, school_today())
    pdf, fault = _pdf(upload, line.values.get("file", ""))
    row.faults += fault
    if entry is None:
        return row
    key = entry.content_key(pdf)
    if key in seen:
        row.faults = [_("The same as line %(line)s.") % {"line": seen[key]}]
        return row
    seen[key] = line.number
    found = match(entry, key, batch.officer)
    row.faults, row.notes, row.is_invited = [*row.faults, *found.faults], found.notes, found.user is None
    if not line.values.get("file"):
        row.notes = [*row.notes, _("Without a PDF it counts, and there is no paper to verify.")]
    if not row.faults:
        row.fate, row.award = (Fate.KNOWN, found.known) if found.known else (Fate.WILL, None)
    return row


def _pdf(upload: Upload, name: str) -> tuple[bytes | None, list[str]]:
    if not name:
        return None, []
    try:
        return upload.pdf(name), []
    except BadPdf as error:
        return None, [f"file: {error}"]


def confirm_import(*, officer: Any, batch: CertificateImport) -> CertificateImport:
    """Have the lines without mistakes imported in the background. A second call changes nothing."""
    require_officer(officer, batch.source)
    with transaction.atomic():
        batch = CertificateImport.objects.select_for_update().get(pk=batch.pk)
        if batch.confirmed_at:
            return batch
        if batch.state != State.READY:
            raise ImportRefused(_("This can not be imported: %(state)s.") % {"state": batch.get_state_display().lower()})
        if not batch.rows.filter(fate=Fate.WILL).exists():
            raise ImportRefused(_("No line would be imported. Correct the file and send it again."))
        batch.officer, batch.state, batch.confirmed_at = officer, State.RUNNING, clock.now()
        batch.save(update_fields=["officer", "state", "confirmed_at", "updated_at"])
        record_audit(actor=officer, action="credits.confirm_import", record=batch, reason=batch.source, sha256=batch.sha256)
        enqueue("credits.run_import", key=f"run-import:{batch.pk}", args={"batch": batch.pk})
    return batch


def run_import(*, job: RunningJob, batch: CertificateImport) -> None:
    """Import line by line, each in its own transaction; a run that is cut short goes on with the next line."""
    if batch.state != State.RUNNING:
        return
    with _opened(batch) as upload:
        total = batch.rows.count()
        for row in batch.rows.filter(fate=Fate.WILL):
            _import(batch, row, upload)
            job.report(100 * (total - batch.rows.filter(fate=Fate.WILL).count()) // total)
    for certificate in Certificate.objects.filter(award__in=batch.rows.values("award"), state=Certificate.State.PENDING).exclude(sha256=""):
        publish_original(certificate=certificate)  # a run before this one ended between a line and its file
    _tell(batch)
    with transaction.atomic():
        batch = CertificateImport.objects.select_for_update().get(pk=batch.pk)
        if batch.state == State.RUNNING:
            batch.rows.filter(fate__in=[Fate.DONE, Fate.KNOWN]).update(values={})
            _close(batch, State.DONE)


def _close(batch: CertificateImport, state: str) -> None:
    """The file is done with; what it held is in the ledger, or was not wanted."""
    name, storage = batch.file.name, batch.file.storage
    batch.state, batch.file = state, ""
    batch.save(update_fields=["state", "file", "updated_at"])
    if name:
        transaction.on_commit(lambda: storage.delete(name))


def _import(batch: CertificateImport, row: ImportRow, upload: Upload) -> None:
    entry, row.faults = read_entry(row.values, school_today())
    pdf, fault = _pdf(upload, row.values.get("file", ""))
    row.faults += fault
    certificate = None
    if entry is not None and not row.faults:
        with transaction.atomic():
            found = match(entry, entry.content_key(pdf), batch.officer)
            row.faults = found.faults
            if not row.faults:
                row.award, certificate, is_new = _award(batch, row, entry, found, pdf)
                row.fate, row.values = (Fate.DONE if is_new else Fate.KNOWN), {}
                row.save(update_fields=["award", "fate", "values", "faults", "updated_at"])
    if row.faults or entry is None:  # something came in between since it was checked
        row.fate = Fate.MISTAKE
        row.save(update_fields=["fate", "faults", "updated_at"])
    elif certificate is not None:
        publish_original(certificate=certificate)


def _award(batch: CertificateImport, row: ImportRow, entry: Entry, found: Match, pdf: bytes | None) -> tuple[Award, Certificate | None, bool]:
    """The award of a line, the certificate to publish, and whether they are new."""
    user = found.user or User.objects.create_user(entry.text["email"], display_name=entry.text["name"][:120])
    lock_person(user.pk)
    key = entry.content_key(pdf)
    if known := award_of(key):
        return known, None, False
    licence = found.licence or _licence(user, found.board, entry)
    accreditation = found.accreditation or _as_printed(entry, found.approving, batch.officer)
    activity = accreditation.activity if accreditation else _activity(entry, batch.officer)
    used = keys_used(dossier_key(key))
    facts = {
        "imported": {"source": batch.source, "file_sha256": batch.sha256, "line": row.line, "certificate_number": entry.text["certificate_number"]},
        "instructor": {"name": entry.text["instructor"], "credentials": entry.text["instructor_credentials"]},
    }
    dossier, _created = keep_dossier(
        key=f"{dossier_key(key)}:{len(used) + 1}" if used else dossier_key(key),
        user=user,
        activity=activity,
        kind=activity.kind,
        completed_at=datetime.combine(entry.completed_on, time(12), ZoneInfo(settings.SCHOOL_TIME_ZONE)),
        zone=settings.SCHOOL_TIME_ZONE,
        facts=facts,
        trace=node("imported", True, _("Completed before this system was in use"), "", "", []),
    )
    award = write_award(
        key=claim_key(dossier, accreditation, licence) if accreditation else plain_key(dossier),
        dossier=dossier,
        board=found.board,
        accreditation=accreditation,
        licence=licence,
        completed_on=entry.completed_on,
        trace=node("award", True, _("Issued before this system"), "", "", [step("imported", True, _("Taken over from the certificate"), "")]),
        origin=Award.Origin.IMPORTED,
        holder={
            "legal_name_printed": entry.text["name"],
            "licence_number": entry.text["licence_number"],
            "licence_jurisdiction": entry.text["licence_state"],
        },
        frozen=_printed(entry, found, accreditation),
        actor=batch.officer,
        reason=batch.source,
    )
    certificate = None
    if pdf is not None:
        certificate = keep_original(award=award, pdf=pdf, number=entry.text["certificate_number"], issued_on=entry.issued_on)
    return award, certificate, True


def _printed(entry: Entry, found: Match, accreditation: Accreditation | None) -> dict[str, Any]:
    """What the award says: what the certificate says."""
    return {
        "title": entry.text["title"],
        "units": entry.units,
        "unit_printed": accreditation.unit_printed if accreditation else "",
        "category_split": entry.category_split,
        "mode": entry.mode,
        "contact_minutes": entry.minutes,
        "approval_number": entry.text["approval_number"],
        "provider_number": entry.text["provider_number"],
        "provider_name": entry.text["provider_name"] or settings.SCHOOL_NAME,
        "board_name": found.board.name if found.board else "",
        "approval_board_name": found.approving.name if found.approving else "",
        "instructor_name": entry.text["instructor"],
        "instructor_credentials": entry.text["instructor_credentials"],
    }


def _licence(user: User, board: Board | None, entry: Entry) -> Licence | None:
    """The licence the number names, put on file when the person has none of the board."""
    if board is None or not entry.text["licence_number"]:
        return None
    mine = Licence.objects.filter(user=user, board=board)
    if same := mine.filter(number__iexact=entry.text["licence_number"]).first():
        return same
    if mine.exists():
        return None
    return Licence.objects.create(user=user, board=board, number=entry.text["licence_number"], jurisdiction=entry.text["licence_state"])


def _activity(entry: Entry, officer: Any) -> Activity:
    existing = find_activity(entry)
    if existing:
        return existing
    components = [{"mode": entry.mode, "minutes": entry.minutes}] if entry.minutes else []
    activity = Activity.objects.create(
        title=entry.text["title"],
        kind=entry.kind,
        instructor_name=entry.text["instructor"],
        instructor_credentials=entry.text["instructor_credentials"],
        description=_("As printed on certificates issued before this system."),
        components=components,
    )
    record_audit(actor=officer, action="credits.save_activity", record=activity)
    return activity


def _as_printed(entry: Entry, board: Board | None, officer: Any) -> Accreditation | None:
    """An approval that says what the certificate says and covers no day: nothing new is ever credited under it."""
    if board is None or entry.units is None:
        return None
    activity = _activity(entry, officer)
    Activity.objects.select_for_update().get(pk=activity.pk)  # two imports at once keep one of each
    if same := find_approval(entry, board):
        return same
    row = Accreditation.objects.create(
        activity=activity,
        board=board,
        approved_title=entry.text["title"],
        units=entry.units,
        mode=entry.mode,
        category_split=entry.category_split,
        approval_number=entry.text["approval_number"],
        provider_number=entry.text["provider_number"],
        provider_name=entry.text["provider_name"] or settings.SCHOOL_NAME,
        valid_from=entry.completed_on,
        status=Accreditation.Status.WITHDRAWN,
        withdrawn_on=entry.completed_on,
    )
    record_audit(actor=officer, action="credits.save_accreditation", record=row, status=row.status)
    return row


def _tell(batch: CertificateImport) -> None:
    """One mail to each person, however many certificates they have; whoever has no password yet is told how to choose one."""
    people: dict[int, list[Award]] = {}
    for award in Award.objects.filter(pk__in=batch.rows.filter(fate=Fate.DONE).values("award")).select_related("dossier").order_by("completed_on", "pk"):
        people.setdefault(award.dossier.user_id, []).append(award)
    for user in User.objects.filter(pk__in=people).order_by("pk"):
        context = {"awards": people[user.pk], "is_invited": not user.has_usable_password() and user.last_login is None}
        send_mail_once(key=f"import:{batch.pk}:{user.pk}", template="credits/mail/certificates_imported", context=context, recipient=user)


def discard_import(*, officer: Any, batch: CertificateImport) -> CertificateImport:
    """Import nothing and delete the file. Raises ImportRefused once it was confirmed."""
    require_officer(officer, batch.source)
    with transaction.atomic():
        batch = CertificateImport.objects.select_for_update().get(pk=batch.pk)
        if batch.confirmed_at:
            raise ImportRefused(_("This was confirmed already. Undo it once it is imported."))
        if batch.state != State.DISCARDED:
            batch.rows.update(values={})
            _close(batch, State.DISCARDED)
            record_audit(actor=officer, action="credits.discard_import", record=batch)
    return batch


def undo_import(*, officer: Any, batch: CertificateImport, reason: str) -> CertificateImport:
    """Revoke everything the import brought in, as entered by mistake. A second call changes nothing."""
    require_officer(officer, reason)
    with transaction.atomic():
        batch = CertificateImport.objects.select_for_update().get(pk=batch.pk)
        if batch.state in (State.UNDOING, State.UNDONE):
            return batch
        if batch.state != State.DONE:
            raise ImportRefused(_("Only what is imported can be undone; this is: %(state)s.") % {"state": batch.get_state_display().lower()})
        batch.officer, batch.state, batch.undo_reason = officer, State.UNDOING, reason.strip()
        batch.save(update_fields=["officer", "state", "undo_reason", "updated_at"])
        record_audit(actor=officer, action="credits.undo_import", record=batch, reason=batch.undo_reason)
        enqueue("credits.undo_import", key=f"undo-import:{batch.pk}", args={"batch": batch.pk})
    return batch


def revoke_imported(*, job: RunningJob, batch: CertificateImport) -> None:
    """The work of `undo_import`, each award by itself. What was corrected meanwhile is revoked in its latest version."""
    if batch.state != State.UNDOING:
        return
    total = batch.rows.count()
    for row in batch.rows.filter(fate=Fate.DONE).select_related("award"):
        with transaction.atomic():
            standing = Award.objects.current().filter(key=row.award.key).order_by("-version").first() if row.award else None
            if standing:
                revoke_award(officer=batch.officer, award=standing, reason_class=RevocationReason.ENTERED_BY_MISTAKE, reason=batch.undo_reason)
            row.fate = Fate.UNDONE
            row.save(update_fields=["fate", "updated_at"])
        job.report(100 * (total - batch.rows.filter(fate=Fate.DONE).count()) // total)
    CertificateImport.objects.filter(pk=batch.pk, state=State.UNDOING).update(state=State.UNDONE, updated_at=clock.now())


def tidy_imports() -> int:
    """Empty the cells of lines that were left out long ago; they name people. Returns how many lines."""
    old = CertificateImport.objects.filter(updated_at__lt=clock.now() - TIDY_AFTER).exclude(state__in=[State.CHECKING, State.RUNNING, State.UNDOING])
    for batch in old.exclude(file=""):  # read and never confirmed
        discard_unconfirmed(batch)
    return ImportRow.objects.filter(batch__in=old).exclude(values={}).update(values={})


def discard_unconfirmed(batch: CertificateImport) -> None:
    with transaction.atomic():
        row = CertificateImport.objects.select_for_update().get(pk=batch.pk)
        if row.file and not row.confirmed_at:
            _close(row, State.DISCARDED)
