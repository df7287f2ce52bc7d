"""The columns of the CSV, and what stands in each."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Column:
    name: str
    meaning: str | Promise
    is_required: bool = False
    example: str = ""


COLUMNS = (
    Column("email", _("The person’s e-mail address. Who has no account is invited. May be empty if the licence is on file."), example="zoe@example.org"),
    Column("name", _("The name as printed on the certificate."), True, "Zoë Brown"),
    Column("licence_number", _("The licence the credit counts for, as printed or as the board has it."), example="MA12345"),
    Column("licence_state", _("The licence’s state or province."), example="FL"),
    Column("board", _("The code of the board it counts for. Empty: the school’s own certificate, without units."), example="us_fl_massage"),
    Column("approved_by", _("The code of the board whose approval it rests on, if that is another one, such as ncbtmb."), example=""),
    Column("title", _("The title as printed."), True, "SMRT for the knee"),
    Column("completed_on", _("The day of completion: 2021-05-09."), True, "2021-05-09"),
    Column("units", _("In the board’s own unit, as printed: 6 or 2.5. Needed with a board."), example="6"),
    Column("categories", _("Units by category: ethics 2; technique 4. May add up to less than the units."), example="technique 6"),
    Column("delivery", _("One of in_person_hands_on, in_person_lecture, live_remote, self_paced."), True, "in_person_hands_on"),
    Column("minutes", _("Minutes of instruction."), example="360"),
    Column("approval_number", _("The approval or course number as printed."), example="20-1234567"),
    Column("provider_number", _("The school’s provider number as printed."), example="50-98765"),
    Column("provider_name", _("The school’s name as printed. Empty: as it is today."), example=""),
    Column("instructor", _("Who taught it, as printed."), example="Ana Ruiz"),
    Column("instructor_credentials", _("The instructor’s credentials as printed."), example="LMT"),
    Column("certificate_number", _("The number the certificate bears."), example="2021-0042"),
    Column("issued_on", _("The day it was issued. Empty: the day of completion."), example="2021-05-12"),
    Column("file", _("The name of its PDF in the ZIP. Empty: it counts, and nobody can verify a paper."), example="brown-2021-0042.pdf"),
)
NAMES = tuple(column.name for column in COLUMNS)
REQUIRED = tuple(column.name for column in COLUMNS if column.is_required)


def template_csv() -> str:
    """A CSV with the header and one example line."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(NAMES)
    writer.writerow([column.example for column in COLUMNS])
    return out.getvalue()
