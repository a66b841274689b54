"""Make the examples for `sheetgen verify` in docs/examples, their report, and docs/verify.md's verdict on the second.

Run it as `python docs/make_example.py`.

`common-mistake.xlsx` is a sheet as a student makes it, with the commonest mistake of the exercise: the gradients of w3
and w4 use a_h1 where a_h2 belongs. The formulas are the notation's, and the mistake is the one on the sheet *Gradient
check*. `one-neuron.xlsx` is of another kind: a neuron with tanh learns, a sample per row, by the squared error
without ½. The update of w2 uses x1.
"""

import math
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import xlsxwriter
from click.testing import CliRunner

import sheetgen.cli
from sheetgen import Experiment, load_experiment
from sheetgen.lesson.mistake import with_mistake
from sheetgen.network.cached_values import Evaluator
from sheetgen.network.notation import write_notation
from sheetgen.network.quantities import Notation
from sheetgen.recipe import verify_file
from sheetgen.report import render_page, wanted
from sheetgen.workbook.layout import TableLayout

DOCS = Path(__file__).parent
ROOT = DOCS.parent
EXAMPLES = DOCS / "examples"
REPORT = EXAMPLES / "report.html"
EXAMPLE, ONE_NEURON = EXAMPLES / "common-mistake.xlsx", EXAMPLES / "one-neuron.xlsx"
RATE, ITERATIONS = 0.5, 20
CREATED = {"created": datetime(2026, 11, 26)}  # a fixed date, so that the bytes are the same
SAMPLES = ((0.5, 1.0, 0.2), (1.0, -0.5, 0.6), (-1.0, 0.5, -0.4), (-0.5, -1.0, 0.1))


def main(path: Path = EXAMPLE) -> None:
    """Write the workbook; the same code always writes the same cells."""
    experiment = load_experiment("class").with_run((RATE,), ITERATIONS)
    write_sheet(path, experiment, with_mistake(experiment, write_notation(experiment)))


def write_sheet(path: Path, experiment: Experiment, notation: Notation) -> None:
    """Write a sheet as a student makes it: a table for the experiment's first learning rate, by some formulas."""
    (rate, *_), iterations = experiment.learning_rates, experiment.iterations
    table = TableLayout(experiment, notation, eta_row=0, eta_column=1, header_row=2, first_row=3)
    with xlsxwriter.Workbook(path) as book:
        book.set_properties(CREATED)
        sheet, decimals = book.add_worksheet("Sheet1"), book.add_format({"num_format": "0.000000"})
        sheet.write_row(0, 0, ("η", rate))
        sheet.write_row(table.header_row, 0, notation.names, book.add_format({"bold": True, "align": "right"}))
        for number, values in enumerate(Evaluator(experiment, notation).rows(rate, iterations)):
            row = table.first_row + number
            for column, (quantity, value) in enumerate(zip(notation.quantities, values, strict=True)):
                style = decimals if column else None
                text = quantity.formula(number)
                if "{" not in text or "@start}" in text:
                    sheet.write_number(row, column, value, style)
                else:
                    sheet.write_formula(row, column, f"={table.formula(text, number)}", style, value)


def one_neuron(path: Path = ONE_NEURON) -> None:
    """Write the workbook of one neuron; the same code always writes the same cells."""
    weights = [0.2, -0.3, 0.1]
    with xlsxwriter.Workbook(path) as book:
        book.set_properties(CREATED)
        sheet, decimals = book.add_worksheet("Sheet1"), book.add_format({"num_format": "0.0000"})
        sheet.write_row(0, 0, ("learning rate", 0.1))
        sheet.write_row(2, 0, ("x1", "x2", "t", "w1", "w2", "b", "z", "y", "E", "δ"))
        for number in range(3 * len(SAMPLES)):
            row, (x1, x2, target) = 4 + number, SAMPLES[number % len(SAMPLES)]
            z = weights[0] * x1 + weights[1] * x2 + weights[2]
            y = math.tanh(z)
            delta = 2 * (y - target) * (1 - y**2)
            sheet.write_row(row - 1, 0, (x1, x2, target))
            for at, (letter, factor) in enumerate(zip("DEF", ("*A{0}", "*A{0}", ""), strict=True)):
                formula = f"={letter}{row - 1}-$B$1*J{row - 1}{factor.format(row - 1)}"
                if number:
                    sheet.write_formula(row - 1, 3 + at, formula, decimals, weights[at])
                else:
                    sheet.write_number(row - 1, 3 + at, weights[at], decimals)
            sheet.write_formula(row - 1, 6, f"=D{row}*A{row}+E{row}*B{row}+F{row}", decimals, z)
            sheet.write_formula(row - 1, 7, f"=TANH(G{row})", decimals, y)
            sheet.write_formula(row - 1, 8, f"=(H{row}-C{row})^2", decimals, (y - target) ** 2)
            sheet.write_formula(row - 1, 9, f"=2*(H{row}-C{row})*(1-H{row}^2)", decimals, delta)
            weights = [weight - 0.1 * delta * x for weight, x in zip(weights, (x1, x1, 1), strict=True)]


def report() -> str:
    """Return the report, as HTML, of the examples and of the workbook in which all is right."""
    judged = []
    for path in (ROOT / "BackPropagation.xlsx", EXAMPLE, ONE_NEURON):
        found = verify_file(path, None, wanted("html", 3))
        judged.append(replace(found, file=path.relative_to(ROOT).as_posix()))
    return render_page(judged)


def page() -> str:
    """Return docs/verify.md with the verdict on the workbook of one neuron."""
    file = f"docs/examples/{ONE_NEURON.name}"
    printed = CliRunner().invoke(sheetgen.cli.main, ["verify", file]).stdout
    said = "\n".join(line.rstrip() for line in printed.splitlines())
    shown = re.compile(rf"(?<=\$ sheetgen verify {re.escape(file)}\n).*?(?=\n```)", re.DOTALL)
    return shown.sub(lambda _: said, (DOCS / "verify.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
    one_neuron()
    (DOCS / "verify.md").write_text(page(), encoding="utf-8")
    REPORT.write_text(report(), encoding="utf-8")
