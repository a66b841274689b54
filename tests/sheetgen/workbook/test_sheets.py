"""The sheets that teach: they say what NumPy says, follow what the reader changes, and catch what is wrong."""

import math
import re
from collections import defaultdict
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from openpyxl import load_workbook
from xlsxwriter.worksheet import Worksheet

from sheetgen import build_workbook, load_experiment, trace
from sheetgen.lesson.diagram import Diagram
from sheetgen.lesson.mistake import wrong_gradients
from sheetgen.network.notation import write_notation
from sheetgen.network.quantities import Group
from sheetgen.workbook.number_words import in_words
from tests.sheetgen.conftest import Built
from tests.sheetgen.support.reader import Reader

_CANCELS = "✗ twice as much: the ½ of E cancels the 2"
ASIDE = "set aside: you changed a number"


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
    announced = str(load_workbook(built.path, read_only=True, data_only=True)["Steps"]["B3"].value)
    shown, size = rows_by_name(built.path, "Steps", 1, 4), built.experiment.batch_size
    known = trace(built.experiment, float(announced.split(",")[0].split()[-1]), 1).named()
    kept = {quantity.name for quantity in write_notation(built.experiment).of(Group.OPTIMIZER)}
    expected = {name: series[size - 1 if name in kept else 0] for name, series in known.items()}
    expected |= {f"new {name}": series[size] for name, series in known.items()}
    compared = {name: value for name, value in shown.items() if name in expected}
    assert len(compared) >= min(20, 4 * len(built.experiment.weights) + 1)
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


def picture(reader: Reader) -> dict[str, str]:
    """The texts of the picture, by the quantity that each names."""
    texts = (str(reader.held("Workings", f"E{row}")) for row in range(8, 80))
    parts = (text.replace("◂\u00a0", "").split() for text in texts)
    return {part[0]: part[1] for part in parts if len(part) == 2}


def test_picture_and_steps_follow_the_choice(reader: Reader):
    known = trace(load_experiment(), 2.0, 8).named()
    reader.type("Network", "E4", "LR 2.0")
    reader.type("Network", "E5", 7)
    row = reader.find("Steps", "B", "∂E/∂w3")
    assert reader.see("Steps", f"E{row}")[0] == pytest.approx(known["∂E/∂w3"][7], rel=1e-9)
    row = reader.find("Network", "B", "w1", 80)
    assert reader.see("Network", f"C{row}")[0] == pytest.approx(known["w1"][7], rel=1e-12)
    for name, places in (("w1", 4), ("a_h2", 4), ("E_total", 6), ("∂E/∂w1", 6)):
        assert picture(reader)[name] == f"{known[name][7]:.{places}f}"
    reader.type("Network", "E6", "no")
    reader.see("Network", "E6")
    assert [name for name in picture(reader) if "∂" in name] == []


def test_what_flows_back_into_a_neuron_is_a_derivative_by_autograd(reader: Reader):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    reader.see("Network", "E5")
    hidden = torch.tensor([0.0275, 0.0425], dtype=torch.float64, requires_grad=True)
    out = torch.sigmoid(torch.tensor([[0.4, 0.45], [0.5, 0.55]], dtype=torch.float64) @ torch.sigmoid(hidden))
    (0.5 * (0.5 - out) ** 2).sum().backward()
    shown = [picture(reader)[f"∂E/∂h{number}"] for number in (1, 2)]
    assert shown == [f"{slope:.6f}" for slope in hidden.grad.tolist()]


def test_the_sentence_says_which_row_is_shown_or_why_none_is(reader: Reader):
    assert reader.see("Steps", "B3") == ["You see the sheet LR 0.5, iteration 0."]
    reader.type("Network", "E5", 500)
    assert reader.see("Steps", "B3") == ["You see the sheet LR 0.5, iteration 100."]
    reader.type("Network", "E5", "many")
    assert reader.see("Steps", "B3") == ["✗ The iteration on the sheet Network is not a number."]
    reader.type("Network", "E4", "LR 7")
    assert str(reader.see("Steps", "B3")[0]).startswith("✗ There is no table “LR 7”")


