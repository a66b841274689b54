"""The sheets that teach: they say what NumPy says, follow what the reader changes, and catch what is wrong."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen import build_workbook, load_experiment, trace
from sheetgen.lesson.diagram import Diagram
from sheetgen.lesson.mistake import wrong_gradients
from sheetgen.network.notation import write_notation
from sheetgen.workbook.formula_cell import in_words
from tests.sheetgen.conftest import Built
from tests.sheetgen.support.reader import Reader


@pytest.fixture
def reader(class_book: Built) -> Reader:
    return Reader(class_book.path)


def rows_by_name(path: Path, sheet: str, name_column: int, value_column: int) -> dict[str, object]:
    """The first value beside each name of a column."""
    found: dict[str, object] = {}
    for row in load_workbook(path, data_only=True)[sheet].iter_rows(values_only=True):
        name, value = row[name_column], row[value_column]
        if isinstance(name, str) and isinstance(value, float | int):
            found.setdefault(name, value)
    return found


@pytest.mark.alike(6)
def test_every_step_is_what_numpy_gives(built: Built):
    rate = 0.5 if 0.5 in built.experiment.learning_rates else None
    shown = rows_by_name(built.path, "Steps", 1, 4)
    known = trace(built.experiment, rate or built.experiment.learning_rates[0], 1).named()
    expected = {name: series[0] for name, series in known.items()}
    expected |= {f"new {name}": series[1] for name, series in known.items()}
    compared = {name: value for name, value in shown.items() if name in expected}
    assert len(compared) >= 20
    assert compared == pytest.approx({name: expected[name] for name in compared}, rel=1e-12, abs=1e-15)


def test_the_factors_of_the_chain_rule_are_derivatives_by_autograd(class_book: Built):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    shown = rows_by_name(class_book.path, "Steps", 1, 4)
    sums = torch.tensor([shown["o1"]], dtype=torch.float64, requires_grad=True)
    out = torch.sigmoid(sums)
    out.sum().backward()
    assert shown["∂a_o1/∂o1"] == pytest.approx(float(sums.grad), rel=1e-12)
    answer = out.detach().requires_grad_()
    (0.5 * (0.5 - answer) ** 2).sum().backward()
    assert shown["∂E/∂a_o1"] == pytest.approx(float(answer.grad), rel=1e-12)
    assert shown["∂o1/∂w5"] == shown["a_h1"]


def test_the_numbers_put_in_are_those_of_the_row(class_book: Built):
    sheet = load_workbook(class_book.path, data_only=True)["Steps"]
    lines = {row[1]: row[3] for row in sheet.iter_rows(values_only=True) if row[1]}
    assert lines["h1"] == "0.15·0.05 + 0.2·0.1"
    assert lines["new w8"] == "0.55 − 0.5·0.015522"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.15, "0.15"), (-0.5, "(-0.5)"), (0.0, "0"), (2.0, "2"), (0.0275, "0.0275"), (1 / 3, "0.333333"), (-1e-9, "(0)")],
)
def test_numbers_are_written_as_short_as_they_are(value: float, text: str):
    assert in_words(value) == text
    assert in_words("#NUM!") == "?"


def test_picture_and_steps_follow_the_choice(reader: Reader):
    known = trace(load_experiment(), 2.0, 8).named()
    reader.type("Network", "E4", "LR 2.0")
    reader.type("Network", "E5", 7)
    row = reader.find("Steps", "B", "∂E/∂w3")
    assert reader.see("Steps", f"E{row}")[0] == pytest.approx(known["∂E/∂w3"][7], rel=1e-9)
    row = reader.find("Network", "D", "w1", 40)
    assert reader.see("Network", f"E{row}")[0] == pytest.approx(known["w1"][7], rel=1e-12)
    assert reader.see("Network", f"F{row}")[0] == pytest.approx(known["∂E/∂w1"][7], rel=1e-9)
    reader.type("Network", "E6", "no")
    assert reader.see("Network", f"F{row}") == [""]


def test_an_input_changed_on_start_reaches_the_picture(reader: Reader):
    reader.type("Start", "D19", 0.9)
    row = reader.find("Network", "B", "i1", 40)
    assert reader.see("Network", f"C{row}") == [0.9]
    changed = load_experiment().model_copy(update={"inputs": (0.9, 0.1)})
    row = reader.find("Steps", "B", "E_total")
    assert reader.see("Steps", f"E{row}")[0] == pytest.approx(trace(changed, 0.5, 1)["E_total"][0], rel=1e-12)


def test_an_edge_shows_sign_and_size(reader: Reader):
    heading = reader.find("Network", "B", "What the edges are drawn from")
    row = next(row for row in range(heading + 3, heading + 12) if reader.see("Network", f"B{row}") == ["w1"])
    assert reader.see("Network", f"D{row}") == [1.0]
    reader.type("Start", "D23", -2)
    assert reader.see("Network", f"D{row}") == [6.0]
    assert reader.see("Network", f"E{row + 1}", f"O{row + 1}") == [0.0, 1.0]


def test_the_check_agrees_and_names_the_common_mistake(reader: Reader):
    verdicts = [f"I{row}" for row in range(11, 19)]
    assert reader.see("Gradient check", *verdicts) == ["✓ agrees"] * 8
    assert reader.see("Gradient check", "B8") == ["✓ All 8 gradients agree with the measured slopes."]
    reader.type("Gradient check", "D6", "yes")
    expected = ["✗ wrong" if row in (13, 14) else "✓ agrees" for row in range(11, 19)]
    assert reader.see("Gradient check", *verdicts) == expected
    assert reader.see("Gradient check", "B8") == ["✗ 2 of 8 gradients do not agree with the measured slopes."]


@pytest.mark.parametrize("iteration", [1, 10, 100])
def test_the_check_agrees_in_every_row(reader: Reader, iteration: int):
    reader.type("Network", "E5", iteration)
    for rate in ("LR 0.1", "LR 2.0"):
        reader.type("Network", "E4", rate)
        assert reader.see("Gradient check", "B8") == ["✓ All 8 gradients agree with the measured slopes."]


@pytest.mark.alike(6)
def test_every_template_ships_with_right_gradients_and_numbers(built: Built):
    values = load_workbook(built.path, data_only=True)
    assert str(values["Gradient check"]["B8"].value).startswith("✓ All ")
    assert values["Checks"]["B4"].value == "✓ all right"
    assert values["Start"]["B3"].value == "The numbers against NumPy’s: ✓ all right"


def test_the_common_mistake_is_another_number_but_trains_almost_as_well(class_book: Built):
    experiment = class_book.experiment
    wrong = wrong_gradients(experiment, write_notation(experiment))
    assert list(wrong) == ["∂E/∂w3", "∂E/∂w4"]
    sheet = load_workbook(class_book.path, data_only=True)["Gradient check"]
    row = next(row for row in range(1, 200) if sheet.cell(row, 2).value == "E_total, right")
    right, mistaken = trained_by_torch(0.5, 100, mistake=False), trained_by_torch(0.5, 100, mistake=True)
    column = next(column for column in range(1, 60) if sheet.cell(row, column).value == "E_total ✗")
    for iteration in (0, 1, 50, 100):
        assert sheet.cell(row + 1 + iteration, 2).value == pytest.approx(right[iteration], rel=1e-9)
        assert sheet.cell(row + 1 + iteration, column).value == pytest.approx(mistaken[iteration], rel=1e-9)
    assert right[100] != mistaken[100]


def trained_by_torch(rate: float, iterations: int, *, mistake: bool) -> list[float]:
    """Train the class's network by autograd; the mistake scales the second neuron's gradients."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    w = torch.tensor([0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55], dtype=torch.float64, requires_grad=True)
    errors = []
    for _ in range(iterations + 1):
        hidden = torch.sigmoid(w[:4].reshape(2, 2) @ torch.tensor([0.05, 0.1], dtype=torch.float64))
        out = torch.sigmoid(w[4:].reshape(2, 2) @ hidden)
        error = (0.5 * (0.5 - out) ** 2).sum()
        errors.append(error.item())
        (slope,) = torch.autograd.grad(error, w)
        if mistake:
            steep = (hidden * (1 - hidden)).detach()
            slope = torch.cat([slope[:2], slope[2:4] * steep[0] / steep[1], slope[4:]])
        w = (w - rate * slope).detach().requires_grad_()
    return errors


