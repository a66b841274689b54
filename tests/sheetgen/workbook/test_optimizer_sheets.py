"""What the sheets show of optimisers, batches, schedules and softmax, as shipped and after the reader's changes."""

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from sheetgen import Experiment, build_workbook, load_experiment, trace
from sheetgen.lesson.questions import write_exercise
from sheetgen.network.notation import write_notation
from sheetgen.workbook.layout import StartLayout, TableLayout
from sheetgen.workbook.number_words import in_words, words_formula
from sheetgen.workbook.plan import Plan
from tests.sheetgen.support.reader import Reader
from tests.sheetgen.support.recalculation import IN_WHEELS, Values, cached, destroy_caches, recalculate

TEMPLATES = {"adam": (0.03, 0.1), "minibatch": (0.1, 0.5), "momentum": (0.1, 0.5), "softmax": (0.1, 0.5)}
FEW = 7
TEACHING = ("Network", "Steps", "Gradient check", "Learning rates", "Checks", "Start")


@dataclass(frozen=True)
class Book:
    """A short workbook of a template."""

    experiment: Experiment
    path: Path

    def shown(self, sheet: str) -> dict[str, list[object]]:
        """The rows of a sheet as shipped, by what stands in their second column."""
        rows = load_workbook(self.path, data_only=True)[sheet].iter_rows(values_only=True)
        return {str(row[1]): list(row) for row in rows if len(row) > 1}


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Book]:
    folder = tmp_path_factory.mktemp("optimizers")
    made = {}
    for name, rates in TEMPLATES.items():
        experiment = load_experiment(name).with_run(rates, FEW)
        build_workbook(experiment, folder / f"{name}.xlsx")
        made[name] = Book(experiment, folder / f"{name}.xlsx")
    return made


def built(folder: Path, name: str = "adam", **changes: object) -> Book:
    experiment = load_experiment(name).with_run((0.1,), FEW).model_copy(update=changes)
    build_workbook(experiment, folder / "x.xlsx")
    return Book(experiment, folder / "x.xlsx")


def faults(reader: Reader, path: Path) -> list[tuple[str, str, object]]:
    """Every cell of the sheets that teach that begins with ✗ or shows an error."""
    reader.see("Start")
    book = load_workbook(path)
    cells = [(name, cell.coordinate) for name in TEACHING for row in book[name].iter_rows() for cell in row]
    held = ((name, cell, reader.held(name, cell)) for name, cell in cells)
    return [each for each in held if str(each[2]).startswith(("✗", "#"))]


def ticks(reader: Reader) -> int:
    return sum(reader.held("Steps", f"G{row}") == "✓" for row in range(1, 200))


@pytest.mark.alike(4)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("engine", IN_WHEELS)
def test_cached_values_are_what_the_engines_of_the_wheels_give(
    template: str, engine: str, books: dict[str, Book], tmp_path: Path
):
    path = books[template].path
    assert differing(as_shipped(path), recalculate(destroy_caches(path, tmp_path), engine)) == {}


@pytest.mark.sampled(3)
@pytest.mark.slow
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("engine", ["gnumeric", "libreoffice"])
def test_cached_values_are_what_spreadsheet_programs_give(
    template: str, engine: str, books: dict[str, Book], tmp_path: Path
):
    path = books[template].path
    assert differing(as_shipped(path), recalculate(destroy_caches(path, tmp_path), engine)) == {}


@cache
def as_shipped(path: Path) -> Values:
    return cached(path)


def differing(
    values: dict[tuple[str, str], object], recalculated: dict[tuple[str, str], object]
) -> dict[tuple[str, str], object]:
    # The digits of a measured slope's relative error are rounding, which no two engines share.
    noisy = {
        ("Gradient check", "F"): 1e-10,
        ("Gradient check", "H"): 1e-6,
        ("Checks", "E"): 1e-8,
        ("Checks", "G"): 1e-6,
    }
    allowed = {place: noisy.get((place[0], place[1].rstrip("0123456789")), 1e-13) for place in recalculated}
    return {
        place: (values.get(place), value)
        for place, value in recalculated.items()
        if not _same(values.get(place), value, allowed[place])
    }


def _same(one: object, other: object, allowed: float) -> bool:
    if isinstance(one, float | int) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=allowed)
    return one == other or (one in ("", None) and other in ("", None))


@pytest.mark.alike(4)
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_row_that_is_chosen_agrees_with_its_table(template: str, books: dict[str, Book]):
    book = books[template]
    reader, counted = Reader(book.path), set()
    for row in (0, 1, 3, 6, book.experiment.last_row):
        reader.type("Network", "E5", row)
        assert faults(reader, book.path) == []
        counted.add(ticks(reader))
    with_all, without_update = max(counted), len(write_notation(book.experiment).trained)
    assert counted == {with_all, with_all - without_update}  # the last row has no update