def test_an_input_changed_on_start_reaches_the_picture(reader: Reader):
    reader.type("Start", "D19", 0.9)
    row = reader.find("Network", "B", "i1", 80)
    assert reader.see("Network", f"C{row}") == [0.9]
    assert picture(reader)["i1"] == "0.9000"
    changed = load_experiment().model_copy(update={"inputs": (0.9, 0.1)})
    row = reader.find("Steps", "B", "E_total")
    assert reader.see("Steps", f"E{row}")[0] == pytest.approx(trace(changed, 0.5, 1)["E_total"][0], rel=1e-12)


def test_an_edge_shows_sign_and_size(reader: Reader):
    row = reader.find("Workings", "I", "line of w1")
    assert reader.see("Workings", f"K{row}") == [1.0]
    (begin, end, hidden_begin, hidden_end) = reader.see("Workings", *(f"{c}{r}" for c in "LV" for r in (row, row + 1)))
    assert end > begin
    assert hidden_end == hidden_begin
    reader.type("Start", "D23", -2)
    assert reader.see("Workings", f"K{row}") == [6.0]
    assert reader.see("Workings", f"L{row + 1}", f"V{row + 1}") == [begin, end]


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


def test_the_relative_error_is_shown_as_it_is(class_book: Built, reader: Reader):
    shown = load_workbook(class_book.path, data_only=True)["Gradient check"]
    errors = [shown.cell(row, 8).value for row in range(11, 19)]
    assert all(1e-13 < error < 1e-7 for error in errors)
    measured, analytic = shown["F11"].value, shown["G11"].value
    assert errors[0] == abs(measured - analytic) / (abs(measured) + abs(analytic))
    reader.type("Gradient check", "D5", 0.1)
    assert 1e-6 < float(reader.see("Gradient check", "H11")[0]) < 1e-2


@pytest.mark.alike(4)
@pytest.mark.parametrize(
    ("cell", "content", "verdict"),
    [
        ("D5", 0, "✗ ε must not be 0."),
        ("D5", "tiny", "✗ ε is not a number."),
    ],
)
def test_a_useless_step_is_named(reader: Reader, cell: str, content: object, verdict: str):
    reader.type("Gradient check", cell, content)
    assert reader.see("Gradient check", "B8") == [verdict]


def test_after_a_change_the_gradients_are_measured_and_numpy_steps_aside(reader: Reader):
    reader.type("Start", "D23", 0.16)
    measured = "✓ the gradients of all 7 tables are the measured slopes"
    assert reader.see("Checks", "B4", "F7", "E7", "G7") == [measured, ASIDE, "–", "✓ agrees"]
    assert reader.see("Start", "B3") == [f"With your numbers: {measured}"]
    first = reader.find("Checks", "B", "The tables against NumPy") + 2
    assert set(reader.see("Checks", *(f"G{row}" for row in range(first, first + 600)))) == {"–"}
    reader.type("Start", "D23", 0.15)
    assert reader.see("Checks", "B4") == ["✓ all right"]


def test_a_learning_rate_of_ones_own_leaves_numpys_numbers_of_the_other_tables(reader: Reader):
    for rate in (5, 10, 50, 100):
        reader.type("Your η", "C2", rate)
        assert reader.see("Checks", "B4") == ["✓ the gradients of all 7 tables are the measured slopes"]
        assert reader.see("Checks", "F12", "F13", "G13") == ["✓ all right", ASIDE, "✓ agrees"]


def test_a_wrong_gradient_is_found_with_changed_numbers_too(reader: Reader):
    reader.type("Start", "D19", 0.7)
    wrong = "=((S17-B17)*S17*(1-S17)*O17+(U17-C17)*U17*(1-U17)*Q17)*K17*(1-K17)*D17"  # ∂E/∂w3 with a_h1
    reader.type("LR 0.8", "AA17", wrong)
    verdict = "✗ gradients that are not the measured slopes: LR 0.8, iteration 1, layer 1"
    assert reader.see("Checks", "B4", "G10") == [verdict, "✗ wrong"]


