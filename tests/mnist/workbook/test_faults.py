"""Each kind of single fault in a formula or a number of the workbook is found by the check."""

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path

import numpy as np
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_to_tuple

from mnist.workbook.check import check_live_workbook
from mnist.workbook.layout import SHEETS
from mnist.workbook.trials import all_trials
from sheetgen.types import Place
from tests.mnist.workbook.conftest import Live

Change = Callable[[str], str]


@dataclass(frozen=True)
class Fault:
    """A kind of fault: the formulas that it can befall, and what becomes of one."""

    name: str
    sheet: str
    pattern: str
    change: Change


def replaced(old: str, new: str, count: int = 1) -> Change:
    """Replace a pattern."""
    return lambda formula: re.sub(old, new, formula, count=count)


def moved(pattern: str, rows: int, columns: int, times: int = 1) -> Change:
    """Move the first reference that a pattern finds."""

    def move(found: re.Match[str]) -> str:
        def one(cell: re.Match[str]) -> str:
            row, column = coordinate_to_tuple(f"{cell[2]}{cell[4]}")
            return f"{cell[1]}{get_column_letter(column + columns)}{cell[3]}{row + rows}"

        return re.sub(r"(\$?)\b([A-Z]{1,3})(\$?)(\d+)\b", one, found[0])

    return lambda formula: re.sub(pattern, move, formula, count=times)


def swapped(formula: str) -> str:
    """Give the first two kernels each other's window."""
    first, second = re.findall(r"SUMPRODUCT\(([A-Z0-9:]+),", formula)[:2]
    return formula.replace(first, "#").replace(second, first).replace("#", second)


WINDOW, KERNEL = r"(?<=SUMPRODUCT\()[A-Z]+\d+:[A-Z]+\d+", r"(?<=,)\$[A-Z]+\$\d+:\$[A-Z]+\$\d+(?=\))"
CONVOLUTION, DEEP = r"^MAX\(0,\(SUMPRODUCT", r"^MAX\(0,\(SUMPRODUCT.*SUMPRODUCT"
FAULTS = (
    Fault("a window one row down", "Network", CONVOLUTION, moved(WINDOW, 1, 0)),
    Fault("a window one column to the right", "Network", CONVOLUTION, moved(WINDOW, 0, 1)),
    Fault("a window of two rows", "Network", CONVOLUTION, moved(r"(?<=:)[A-Z]+\d+(?=,)", 0, -1)),
    Fault("two windows swapped", "Network", DEEP, swapped),
    Fault("another map's kernel", "Network", CONVOLUTION, moved(KERNEL, 4, 0)),
    Fault("a product left out", "Network", DEEP, replaced(r"\+SUMPRODUCT\([^()]*\)", "")),
    Fault("a product twice", "Network", DEEP, replaced(r"(\+SUMPRODUCT\([^()]*\))", r"\1\1")),
    Fault("no ReLU", "Network", CONVOLUTION, replaced(r"^MAX\(0,(.*)\)$", r"\1")),
    Fault("another map's scale", "Network", CONVOLUTION, replaced(r"\$I\$(\d+)", lambda m: f"$I${int(m[1]) + 1}")),
    Fault("another map's shift", "Network", CONVOLUTION, replaced(r"\$J\$(\d+)", lambda m: f"$J${int(m[1]) - 1}")),
    Fault("scale and shift swapped", "Network", CONVOLUTION, replaced(r"\$I(\$\d+)(.*)\$J\$", r"$J\1\2$I$")),
    Fault("a minus for a plus", "Network", CONVOLUTION, replaced(r"\+('Batch norm'!\$J)", r"-\1")),
    Fault("the largest of three cells", "Network", r"^MAX\([A-Z]+\d+:", moved(r":[A-Z]+\d+", -1, 0)),
    Fault("the sum for the largest", "Network", r"^MAX\([A-Z]+\d+:", replaced("MAX", "SUM")),
    Fault("a mean by another count", "Network", r"^SUM\(.*\)/9", replaced("/9", "/8")),
    Fault("a mean of too few cells", "Network", r"^SUM\(.*\)/9", moved(r":[A-Z]+\d+", -1, 0)),
    Fault("another digit's weights", "Network", r"\+SUMPRODUCT\(\$", moved(r"[A-Z]+\d+:[A-Z]+\d+\)$", -1, 0)),
    Fault("another digit's bias", "Network", r"\+SUMPRODUCT\(\$", moved(r"^[A-Z]+\d+", -1, 0)),
    Fault("a power of the score alone", "Network", "^EXP", replaced(r"-MAX\([^()]*\)", "")),
    Fault("a total of nine", "Network", r"/SUM\(", moved(r":\$[A-Z]+\$\d+", -2, 0)),
    Fault("no power at all", "Network", "^EXP", replaced("EXP", "ABS")),
    Fault("the place for the digit", "Network", "^MATCH", replaced("-1$", "")),
    Fault("the next digit's label", "Network", r'<>"".*INDEX\(PyTorch', replaced(r"(\w+)\)\)\)$", r"\1-1)))")),
    Fault("the pixel below", "Network", r"INDEX\(Digits", replaced(r"\+(\d+)\)", lambda m: f"+{int(m[1]) + 1})")),
    Fault(
        "a pixel that nothing can be drawn on", "Network", r"INDEX\(Digits", replaced(r"IF\(Draw![A-Z0-9]+", 'IF(""')
    ),
    Fault("a patch one pixel too wide", "Network", r"^IF\(AND\(17>=.*,1[2-8]>=", replaced("<", "<=")),
    Fault("a kernel that cannot be replaced", "Network", "^IF.'What if'!.E.6=", replaced(r"!\$E\$6=\d+", "!$E$6=-1")),
    Fault("γ times σ", "Batch norm", "^.E.*G", replaced("/", "*")),
    Fault("β left out", "Batch norm", r"^\$H", replaced(r"^\$H\$\d+\+", "")),
    Fault("μ added", "Batch norm", r"^\$H", replaced("-", "+")),
    Fault("the pixels' mean left out", "Batch norm", "Network", replaced(r"-\$D\$4\*SUM\([^()]*\)/\$F\$4", "")),
    Fault("batch normalisation without β", "First layer", r"^\$H\$7\*", replaced(r"\+\$H\$10", "")),
    Fault("pixels not scaled", "First layer", "SUMPRODUCT", replaced("/255", "")),
    Fault("a window of the wrong map", "One cell", r"INDEX\(Network.*\+0\)\)$", replaced(r"\+0\)\)$", "+1))")),
    Fault("a sum for a product", "One cell", r'^IF\(\w+="","",\w+\*', replaced(r"\*", "+")),
    Fault("no batch normalisation in a line", "One cell", r"\*\(\$\w+\$9-", replaced(r"-\$I\$13", "")),
    Fault("a map's place wrong", "Places", r"^ROW", moved(r"\$?[A-Z]+\$?\d+", 1, 0)),
    Fault("a window that does not step", "Network", r"\*INDEX.*-INDEX", replaced(r"\*INDEX\([^()]*\)", "")),
    Fault("edges the other way", "What if", "edges", replaced(r'"edges",-1\.0', '"edges",1.0')),
    Fault("another weight in use", "What if", "yours", moved(r'(?<="yours",)[A-Z]+\d+', 1, 0)),
    Fault("an error without its target", "Gradients", r"^\$C\$\d+-", replaced(r"-\$D\$\d+", "")),
    Fault("a gradient with another map's mean", "Gradients", r"^\$E\$\d+\*Net", moved(r"\$[A-Z]+\$\d+$", 0, -1)),
    Fault("a step uphill", "Gradients", r"^Network.*\$D\$4\*", replaced(r"-\$D", "+$D")),
    Fault("a loss without a logarithm", "Gradients", "^LN", replaced("^LN", "")),
    Fault("the target by its place", "Gradients", r"=\d,1,0", replaced(r"=(\d)", lambda m: f"={int(m[1]) + 1}")),
    Fault("another digit's probability", "Draw", "Network!D", moved(r"[A-Z]+\d+$", 2, 0)),
)