def test_numbers_changed_by_the_reader_are_not_called_wrong(reader: Reader):
    reader.type("Start", "D23", 0.16)
    assert reader.see("Checks", "B4") == ["values changed by you: not applicable"]
    reader.type("Start", "D23", 0.15)
    assert reader.see("Checks", "B4") == ["✓ all right"]


def test_a_damaged_formula_is_named(reader: Reader):
    reader.type("LR 0.8", "K17", 0.5)
    assert reader.see("Start", "B3") == ["The numbers against NumPy’s: ✗ differs at LR 0.8, iteration 1, a_h1"]


@pytest.mark.alike(5)
@pytest.mark.parametrize(
    ("content", "reply"),
    [
        (0.7, "✓ right"),
        (0.702, "✓ right"),
        (0.71, "✗ not yet"),
        (-0.7, "✗ check the sign"),
        ("much", "✗ a number, please"),
    ],
)
def test_an_answer_is_judged_at_once(reader: Reader, content: object, reply: str):
    assert reader.see("Exercises", "G10") == [""]
    reader.type("Exercises", "F10", content)
    assert reader.see("Exercises", "G10") == [reply]
    assert reader.see("Exercises", "E7") == [f"{int(reply == '✓ right')} of 27 right"]


def test_the_solutions_are_right_and_the_common_mistake_is_recognised(class_book: Built, reader: Reader):
    given = rows_by_name(class_book.path, "Exercises", 1, 2)
    weights = tuple(given[f"w{number}"] for number in range(1, 9))
    posed = load_experiment().model_copy(update={"inputs": (given["i1"], given["i2"]), "weights": weights})
    known = trace(posed, given["η"], 1).named()
    expected = {name: series[0] for name, series in known.items()}
    expected |= {f"new {name}": series[1] for name, series in known.items()}
    solutions = rows_by_name(class_book.path, "Solutions", 1, 2)
    assert solutions == pytest.approx({name: expected[name] for name in solutions}, rel=1e-12)
    for name, solution in solutions.items():
        reader.type("Exercises", f"F{reader.find('Exercises', 'E', name)}", round(solution, 6))
    assert reader.see("Exercises", "E7") == ["27 of 27 right"]
    row = reader.find("Exercises", "E", "∂E/∂w3")
    steep = [expected[f"a_h{number}"] * (1 - expected[f"a_h{number}"]) for number in (1, 2)]
    reader.type("Exercises", f"F{row}", solutions["∂E/∂w3"] * steep[0] / steep[1])
    assert str(reader.see("Exercises", f"G{row}")[0]).startswith("✗ the common mistake")