@pytest.mark.parametrize(("cell", "content"), [("D19", 100), ("D27", 500), ("D21", 1e6), ("D23", -40)])
def test_large_numbers_are_no_reason_to_call_right_gradients_wrong(reader: Reader, cell: str, content: float):
    reader.type("Start", cell, content)
    verdict = str(reader.see("Checks", "B4")[0])
    assert not verdict.startswith("✗"), verdict


def test_a_text_in_the_place_of_a_number_is_named_everywhere(reader: Reader):
    assert reader.see("Start", "E23", "B15")[0] == ""
    reader.type("Start", "D23", "abc")
    mark, hint = reader.see("Start", "E23", "B15")
    assert mark == "✗"
    assert str(hint).startswith("✗ w1 (first weight i1 → h1) is not a number.")
    told = "✗ w1 on the sheet Start is not a number"
    assert reader.see("Gradient check", "B8", "B3") == [told, told]
    assert reader.see("Checks", "B4") == [told]
    assert reader.see("Start", "B3") == [f"With your numbers: {told}"]
    reader.type("Start", "D23", 0.15)
    reader.type("LR 0.2", "C2", "0;5")
    assert reader.see("Checks", "B4") == ["✗ η on the sheet LR 0.2 is not a number"]
    assert str(reader.see("LR 0.2", "D2")[0]).startswith("✗ η is not a number")


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
    assert reader.see("Exercises", f"G{row}") == ["✗ the first hidden neuron’s slope, not its own"]
    for name, reply in (("E2", "✗ twice as much: where is the ½?"), ("∂E/∂w5", _CANCELS), ("h1", "✗ not yet")):
        row = reader.find("Exercises", "E", name)
        reader.type("Exercises", f"F{row}", 2 * solutions[name])
        assert reader.see("Exercises", f"G{row}") == [reply]


def test_replies_fit_into_their_column(class_book: Built):
    book = load_workbook(class_book.path)
    width = book["Exercises"].column_dimensions["G"].width
    formulas = (str(book["Exercises"].cell(row, 7).value) for row in range(10, 60))
    replies = {text for formula in formulas for text in re.findall('"(✗[^"]*)"', formula)}
    assert len(replies) >= 6
    assert all(len(reply) < width for reply in replies)


def test_a_hint_comes_when_asked_for(reader: Reader):
    assert reader.see("Exercises", "I12") == [""]
    reader.type("Exercises", "H12", "?")
    assert reader.see("Exercises", "I12") == ["h2 = w3·i1 + w4·i2"]


def test_the_solutions_are_hidden(class_book: Built):
    book = load_workbook(class_book.path)
    assert {sheet.title for sheet in book if sheet.sheet_state != "visible"} == {"Solutions", "Workings"}


def test_rates_beyond_the_class_are_offered_and_followed(class_book: Built, reader: Reader):
    sheet = load_workbook(class_book.path)["Your η"]
    (offer,) = sheet.data_validations.dataValidation
    assert (str(offer.sqref), offer.formula1, offer.showErrorMessage) == ("C2", "$C$3:$H$3", False)
    reader.type("Your η", "C2", 100)
    known = trace(load_experiment(), 100.0)["E_total"]
    rises = next(row for row in range(1, 101) if known[row] > known[row - 1])
    assert reader.see("Learning rates", "B11", "J11") == [100.0, float(rises)]