def picked(live: Live, fault: Fault) -> tuple[Place, str]:
    """Pick one of the formulas that a fault can befall."""
    able = [
        (place, formula)
        for place, formula in live.written.formulas.items()
        if place[0] == fault.sheet and re.search(fault.pattern, formula) and fault.change(formula) != formula
    ]
    random = np.random.default_rng([ord(letter) for letter in fault.name])
    return able[int(random.integers(len(able)))]


def with_formula(live: Live, place: Place, formula: str | None, value: str, target: Path) -> Path:
    """Copy the workbook with another formula in a cell, or with a number for one."""
    sheet, row, column = place
    part = f"xl/worksheets/sheet{SHEETS.index(sheet) + 1}.xml"
    pattern = rf'(<c r="{get_column_letter(column)}{row}"[^>]*>)(?:<f>([^<]*)</f>)?<v>[^<]*</v></c>'
    written = "" if formula is None else f"<f>{escape(formula, quote=False)}</f>"
    with zipfile.ZipFile(live.path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            text = source.read(name)
            if name == part:
                xml, count = re.subn(pattern, lambda found: f"{found[1]}{written}<v>{value}</v></c>", text.decode())
                assert count == 1
                assert unescape(xml) != unescape(text.decode())
                text = xml.encode()
            copy.writestr(name, text)
    return target


def found_in(live: Live, path: Path) -> bool:
    """Tell whether the check finds anything, trying a few of all trials first, then all that is no digit."""
    trials = list(all_trials(live.description, live.gallery))
    return any(
        check_live_workbook(path, live.written, live.description, live.gallery, trials=some).disagreements
        for some in (trials[30::6], trials[:30:8] + trials[30:])
    )


@pytest.mark.sampled(2)
@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_in_one_formula_is_found(live: Live, fault: Fault, tmp_path: Path):
    place, formula = picked(live, fault)
    wrong = with_formula(live, place, fault.change(formula), "0", tmp_path / "wrong.xlsx")
    assert found_in(live, wrong), (place, formula, fault.change(formula))


@pytest.mark.slow
@pytest.mark.parametrize("sheet", ["Network", "Batch norm", "First layer", "Gradients", "What if", "Draw"])
def test_a_number_in_place_of_a_formula_is_found(live: Live, sheet: str, tmp_path: Path):
    places = [place for place in live.written.formulas if place[0] == sheet]
    place = places[len(places) // 3]
    assert found_in(live, with_formula(live, place, None, "0.25", tmp_path / "wrong.xlsx")), place


@pytest.mark.slow
@pytest.mark.parametrize("sheet", ["Network", "Batch norm", "What if", "PyTorch", "Digits"])
def test_a_weight_that_differs_in_its_last_digit_is_found(live: Live, sheet: str, tmp_path: Path):
    places = [place for place in live.written.constants if place[0] == sheet]
    for number in (0, len(places) // 2, len(places) - 1):
        value = live.written.constants[places[number]]
        other = repr(float(np.nextafter(value, 1e9)))
        wrong = with_formula(live, places[number], None, other, tmp_path / f"wrong-{number}.xlsx")
        checked = check_live_workbook(wrong, live.written, live.description, live.gallery, trials=[])
        assert [each.place for each in checked.disagreements] == [places[number]]
