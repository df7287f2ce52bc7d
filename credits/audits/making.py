"""Making a pack: completion by completion into a file of this machine, checked there, then into storage whole."""

from __future__ import annotations

import csv
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from core.csv_text import plain
from credits.audits import records, scope
from credits.audits.index_pdf import LINES, forget_pages, index_pdf
from credits.audits.pack import CHUNK, PackWriter, as_text, safe_name
from credits.audits.signing import sign_manifest, signer_facts
from credits.audits.verifier import is_as_recorded, read_keys, verify_pack
from credits.certificates.keys import LoadedKey, signing_key
from credits.certificates.services import StoredFileDamaged, stored_pdf
from credits.engine.run import dumps
from credits.models import Accreditation, AuditPack, DossierFile, Licence
from credits.selectors import school_today
from credits.standings import standing_of_licence

Report = Callable[[int, str], None]
SHOWN_NOTES = 40


class PackBroken(RuntimeError):
    """What was written does not verify: nothing of it is offered to anybody."""


class Table:
    """A CSV that grows line by line on disk until it goes into the pack."""

    def __init__(self, name: str, head: tuple[str, ...], folder: Path) -> None:
        self.name, self.rows = name, 0
        self.path = folder / name
        self._file = self.path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(head)

    def add(self, row: list[Any]) -> None:
        self._writer.writerow(["" if cell is None else plain(str(cell)) for cell in row])
        self.rows += 1

    def close(self) -> None:
        self._file.close()