@pytest.mark.alike(4)
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_check_holds_after_a_constant_was_changed(template: str, books: dict[str, Book]):
    book = books[template]
    start, reader = StartLayout(book.experiment), Reader(book.path)
    for name in [*book.experiment.settings, "w1"]:
        reader.type("Start", start.cell(name, 0).split("!")[1].replace("$", ""), 0.25)
    reader.type("Network", "E5", 5)
    assert faults(reader, book.path) == []
    assert ticks(reader) > 20
    assert str(reader.held("Start", "B3")).startswith("With your numbers: ✓")


def test_a_wrong_number_that_is_tiny_gets_no_tick(books: dict[str, Book]):
    reader = Reader(books["adam"].path)
    reader.see("Steps")
    row = reader.find("Steps", "B", "v_w1")
    right = float(str(reader.held("Steps", f"E{row}")))
    reader.type("Steps", f"E{row}", right * 1.001)
    assert reader.see("Steps", f"G{row}") == ["✗"]
    reader.type("Steps", f"E{row}", right)
    assert reader.see("Steps", f"G{row}") == ["✓"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-8, "(1·10⁻⁸)"),
        (-3.5441e-8, "(-3.544·10⁻⁸)"),
        (9.9996e-5, "(1·10⁻⁴)"),
        (9.9994e-5, "(9.999·10⁻⁵)"),
        (1e-5, "(1·10⁻⁵)"),
        (2.5e-12, "(2.500·10⁻¹²)"),
        (1e-200, "0"),
        (0.0, "0"),
        (0.999, "0.999"),
        (0.0012345, "0.001235"),
        (-0.5, "(-0.5)"),
    ],
)
def test_small_numbers_are_written_with_a_power_of_ten(value: float, text: str, tmp_path: Path):
    assert in_words(value, small=True) == text
    book = Workbook()
    book.active["A1"], book.active["A2"] = value, f"={words_formula('A1', small=True)}"  # type: ignore[index]
    book.save(tmp_path / "x.xlsx")
    assert Reader(tmp_path / "x.xlsx").see("Sheet", "A2") == [text]


def test_steps_with_adam_show_numbers_and_not_zeros(books: dict[str, Book]):
    lines = books["adam"].shown("Steps")
    assert lines["v_w1"][2:4] == ["β2·old v_w1 + (1 − β2)·(∂E/∂w1)²", "0.999·0 + (1 − 0.999)·(1.883·10⁻⁴)²"]
    assert lines["new w1"][2:4] == ["w1 − η·m̂_w1/(√v̂_w1 + ε)", "0.15 − 0.1·(1.883·10⁻⁴)/(√(3.544·10⁻⁸) + (1·10⁻⁸))"]
    assert "v̂_w8" in lines


def test_softmax_and_its_loss_cancel_way_by_way(books: dict[str, Book]):
    lines = books["softmax"].shown("Steps")
    assert "∂E/∂a_o1" not in lines
    ways = [float(str(lines[f"through a_o{number}"][4])) for number in (1, 2, 3)]
    assert math.fsum(ways) == pytest.approx(float(str(lines["∂E/∂o1"][4])), rel=1e-12)
    assert lines["together"][4] == pytest.approx(lines["∂E/∂o1"][4])


def test_the_mean_over_a_batch_is_worked_out_from_its_rows(books: dict[str, Book]):
    book = books["minibatch"]
    known = trace(book.experiment, 0.5, 1).named()
    line = book.shown("Steps")["g_w1"]
    assert line[4] == pytest.approx(known["∂E/∂w1"][:4].mean(), rel=1e-12)
    assert line[6] == "✓"


def test_the_list_on_network_shows_what_the_chosen_row_holds(books: dict[str, Book]):
    book = books["minibatch"]
    known = trace(book.experiment, 0.5, 1).named()
    lines = book.shown("Network")
    assert lines["g_w1"][2] == pytest.approx(known["g_w1"][0], rel=1e-12)
    assert lines["v_w1"][2] == 0


@pytest.mark.parametrize(
    ("template", "changes"), [("adam", {}), ("class", {"schedule": "cosine"}), ("minibatch", {"optimizer": "sgd"})]
)
def test_the_length_of_a_step_is_how_far_the_weights_move(template: str, changes: dict[str, object], tmp_path: Path):
    book = built(tmp_path, template, **changes)
    plan = Plan(book.experiment)
    known = trace(book.experiment, 0.1).named()
    sheet = load_workbook(book.path, data_only=True)["Learning rates"]
    first, last, column = plan.curves.curve(0, 1)
    shown = [sheet.cell(row + 1, column + 1).value for row in range(first, last + 1)]
    ends = [book.experiment.row_of(iteration) for iteration in range(FEW)]
    moved = [math.dist(*([known[name][row + n] for name in plan.notation.trained] for n in (0, 1))) for row in ends]
    assert shown[:-1] == pytest.approx(moved, rel=1e-9)
    assert shown[-1] is None


