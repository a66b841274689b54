"""Addresses, compared with openpyxl's."""

import pytest
from openpyxl.utils import cell as openpyxl_cell

from sheetgen.spreadsheet.addresses import (
    column_index_from_string,
    coordinate_to_tuple,
    get_column_letter,
    quote_sheetname,
    range_boundaries,
)


def test_columns_have_the_letters_that_openpyxl_gives_them():
    numbers = range(1, 18_279)
    letters = [get_column_letter(number) for number in numbers]
    assert letters == [openpyxl_cell.get_column_letter(number) for number in numbers]
    assert [column_index_from_string(each) for each in letters] == list(numbers)
    assert column_index_from_string("ab") == 28


@pytest.mark.parametrize("number", [-1, 0, 18_279])
def test_a_number_outside_of_the_sheet_has_no_letters(number: int):
    with pytest.raises(ValueError, match=str(number)):
        get_column_letter(number)


@pytest.mark.parametrize("letters", ["", "A1", "ÄB", "ſ", "ABCD", "$A"])
def test_only_letters_name_a_column(letters: str):
    with pytest.raises(ValueError, match="name of a column"):
        column_index_from_string(letters)


@pytest.mark.parametrize("text", ["B3", "B3:C5", "$B$3:$C$5", "b$3:XFD1048576"])
def test_a_range_has_the_bounds_that_openpyxl_gives_it(text: str):
    assert range_boundaries(text) == openpyxl_cell.range_boundaries(text)


def test_a_cell_has_a_row_and_a_column():
    assert coordinate_to_tuple("AB12") == openpyxl_cell.coordinate_to_tuple("AB12") == (12, 28)


@pytest.mark.parametrize("text", ["", "3", "B", "B3:", "B3:C", "A:C", "B3:C5:D6", "B3 ", "Sheet!B3", "B-3"])
def test_anything_else_is_no_range(text: str):
    with pytest.raises(ValueError, match="address of a cell"):
        range_boundaries(text)


def test_a_quote_in_the_name_of_a_sheet_is_doubled():
    assert quote_sheetname("Rohan's") == openpyxl_cell.quote_sheetname("Rohan's")
