"""Excel files of the old kind, read back by a reader that shares no code with what wrote them."""

from datetime import date

import pytest
import xlrd
from hypothesis import given, settings
from hypothesis import strategies as st

from credits.reports.xls import write_xls

cells = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40),
    st.integers(0, 999_999_999),
    st.dates(date(1990, 1, 1), date(2099, 12, 31)),
)


def read(content):
    book = xlrd.open_workbook(file_contents=content, formatting_info=True)
    sheet = book.sheet_by_index(0)
    return book, sheet


def shown(book, sheet, row, column):
    cell = sheet.cell(row, column)
    if cell.ctype == xlrd.XL_CELL_DATE:
        return xlrd.xldate_as_datetime(cell.value, book.datemode).date()
    return int(cell.value) if cell.ctype == xlrd.XL_CELL_NUMBER else cell.value


@given(st.lists(st.lists(cells, min_size=10, max_size=10), min_size=1, max_size=40))
@settings(max_examples=150, deadline=None)
def test_every_cell_is_read_back_as_it_was(rows):
    book, sheet = read(write_xls(rows, sheet="Roster"))

    for row, expected in enumerate(rows):
        found = [shown(book, sheet, row, column) if row < sheet.nrows and column < sheet.ncols else "" for column in range(10)]
        assert found == expected


def test_a_thousand_rows_and_more_texts_than_one_record_holds():
    rows = [[12773, 20 + number, "", f"MA{number:05}", date(2026, 11, 1), "Profession=É"] for number in range(3000)]

    book, sheet = read(write_xls(rows, sheet="Roster"))

    assert (sheet.name, sheet.nrows, sheet.ncols) == ("Roster", 3000, 6)
    assert [shown(book, sheet, 2999, column) for column in range(6)] == rows[2999]


def test_a_date_is_a_date_of_excel():
    book, sheet = read(write_xls([[date(2008, 12, 3)]], sheet="Roster"))

    cell = sheet.cell(0, 0)
    assert (cell.ctype, cell.value) == (xlrd.XL_CELL_DATE, 39785)
    assert book.format_map[book.xf_list[cell.xf_index].format_key].format_str == "m/d/yy"


def test_the_same_cells_make_the_same_bytes():
    rows = [["MA1", 5, date(2026, 11, 1)]]

    assert write_xls(rows, sheet="Roster") == write_xls(rows, sheet="Roster")


@pytest.mark.parametrize("rows", [[["x" * 32_768]], [[]] * 65_537])
def test_what_the_format_cannot_hold_is_refused(rows):
    with pytest.raises(ValueError, match="holds"):
        write_xls(rows, sheet="Roster")