def test_a_hint_comes_when_asked_for(reader: Reader):
    assert reader.see("Exercises", "I12") == [""]
    reader.type("Exercises", "H12", "?")
    assert reader.see("Exercises", "I12") == ["h2 = w3·i1 + w4·i2"]


def test_the_solutions_are_hidden(class_book: Built):
    book = load_workbook(class_book.path)
    assert {sheet.title for sheet in book if sheet.sheet_state != "visible"} == {"Solutions"}


def test_rates_beyond_the_class_are_offered_and_followed(class_book: Built, reader: Reader):
    sheet = load_workbook(class_book.path)["Your η"]
    (offer,) = sheet.data_validations.dataValidation
    assert (str(offer.sqref), offer.formula1, offer.showErrorMessage) == ("C2", "$C$3:$H$3", False)
    reader.type("Your η", "C2", 100)
    known = trace(load_experiment(), 100.0)["E_total"]
    rises = next(row for row in range(1, 101) if known[row] > known[row - 1])
    assert reader.see("Learning rates", "B11", "J11") == [100.0, float(rises)]


@pytest.mark.parametrize("template", ["class", "xor", "deep"])
def test_blocks_of_the_picture_do_not_overlap(template: str):
    diagram = Diagram(load_experiment(template))
    cells = [(node.row + line, node.column) for node in diagram.nodes for line in range(len(node.entries))]
    cells += [(edge.row, edge.column) for edge in diagram.edges]
    assert len(cells) == len(set(cells))
    assert all(diagram.first_row < row < diagram.end_row for row, _ in cells)
    assert len(diagram.edges) == len(load_experiment(template).weights)


@pytest.mark.alike(3)
@pytest.mark.parametrize("template", ["class", "xor", "deep"])
def test_no_cell_is_written_twice(template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class Once(dict[int, object]):
        def __setitem__(self, column: int, cell: object) -> None:
            assert column not in self
            super().__setitem__(column, cell)

    begin: Callable[[Worksheet], None] = Worksheet.__init__

    def begin_with_once(sheet: Worksheet) -> None:
        begin(sheet)
        sheet.table = defaultdict(Once)

    monkeypatch.setattr(Worksheet, "__init__", begin_with_once)
    build_workbook(load_experiment(template).with_run((), 30), tmp_path / "x.xlsx")


@pytest.mark.slow
def test_large_networks_have_no_picture_but_all_else(tmp_path: Path):
    few = load_experiment()
    large = few.model_copy(
        update={"layers": (2, 60, 2), "weights": tuple(0.01 * (n % 17) - 0.05 for n in range(240)), "iterations": 3}
    )
    build_workbook(large, tmp_path / "x.xlsx")
    values = load_workbook(tmp_path / "x.xlsx", data_only=True)
    assert "would fit no screen" in str(values["Network"]["B9"].value)
    assert str(values["Gradient check"]["B8"].value).startswith("✓ All ")
    assert values["Start"]["B3"].value == "The numbers against NumPy’s: ✓ all right"


def test_only_the_tables(tmp_path: Path):
    build_workbook(load_experiment(), tmp_path / "x.xlsx", lessons=False)
    sheets = load_workbook(tmp_path / "x.xlsx").sheetnames
    rates = ["LR 0.1", "LR 0.2", "LR 0.5", "LR 0.8", "LR 1.0", "LR 2.0"]
    assert sheets == ["Start", "Learning rates", *rates, "Your η"]