@pytest.mark.parametrize("template", ["class", "xor", "deep"])
def test_the_picture_fits_a_screen_and_nothing_in_it_overlaps(template: str):
    diagram = Diagram(load_experiment(template))
    circles = [(node.place, diagram.radius, diagram.radius) for node in diagram.nodes]
    labels = [label for edge in diagram.edges for label in (edge.weight_label, edge.gradient_label) if label]
    boxes = circles + [(label.place, 30, 6) for label in labels]
    boxes += [(label.place, 30, 6) for node in diagram.nodes for label in (*node.labels, node.gradient) if label]
    assert len(labels) == 2 * len(load_experiment(template).weights)
    assert diagram.width < 1300
    assert diagram.height < 480
    for (x, y), wide, tall in boxes:
        assert 0 <= x - wide <= x + wide <= diagram.width
        assert 0 <= y - tall <= y + tall <= diagram.height
    for (one, wide, tall), (other, other_wide, other_tall) in combinations(boxes, 2):
        assert abs(one.x - other.x) >= wide + other_wide or abs(one.y - other.y) >= tall + other_tall


def test_lines_end_at_circles(class_book: Built):
    diagram = Diagram(class_book.experiment)
    centres = [node.place for node in diagram.nodes]
    for edge in diagram.edges:
        for end in edge.line:
            nearest = min(math.dist(end, centre) for centre in centres)
            assert nearest == pytest.approx(diagram.radius)


@pytest.mark.alike(6)
def test_sentences_say_what_the_numbers_say(built: Built):
    book = load_workbook(built.path, data_only=True)
    sheet, tables = book["Learning rates"], len(built.experiment.learning_rates) + 1
    column = next(cell.column for cell in sheet[4] if cell.value == "first rises at iteration")
    rises = [sheet.cell(row, column).value for row in range(5, 5 + tables)]
    never = rises.count("never")
    (told,) = (cell.value for cell in sheet["A"] if str(cell.value).startswith("With these numbers"))
    assert f"with any of the {tables} learning rates" in told if never == tables else f"with {never} of" in told
    check = book["Gradient check"]
    rows = [cell.row for cell in check["B"] if str(cell.value).startswith("Largest distance")]
    assert len(rows) == (len(built.experiment.layers) > 2)  # without hidden neurons the mistake cannot be made
    for row in rows:
        assert ("lie on the line" in check.cell(row + 1, 2).value) == (check.cell(row, 7).value < 0.01)


def test_a_mean_over_samples_is_compared_from_where_it_has_one_of_each(tmp_path: Path):
    build_workbook(load_experiment("xor").with_run((), 60), tmp_path / "x.xlsx")
    sheet = load_workbook(tmp_path / "x.xlsx", data_only=True)["Learning rates"]
    headers = {cell.value: cell.column for cell in sheet[4]}
    assert "E_mean after 0" not in headers
    for row, rate in enumerate((0.1, 0.2, 0.5, 0.8, 1.0, 2.0), start=5):
        means = trace(load_experiment("xor"), rate, 60)["E_mean"]
        assert sheet.cell(row, headers["E_mean after 3"]).value == pytest.approx(means[3], rel=1e-12)
        rises = next((n for n in range(4, 61) if means[n] - means[n - 1] > 1e-9 * means[3]), "never")
        assert sheet.cell(row, headers["first rises at iteration"]).value == rises
        halved = next((n for n in range(3, 61) if means[n] <= means[3] / 2), "not yet")
        assert sheet.cell(row, headers["iterations to halve it"]).value == halved


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
    assert "would fit no screen" in str(values["Network"]["B8"].value)
    assert str(values["Gradient check"]["B8"].value).startswith("✓ All ")
    assert values["Start"]["B3"].value == "The numbers against NumPy’s: ✓ all right"


def test_only_the_tables(tmp_path: Path):
    build_workbook(load_experiment(), tmp_path / "x.xlsx", lessons=False)
    sheets = load_workbook(tmp_path / "x.xlsx").sheetnames
    rates = ["LR 0.1", "LR 0.2", "LR 0.5", "LR 0.8", "LR 1.0", "LR 2.0"]
    assert sheets == ["Start", "Learning rates", *rates, "Your η"]
