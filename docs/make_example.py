"""Make the example for `sheetgen verify`, docs/examples/common-mistake.xlsx: `python docs/make_example.py`.

It is a sheet as a student makes it, with the commonest mistake of the exercise: the gradients of w3 and w4 use a_h1
where a_h2 belongs. The formulas are the notation's, and the mistake is the one on the sheet *Gradient check*.
"""

from datetime import datetime
from pathlib import Path

import xlsxwriter

from sheetgen import load_experiment
from sheetgen.lesson.mistake import with_mistake
from sheetgen.network.cached_values import Evaluator
from sheetgen.network.notation import write_notation
from sheetgen.workbook.layout import TableLayout

EXAMPLE = Path(__file__).parent / "examples" / "common-mistake.xlsx"
RATE, ITERATIONS = 0.5, 20


def main(path: Path = EXAMPLE) -> None:
    """Write the workbook; the same code always writes the same cells."""
    experiment = load_experiment("class").with_run((RATE,), ITERATIONS)
    notation = with_mistake(experiment, write_notation(experiment))
    table = TableLayout(experiment, notation, eta_row=0, eta_column=1, header_row=2, first_row=3)
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": datetime(2026, 11, 26)})  # a fixed date, so that the bytes are the same
        sheet, decimals = book.add_worksheet("Sheet1"), book.add_format({"num_format": "0.000000"})
        sheet.write_row(0, 0, ("η", RATE))
        sheet.write_row(table.header_row, 0, notation.names, book.add_format({"bold": True, "align": "right"}))
        for number, values in enumerate(Evaluator(experiment, notation).rows(RATE, ITERATIONS)):
            row = table.first_row + number
            for column, (quantity, value) in enumerate(zip(notation.quantities, values, strict=True)):
                style = decimals if column else None
                text = quantity.formula(number)
                if "{" not in text or "@start}" in text:
                    sheet.write_number(row, column, value, style)
                else:
                    sheet.write_formula(row, column, f"={table.formula(text, number)}", style, value)


if __name__ == "__main__":
    main()
