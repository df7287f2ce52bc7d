"""What is in an uploaded file: the lines of its CSV and the PDFs beside it. Nothing is unpacked to disk; every size is bounded."""

from __future__ import annotations

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from django.utils.translation import gettext as _
from pyhanko.pdf_utils.reader import PdfFileReader

from credits.imports.columns import NAMES, REQUIRED

MOST_LINES = 5000
MAX_CSV_BYTES = 10_000_000
MAX_PDF_BYTES = 2_000_000  # what the public page takes when somebody checks a paper
MAX_UNPACKED = 1_000_000  # of a table or a stream of objects in a PDF; more than a hundred thousand objects
ZIP_SIGNS = b"PK\x03\x04"
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")


class Unreadable(Exception):
    """The file as a whole can not be read; the message says what to do."""


class BadPdf(Exception):
    """One PDF can not be used; the message says why."""


@dataclass(frozen=True)
class Line:
    """One line of the CSV: its number and its cells by column, trimmed."""

    number: int
    values: dict[str, str]


class Upload:
    """An uploaded CSV, or a ZIP with one CSV and PDFs in it."""

    def __init__(self, file: IO[bytes]) -> None:
        """Raises Unreadable."""
        self.archive: zipfile.ZipFile | None = None
        self.pdfs: dict[str, zipfile.ZipInfo] = {}
        begins = file.read(4)
        file.seek(0)
        if begins == ZIP_SIGNS:
            self.archive = _opened(file)
            self._text = _decoded(self._csv(self.archive))
        else:
            self._text = _decoded(file.read(MAX_CSV_BYTES + 1))

    def _csv(self, archive: zipfile.ZipFile) -> bytes:
        tables: list[zipfile.ZipInfo] = []
        for entry in archive.infolist():
            name = entry.filename.rpartition("/")[2]
            if entry.is_dir() or name.startswith(".") or entry.filename.startswith("__MACOSX/"):
                continue
            if name.lower().endswith(".csv"):
                tables.append(entry)
            elif name.casefold() in self.pdfs:
                raise Unreadable(_("Two files in the ZIP are called “%(name)s”. Give each its own name.") % {"name": name})
            else:
                self.pdfs[name.casefold()] = entry
        if len(tables) != 1:
            raise Unreadable(_("The ZIP must hold exactly one CSV file; it holds %(count)s.") % {"count": len(tables)})
        return _read(archive, tables[0], MAX_CSV_BYTES)

    def lines(self) -> Iterator[Line]:
        """The lines after the header, empty ones left out. Raises Unreadable for a header that lacks or does not know a column."""
        try:
            yield from self._lines()
        except csv.Error as error:
            raise Unreadable(_("The CSV can not be read: %(why)s. Save it anew as CSV with quotation marks.") % {"why": str(error)}) from error

    def _lines(self) -> Iterator[Line]:
        reader = csv.reader(io.StringIO(self._text, newline=""), delimiter=_delimiter(self._text), strict=True)
        header = [cell.strip().casefold().replace(" ", "_") for cell in next(reader, [])]
        _check_header(header)
        count, last = 0, reader.line_num
        for cells in reader:
            number, last = last + 1, reader.line_num
            values = {name: " ".join(cell.split()) for name, cell in zip(header, cells, strict=False)}
            if not any(cells):
                continue
            count += 1
            if count > MOST_LINES:
                raise Unreadable(_("The CSV has more than %(most)s lines. Split it and import the parts one after the other.") % {"most": MOST_LINES})
            if len(cells) > len(header) and any(cells[len(header) :]):
                values["…"] = _("There are more cells than columns; is a comma not in quotation marks?")
            yield Line(number, values)

    def pdf(self, name: str) -> bytes:
        """The bytes of a PDF in the ZIP. Raises BadPdf."""
        entry = self.pdfs.get(name.rpartition("/")[2].casefold())
        if self.archive is None or entry is None:
            raise BadPdf(_("“%(name)s” is not in the ZIP.") % {"name": name})
        try:
            content = _read(self.archive, entry, MAX_PDF_BYTES)
        except Unreadable as error:
            raise BadPdf(str(error)) from error
        _check_pdf(name, content)
        return content


def _opened(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, OverflowError, NotImplementedError, struct.error) as error:  # all that a damaged one raises
        raise Unreadable(_("This ZIP is damaged. Make it anew and send it again.")) from error


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """At most `most` bytes, whatever the entry says of its own size. Raises Unreadable."""
    name = entry.filename.rpartition("/")[2]
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # the others unpack without a limit
        raise Unreadable(_("“%(name)s” in the ZIP is packed in an unusual way. Make the ZIP anew with your system’s own program.") % {"name": name})
    if entry.flag_bits & 1:
        raise Unreadable(_("“%(name)s” in the ZIP is locked with a password. Make the ZIP without one.") % {"name": name})
    try:
        with archive.open(entry) as part:
            content = part.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, OSError) as error:
        raise Unreadable(_("“%(name)s” in the ZIP can not be read. Make the ZIP anew.") % {"name": name}) from error
    if len(content) > most:
        raise Unreadable(_("“%(name)s” is larger than %(most)s MB. Save it smaller.") % {"name": name, "most": most // 1_000_000})
    return content


def _decoded(content: bytes) -> str:
    if len(content) > MAX_CSV_BYTES:
        raise Unreadable(_("The CSV is larger than %(most)s MB. Split it.") % {"most": MAX_CSV_BYTES // 1_000_000})
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(_("The CSV is not in UTF-8, so names would be spoilt. In Excel save it as “CSV UTF-8”.")) from error
    if "\x00" in text:
        raise Unreadable(_("This is not a CSV file. Export the table as CSV, or put the CSV and the PDFs into a ZIP."))
    return text


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _check_header(header: list[str]) -> None:
    unknown = [name for name in header if name and name not in NAMES]
    missing = [name for name in REQUIRED if name not in header]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    found = []
    if missing:
        found.append(_("These columns are missing: %(names)s.") % {"names": ", ".join(missing)})
    if unknown:
        found.append(_("These columns are unknown: %(names)s.") % {"names": ", ".join(name[:40] for name in unknown)})
    if twice:
        found.append(_("These columns are there twice: %(names)s.") % {"names": ", ".join(twice)})
    if found:
        raise Unreadable(" ".join([*found, _("The template shows every column there is.")]))


def _check_pdf(name: str, content: bytes) -> None:
    try:
        is_pdf = content.startswith(b"%PDF-") and not _hides_much(content) and _pages(content) >= 1
    except Exception:
        is_pdf = False
    if not is_pdf:
        raise BadPdf(_("“%(name)s” is not a readable PDF.") % {"name": name})


def _pages(content: bytes) -> int:
    root: Any = PdfFileReader(io.BytesIO(content), strict=False).root
    return int(root["/Pages"]["/Count"])


def _hides_much(content: bytes) -> bool:
    """Whether what a reader unpacks to find its way, tables and streams of objects, is more than any certificate's."""
    place = 0
    while (begin := content.find(b"stream", place)) >= 0 and (end := content.find(b"endstream", begin + 6)) >= 0:
        said = _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), content[place:begin])
        if b"XRef" in said or b"ObjStm" in said:
            if said.count(b"Decode") > said.count(b"DecodeParms") + 1 or b"LZW" in said:
                return True
            with suppress(zlib.error):  # not packed, or damaged: the reader says
                if len(zlib.decompressobj().decompress(content[begin + 6 : end].lstrip(b"\r\n"), MAX_UNPACKED + 1)) > MAX_UNPACKED:
                    return True
        place = end + len(b"endstream")
    return False
