"""Certificates of earlier years, what became of one of them, and what the demonstration's CE officer has on the list."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

from accounts.models import User
from credits.bulk.services import begin_bulk_change
from credits.imports.columns import NAMES
from credits.imports.services import begin_import, confirm_import
from credits.models import Award, BulkChange, CertificateImport, RevocationReason
from credits.services import revoke_award
from workshops.models import Workshop
from workshops.services import BlockInput, save_workshop

SOURCE = "The school's own folders, 2021 to 2025"
TAKEN_BACK = "SMRT for the knee, first edition"
GUEST = "Ben Okafor, LMT"
BOARD = {"board": "us_fl_massage", "delivery": "in_person_hands_on", "instructor": "Ada Rivera", "instructor_credentials": "LMT, BCTMB", "minutes": "360"}
ZOE = {"email": "learner@example.org", "name": "Zoë Đặng-Müller", "licence_number": "MA 00000", "licence_state": "US-FL"}
LINES = (
    ZOE | BOARD | {"title": "SMRT for the shoulder, first edition", "completed_on": "2022-10-01", "units": "6", "categories": "technique 6",
                   "approval_number": "EXAMPLE-20-0", "certificate_number": "2022-0117", "issued_on": "2022-10-04", "file": "dang-2022-0117.pdf"},
    ZOE | BOARD | {"title": TAKEN_BACK, "completed_on": "2025-02-08", "units": "6", "categories": "technique 6",
                   "approval_number": "EXAMPLE-20-0", "certificate_number": "2025-0042", "issued_on": "2025-02-11", "file": "dang-2025-0042.pdf"},
    {"email": "bodyworker@example.org", "name": "由紀 山田", "title": "Dormant butt syndrome: an evening", "completed_on": "2023-05-20",
     "delivery": "in_person_lecture", "minutes": "120", "certificate_number": "2023-0009", "file": "yamada-2023-0009.pdf"},
    BOARD | {"email": "ines@example.org", "name": "Inês Carvalho", "title": TAKEN_BACK, "completed_on": "2025-02-08",
             "units": "6", "categories": "technique 6", "approval_number": "EXAMPLE-20-0", "certificate_number": "2025-0043"},
    BOARD | {"email": "ines@example.org", "name": "Inês Carvalho", "title": "SMRT for the hip, first edition", "completed_on": "11/12/2024", "units": "6"},
)  # fmt: skip


def make_earlier_certificates(*, officer: User, finish: Callable[[str], None]) -> None:
    """Bring the certificates in; one line has a mistake. Safe to repeat."""
    if CertificateImport.objects.filter(source=SOURCE).exists():
        return
    upload = SimpleUploadedFile("certificates-2021-2025.zip", _archive(), content_type="application/zip")
    batch = begin_import(officer=officer, upload=upload, source=SOURCE)
    finish("credits.check_import")
    confirm_import(officer=officer, batch=batch)
    finish("credits.run_import")


def make_officers_list(*, officer: User, staff: User) -> None:
    """A closed cycle to decide, a change to file, a bulk change to confirm. Safe to repeat."""
    taken_back = Award.objects.current().filter(title=TAKEN_BACK, dossier__user__email=ZOE["email"], origin=Award.Origin.IMPORTED).first()
    if taken_back:
        reason = "The roster of that day shows that she left at noon."
        revoke_award(officer=officer, award=taken_back, reason_class=RevocationReason.REQUIREMENTS_NOT_MET, reason=reason)
    workshop = Workshop.objects.published().filter(title="The Knee, Hands On").order_by("-starts_at").first()
    if workshop and workshop.instructor_name != GUEST:
        workshop.instructor_name = GUEST
        blocks = [BlockInput(row.starts_at, row.ends_at, row.kind, row.mode, row.topic) for row in workshop.blocks.all()]
        save_workshop(workshop=workshop, blocks=blocks, by=staff)
    attended = Award.objects.current().filter(origin=Award.Origin.COMPLETION, dossier__kind="workshop").order_by("-completed_on", "pk")
    latest = attended.first()
    if latest and not BulkChange.objects.exists():
        pks = list(attended.filter(dossier__activity=latest.dossier.activity_id, completed_on=latest.completed_on).values_list("pk", flat=True))
        reason = "Two rosters were mixed up; to be looked at with the instructor before it is confirmed."
        begin_bulk_change(officer=officer, awards=pks, kind=BulkChange.Kind.REVOKE, reason_class=RevocationReason.ISSUED_IN_ERROR, reason=reason)


def _archive() -> bytes:
    table = io.StringIO()
    writer = csv.DictWriter(table, NAMES, restval="")
    writer.writeheader()
    writer.writerows(LINES)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("certificates.csv", table.getvalue())
        for line in LINES:
            if line.get("file"):
                archive.writestr(line["file"], _paper(line))
    return out.getvalue()


def _paper(line: dict[str, str]) -> bytes:
    """A certificate as the school printed them then, scanned."""
    page = Image.new("RGB", (1100, 850), "#fbf8f1")
    draw = ImageDraw.Draw(page)
    draw.rectangle((40, 40, 1060, 810), outline="#2f6657", width=5)
    credit = f"{line['units']} hours · " if line.get("units") else ""
    rows = (
        ("SMRT School", 40, 110), ("Certificate of completion", 60, 200), (line["name"], 50, 340), (line["title"], 40, 450),
        (f"{credit}completed on {line['completed_on']}", 32, 560), (f"No. {line['certificate_number']}", 26, 700),
    )  # fmt: skip
    for text, size, top in rows:
        draw.text((550, top), text, fill="#26221e", font=ImageFont.load_default(size), anchor="ma")
    out = io.BytesIO()
    page.save(out, format="PDF", title=line["title"])
    return out.getvalue()
