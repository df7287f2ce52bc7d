"""Writing an Excel file of the old kind (.xls: BIFF8 in an OLE2 container), one sheet, the same bytes for the same cells.

Formats: [MS-XLS] and [MS-CFB]. A cell is text, a whole number, or a date; an empty text is no cell at all.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import date

Cell = str | int | date

EPOCH = date(1899, 12, 30)  # day 0 of Excel's dates, for every day after February 1900
GENERAL, AS_DATE, AS_TEXT = 15, 16, 17  # the three cell formats, as places in the list of formats
SECTOR = 512
SMALLEST_STREAM = 4096  # shorter ones would have to be kept in another way
MOST_OF_A_RECORD = 8224
END_OF_CHAIN, FREE, FAT_SECTOR, NOBODY = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
ROWS_IN_A_BLOCK = 32


def write_xls(rows: Sequence[Sequence[Cell]], *, sheet: str) -> bytes:
    """The file. Raises ValueError for what the format cannot hold: more than 65,536 rows, a text of more than 32,767 characters."""
    if len(rows) > 65_536:
        raise ValueError("A sheet of this kind holds 65,536 rows.")
    texts: dict[str, int] = {}
    for cell in (cell for row in rows for cell in row if isinstance(cell, str) and cell):
        if len(cell) > 32_767:
            raise ValueError("A cell of this kind holds 32,767 characters.")
        texts.setdefault(cell, len(texts))
    uses = sum(1 for row in rows for cell in row if isinstance(cell, str) and cell)
    return _container(_workbook(sheet, _sheet(rows, texts), list(texts), uses))


def _record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0x41, 0x06))


def _workbook(name: str, sheet: bytes, texts: list[str], uses: int) -> bytes:
    head = b"".join(
        [
            _begin(0x0005),
            _record(0x0042, struct.pack("<H", 1200)),  # texts are in Unicode
            _record(0x003D, struct.pack("<9H", 0, 0, 0x4000, 0x2000, 0x38, 0, 0, 1, 0x0258)),
            _record(0x0022, struct.pack("<H", 0)),  # days are counted from 1900
            *[_record(0x0031, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + _short("Arial")) for _ in range(4)],
            *[_format(0, 0xFFF5, 0xF4 if number else 0) for number in range(15)],
            _format(0, 0x0001, 0),
            _format(0x0E, 0x0001, 0x04),
            _format(0x31, 0x0001, 0x04),
            _record(0x0293, struct.pack("<HBB", 0x8000, 0, 0xFF)),
        ]
    )
    tail = _shared(texts, uses) + _record(0x000A)
    label = _short(name)
    place = len(head) + 4 + 6 + len(label) + len(tail)
    return head + _record(0x0085, struct.pack("<IH", place, 0) + label) + tail + sheet


def _short(text: str) -> bytes:
    """A text of up to 255 characters with its length, in the form of names."""
    return struct.pack("<BB", len(text), 1) + text.encode("utf-16-le")


def _format(number: int, flags: int, used: int) -> bytes:
    return _record(0x00E0, struct.pack("<HHHBBBBIIH", 0, number, flags, 0x20, 0, 0, used, 0, 0, 0x20C0))


def _shared(texts: list[str], uses: int) -> bytes:
    """The table of texts. A text that no longer fits begins the next record, so none is ever split."""
    done, content = b"", struct.pack("<II", uses, len(texts))
    kind = 0x00FC
    for text in texts:
        units = text.encode("utf-16-le")
        piece = struct.pack("<HB", len(units) // 2, 1) + units
        if len(content) + len(piece) > MOST_OF_A_RECORD:
            done += _record(kind, content)
            kind, content = 0x003C, b""
        content += piece
    return done + _record(kind, content)


def _sheet(rows: Sequence[Sequence[Cell]], texts: dict[str, int]) -> bytes:
    width = max((len(row) for row in rows), default=0)
    parts = [
        _begin(0x0010),
        _record(0x007D, struct.pack("<6H", 0, max(width - 1, 0), 16 * 256, GENERAL, 0, 0)),
        _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0)),
    ]
    for first in range(0, len(rows), ROWS_IN_A_BLOCK):
        block = list(enumerate(rows[first : first + ROWS_IN_A_BLOCK], start=first))
        parts += [_record(0x0208, struct.pack("<8H", number, 0, width, 0xFF, 0, 0, 0x0100, GENERAL)) for number, _ in block]
        parts += [_cell(number, column, cell, texts) for number, row in block for column, cell in enumerate(row) if cell != ""]
    parts += [_record(0x023E, struct.pack("<HHHIHHI", 0x06B6, 0, 0, 0x40, 0, 0, 0)), _record(0x000A)]
    return b"".join(parts)


def _cell(row: int, column: int, cell: Cell, texts: dict[str, int]) -> bytes:
    if isinstance(cell, str):
        return _record(0x00FD, struct.pack("<HHHI", row, column, AS_TEXT, texts[cell]))
    if isinstance(cell, date):
        return _record(0x0203, struct.pack("<HHHd", row, column, AS_DATE, (cell - EPOCH).days))
    return _record(0x0203, struct.pack("<HHHd", row, column, GENERAL, cell))


def _container(stream: bytes) -> bytes:
    """One stream named Workbook: its sectors, then the directory, then the table that says which sector follows which."""
    stream += b"\0" * (max(SMALLEST_STREAM, -(-len(stream) // SECTOR) * SECTOR) - len(stream))
    used = len(stream) // SECTOR
    tables = 1
    while used + 1 + tables > tables * (SECTOR // 4):
        tables += 1
    if tables > 109:
        raise ValueError("The file is larger than this simple form can hold.")
    chain = [*range(1, used), END_OF_CHAIN, END_OF_CHAIN, *[FAT_SECTOR] * tables]
    chain += [FREE] * (tables * (SECTOR // 4) - len(chain))
    places = [*range(used + 1, used + 1 + tables)] + [FREE] * (109 - tables)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, tables, used, 0, SMALLEST_STREAM, END_OF_CHAIN, 0, END_OF_CHAIN, 0)
    header += _numbers(places)
    directory = _entry("Root Entry", 5, child=1) + _entry("Workbook", 2, start=0, size=len(stream)) + _entry("", 0) * 2
    return header + stream + directory + _numbers(chain)


def _numbers(values: Iterable[int]) -> bytes:
    return b"".join(struct.pack("<I", value) for value in values)


def _entry(name: str, kind: int, *, child: int = NOBODY, start: int | None = None, size: int = 0) -> bytes:
    label = (name + "\0").encode("utf-16-le") if name else b""
    first = start if start is not None else (END_OF_CHAIN if kind else 0)
    return label.ljust(64, b"\0") + struct.pack("<HBBIII16x4x8x8xIQ", len(label), kind, 1 if kind else 0, NOBODY, NOBODY, child, first, size)