def test_constants_stand_under_a_heading_of_their_own_with_their_limits(books: dict[str, Book]):
    experiment = books["adam"].experiment
    start, sheet = StartLayout(experiment), load_workbook(books["adam"].path)["Start"]
    assert sheet.cell(start.constants_row + 1, 2).value == "The constants of Adam"
    assert sheet.cell(start.constants_row, 2).value is None
    assert [sheet.cell(start.constants_row + n, 2).value for n in (2, 3, 4)] == ["β1", "β2", "ε"]
    rules = {str(rule.sqref): (rule.formula1, rule.formula2) for rule in sheet.data_validations.dataValidation}
    cell = f"D{start.rows['beta_1', 0] + 1}"
    assert float(rules[cell][0]) == 0
    assert 0.99999 < float(rules[cell][1]) < 1
    assert set(load_workbook(books["adam"].path).defined_names) >= {"beta_1", "beta_2", "epsilon"}


def test_a_batch_begins_below_a_line(books: dict[str, Book]):
    def lines(name: str) -> list[int]:
        experiment = books[name].experiment
        sheet = load_workbook(books[name].path)[f"LR {experiment.learning_rates[0]!r}"]
        rows = sheet.iter_rows(TableLayout.first_row + 1)
        return [row for row, cells in enumerate(rows) if all(cell.border.top.style == "thin" for cell in cells)]

    assert lines("minibatch") == list(range(0, 4 * (FEW + 1), 4))
    assert lines("momentum") == []


def test_the_usual_slips_with_adam_are_recognised():
    experiment = load_experiment("adam")
    exercise = write_exercise(experiment, write_notation(experiment))
    slips = {question.name: [slip.told for slip in question.slips] for question in exercise.questions}
    assert slips["m_w1"] == ["✗ only its part 1 − β1"]
    assert slips["v_w1"] == ["✗ only its part 1 − β2", "✗ the square of the gradient"]
    assert slips["v̂_w1"] == ["✗ the bias is not yet corrected"]
    assert slips["new w1"] == ["✗ m and v: their bias is not yet corrected", "✗ where is the root?"]


def test_the_first_update_by_hand_is_answered(books: dict[str, Book]):
    reader = Reader(books["adam"].path)
    reader.see("Start")
    row = reader.find("Exercises", "E", "new w1")
    right, uncorrected = (float(str(reader.held("Solutions", f"{column}{row}"))) for column in "CD")
    for typed, told in ((right, "✓ right"), (uncorrected, "✗ m and v: their bias is not yet corrected")):
        reader.type("Exercises", f"F{row}", typed)
        assert reader.see("Exercises", f"G{row}") == [told]


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam", "rmsprop"])
def test_texts_fit_their_optimiser(name: str, tmp_path: Path):
    book = built(tmp_path, "adam", optimizer=name, constants={})
    texts = " ".join(str(cell.value) for cell in load_workbook(book.path)["Learning rates"]["A"] if cell.value)
    assert ("is η times the length of the gradient" in texts) is (name == "sgd")
    assert ("measured from the weights" in texts) is (name != "sgd")


def test_checks_compares_columns_of_the_optimiser_in_a_large_network_too(tmp_path: Path):
    few = load_experiment("deep").with_run((0.1,), 3).model_copy(update={"optimizer": "adam"})
    build_workbook(few, tmp_path / "x.xlsx")
    sheet = load_workbook(tmp_path / "x.xlsx", data_only=True)["Checks"]
    first = next(row for row in range(1, 99) if sheet.cell(row, 2).value == "The tables against NumPy")
    compared = {str(sheet.cell(row, 4).value) for row in range(first + 2, first + 122)}
    assert len(compared) == 120
    assert {"i1", "w1", "a_o1", "E_total", "m_w1", "v̂_w10"} <= compared


@pytest.mark.parametrize("template", ["adam", "momentum"])
def test_steps_show_the_formula_that_the_chosen_row_has(template: str, books: dict[str, Book]):
    book = books[template]
    reader, table = Reader(book.path), load_workbook(book.path)["LR 0.5" if template == "momentum" else "LR 0.1"]
    notation, shown = write_notation(book.experiment), book.shown("Steps")
    layout = TableLayout(book.experiment, notation)
    for quantity in notation.quantities:
        if quantity.group.value != "Optimiser":
            continue
        cells = [table.cell(layout.first_row + row + 1, layout.columns[quantity.name] + 1).value for row in range(3)]
        assert shown[quantity.name][7] == cells[0]
        line = reader.find("Steps", "B", quantity.name)
        for row in (2, 0):
            reader.type("Network", "E5", row)
            assert reader.see("Steps", f"H{line}") == [cells[row]]


def test_steps_count_the_rows_of_a_batch_within_it(books: dict[str, Book]):
    symbols = str(books["minibatch"].shown("Steps")["g_w1"][2])
    assert symbols.startswith("(∂E/∂w1 of the batch’s row 1 + ∂E/∂w1 of the batch’s row 2 + ")