class Making:
    """One run: the pack's row, the writer, and what grows beside the completions."""

    def __init__(self, pack: AuditPack, writer: PackWriter, folder: Path, *, made_at: datetime, key: LoadedKey) -> None:
        self.pack, self.writer, self.folder, self.made_at, self.key = pack, writer, folder, made_at, key
        self.roster = Table("roster.csv", records.ROSTER_HEAD, folder)
        self.watching = Table("watch-evidence.csv", records.WATCH_HEAD, folder)
        self.attendance = Table("attendance-log.csv", records.ATTENDANCE_HEAD, folder)
        self.notes: list[str] = []
        self.note_count = 0
        self.approvals: set[int] = set()
        self.completions = 0
        self.index: IO[str] = (folder / "index.jsonl").open("w+", encoding="utf-8")

    def close(self) -> None:
        for table in (self.roster, self.watching, self.attendance):
            table.close()
        self.index.close()

    def note(self, sentence: str) -> None:
        self.note_count += 1
        if self.note_count <= SHOWN_NOTES:
            self.notes.append(sentence)

    def run(self, report: Report) -> None:
        total = scope.dossiers_within(self.pack).count()
        report(1, _("Reading completions"))
        for number, dossier in enumerate(scope.loaded(self.pack), start=1):
            self._completion(dossier)
            if number % 10 == 0 or number == total:
                report(min(90, 2 + number * 88 // max(total, 1)), _("%(number)s of %(total)s completions") % {"number": number, "total": max(total, number)})
        report(91, _("Approvals"))
        self._approvals()
        self._standings()
        report(93, _("Lists and index"))
        for table in (self.roster, self.watching, self.attendance):
            table.close()
            if table.rows or table is self.roster:
                with table.path.open("rb") as file:
                    self.writer.add(table.name, _pieces(file))
        self._index()
        self.writer.add("README.txt", self._readme().encode())
        self.writer.add("record.css", (Path(__file__).parent / "record.css").read_bytes())
        report(96, _("Signing"))
        self.writer.seal(self._facts(), lambda text: sign_manifest(text, key=self.key))

    def _completion(self, dossier: Any) -> None:
        folder, context = records.folder_of(dossier), records.record_context(dossier)
        name = context["name"]
        self.completions += 1
        self.writer.add(f"{folder}/record.html", render_to_string("credits/audit_pack/record.html", context).encode())
        recorded = records.dossier_json(dossier)
        self.writer.add(f"{folder}/dossier.json", as_text(recorded))
        if not is_as_recorded(recorded):
            self.note(
                _("Dossier %(key)s is not what was recorded at the completion: its digest differs. Find out why before you hand this out.")
                % {"key": dossier.key}
            )
        self.writer.add(f"{folder}/awards.json", as_text(records.awards_json(dossier)))
        questions = records.exam_shown(dossier.facts)
        if questions:
            shown = render_to_string("credits/audit_pack/exam.html", {**context, "questions": questions})
            self.writer.add(f"{folder}/exam-as-shown.html", shown.encode())
        for award in dossier.shown_awards:
            self._certificate(folder, award)
            if award.accreditation_id:
                self.approvals.add(award.accreditation_id)
        self._files(folder, dossier)
        for row in records.roster_rows(dossier):
            self.roster.add(row)
        for watched in context["watching"]:
            self.watching.add([dossier.pk, name, *(watched[column] for column in _WATCHED)])
        for entry in context["attendance"]:
            self.attendance.add([dossier.pk, name, *(entry[column] for column in _ATTENDED)])
        self.index.write(json.dumps(records.index_line(dossier), ensure_ascii=False) + "\n")

    def _certificate(self, folder: str, award: Any) -> None:
        certificate = records.certificate_of(award)
        if certificate is None or certificate.purged_at:
            return
        try:
            self.writer.add(f"{folder}/{certificate.file_name}", stored_pdf(certificate))
        except StoredFileDamaged:
            self.note(
                _("Certificate %(serial)s is missing: storage does not hold the bytes that were issued (SHA-256 %(digest)s).")
                % {"serial": certificate.serial, "digest": certificate.sha256}
            )

    def _files(self, folder: str, dossier: Any) -> None:
        if dossier.purged_at:  # their bytes went with the detail; the record keeps names and hashes
            return
        taken: set[str] = set()
        for listed in dossier.files.all():
            name = safe_name(listed.name)
            while name in taken:
                name = f"{len(taken)}-{name}"
            taken.add(name)
            content = bytes(DossierFile.objects.only("content").get(pk=listed.pk).content)  # one at a time: they are the large part
            self.writer.add(f"{folder}/files/{name}", content)

    def _approvals(self) -> None:
        for pk in sorted(self.approvals):
            accreditation = Accreditation.objects.select_related("board").get(pk=pk)
            self.writer.add(f"approvals/{pk}/approval.json", as_text(records.approval_json(accreditation)))
            if not accreditation.approval_letter:
                self.note(_("No approval letter is on file for approval %(number)s of %(board)s.") % _named(accreditation))
                continue
            try:
                with accreditation.approval_letter.open("rb") as letter:
                    self.writer.add(f"approvals/{pk}/approval-letter.pdf", letter.read())
            except OSError:
                self.note(_("The letter of approval %(number)s of %(board)s cannot be read from storage.") % _named(accreditation))

    def _standings(self) -> None:
        """In a pack about one person: which credit counted for what, in the cycle of the period's last day and the one before it."""
        if self.pack.learner is None:
            return
        as_of = min(self.pack.last_day or school_today(), school_today())
        licences = Licence.objects.visible_to(self.pack.learner).with_facts().order_by("pk")
        for licence in licences.filter(board=self.pack.board) if self.pack.board else licences:
            standing = standing_of_licence(licence, as_of, to_holder=False)
            cycles = [cycle for cycle in (standing.current, standing.before) if cycle]
            page = render_to_string("credits/audit_pack/standing.html", {"licence": licence, "standing": standing, "cycles": cycles})
            self.writer.add(f"standings/{licence.pk}/standing.html", page.encode())
            if standing.result:
                self.writer.add(f"standings/{licence.pk}/standing.json", f"{dumps(standing.result)}\n".encode())

    def _index(self) -> None:
        """`index.pdf`, or `index-1.pdf` and so on when there is more than one holds."""
        self.index.seek(0)
        parts = max(1, -(-self.completions // LINES))
        for part in range(1, parts + 1):
            lines = [json.loads(line) for line, _number in zip(self.index, range(LINES), strict=False)]
            title = _("Audit pack %(number)s") % {"number": self.pack.pk}
            facts = {
                "title": title if parts == 1 else _("%(title)s, part %(part)s of %(parts)s") % {"title": title, "part": part, "parts": parts},
                "school": settings.SCHOOL_NAME,
                "facts": self._cover(),
                "notes": self._shown_notes(),
                "contents": _contents(),
                "lines": lines,
            }
            self.writer.add("index.pdf" if parts == 1 else f"index-{part}.pdf", index_pdf(facts, made_at=self.made_at))
            if parts > 1:
                forget_pages()

    def _cover(self) -> list[tuple[str, str]]:
        return [
            (_("About"), scope.about(self.pack)),
            (_("For"), self.pack.purpose),
            (_("Made"), f"{self.made_at:%Y-%m-%d %H:%M} UTC, {self.pack.requested_by}"),
            (_("Completions"), str(self.completions)),
            (_("Provider"), ", ".join(part for part in (settings.SCHOOL_NAME, settings.SCHOOL_ADDRESS, settings.SCHOOL_EMAIL) if part)),
        ]

    def _shown_notes(self) -> list[str]:
        left = self.note_count - len(self.notes)
        return [*self.notes, _("And %(count)s more of the kind.") % {"count": left}] if left else self.notes

    def _facts(self) -> dict[str, Any]:
        pack = self.pack
        return {
            "pack": str(pack.uuid),
            "number": pack.pk,
            "school": settings.SCHOOL_NAME,
            "site": settings.SITE_URL,
            "about": scope.about(pack),
            "scope": {
                "learner": pack.learner_id,
                "activity": pack.activity_id,
                "board": pack.board.code if pack.board else None,
                "first_day": pack.first_day.isoformat() if pack.first_day else None,
                "last_day": pack.last_day.isoformat() if pack.last_day else None,
            },
            "purpose": pack.purpose,
            "made_at": self.made_at.isoformat(),
            "made_for": str(pack.requested_by),
            "completions": self.completions,
            "notes": self._shown_notes(),
            "signer": signer_facts(self.key),
        }

    def _readme(self) -> str:
        return render_to_string(
            "credits/audit_pack/readme.txt", {"making": self, "about": scope.about(self.pack), "contents": _contents(), "site": settings.SITE_URL}
        )


_WATCHED = ("lesson", "length", "watched", "percent", "stretches", "real_time", "sessions", "beats", "first", "last", "video_sha256")
_ATTENDED = ("block", "topic", "what", "at", "recorded_at", "recorded_by", "note")


def _named(accreditation: Accreditation) -> dict[str, Any]:
    return {"number": accreditation.approval_number or f"#{accreditation.pk}", "board": accreditation.board.name}


def _contents() -> list[tuple[str, str]]:
    return [
        ("roster.csv", _("everybody, with licence, units, approval and certificate")),
        ("attendance-log.csv", _("arrivals and departures at workshops, nothing left out (when there were any)")),
        ("watch-evidence.csv", _("what was watched of each lesson, and when")),
        ("completions/…/record.html", _("one completion to read: evidence, outline and version, instructor, evaluation, awards and what became of them")),
        ("completions/…/exam-as-shown.html", _("the exam as the learner saw and answered it")),
        ("completions/…/certificate-….pdf", _("every certificate as it was issued")),
        ("completions/…/dossier.json, awards.json", _("the same for machines, with the digest taken on the day")),
        ("approvals/…", _("the boards' approvals and their letters")),
        ("standings/…", _("in a pack about one learner: which credit counted for what, for each licence")),
        ("SHA256SUMS, manifest.json, manifest.jws", _("the hash of every file, signed by the school")),
    ]


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(CHUNK):
        yield piece


def make_file(pack: AuditPack, path: Path, *, made_at: datetime, report: Report) -> Making:
    """Write the pack to `path` and hold it against its own verifier. Raises PackBroken."""
    key = signing_key()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=path.parent)))
        writer = stack.enter_context(PackWriter(path, made_at=made_at))
        making = Making(pack, writer, folder, made_at=made_at, key=key)
        stack.callback(making.close)
        making.run(report)
    report(97, _("Checking"))
    verdict = verify_pack(path, read_keys(key.row.certificate_pem.encode()))
    if not verdict.is_whole:
        raise PackBroken(" ".join(verdict.problems[:5]))
    return making


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_in_pieces(name: str) -> Iterator[bytes]:
    """A stored file piece by piece, so that a large one never stands in memory: a folder or a bucket behind it."""
    bucket = getattr(default_storage, "bucket", None)
    if bucket is not None:
        yield from bucket.Object(name).get()["Body"].iter_chunks(CHUNK)
        return
    with default_storage.open(name, "rb") as file:
        yield from iter(lambda: file.read(CHUNK), b"")
