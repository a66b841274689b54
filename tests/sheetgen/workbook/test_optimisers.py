"""The sheet Optimisers: its trainings against torch.optim, its landscape against NumPy, and every cell recalculated."""

import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from sheetgen import Experiment, SheetgenError, build_workbook, load_experiment, trace
from sheetgen.workbook.landscape import Landscape
from sheetgen.workbook.layout import OPTIMISERS
from sheetgen.workbook.plan import Plan
from sheetgen.workbook.side_by_side import SideBySide
from tests.sheetgen.conftest import Built
from tests.sheetgen.support.recalculation import ENGINES, Values, cached, recalculate

COMPARED = {"sgd": 2.0, "momentum": 0.5, "adamw": 0.1}


def built_in(folder: Path, experiment: Experiment) -> Built:
    path = folder / "optimisers.xlsx"
    build_workbook(experiment, path)
    return Built(experiment, path)


@pytest.fixture(scope="module")
def ravine(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return built_in(tmp_path_factory.mktemp("ravine"), load_experiment("optimizers", learning_rates=[0.5]))


@pytest.fixture(scope="module")
def of_class(tmp_path_factory: pytest.TempPathFactory) -> Built:
    experiment = load_experiment().model_copy(update={"optimizers": COMPARED, "learning_rates": (0.5,)})
    return built_in(tmp_path_factory.mktemp("class"), experiment)


def placed(experiment: Experiment) -> SideBySide:
    side = Plan(experiment).side_by_side
    assert side is not None
    return side


@cache
def sheet_of(path: Path, *, values: bool = True) -> Worksheet:
    return load_workbook(path, data_only=values)[OPTIMISERS]


def column(path: Path, place: int, first: int, last: int) -> list[float]:
    sheet = sheet_of(path)
    return [sheet.cell(row + 1, place + 1).value for row in range(first, last + 1)]


def courses(path: Path, side: SideBySide) -> dict[str, np.ndarray]:
    """Both weights of every optimiser after each update, as its table on the sheet has them."""
    sheet = sheet_of(path)
    rows = [side.first_row + side.experiment.row_of(iteration) + 1 for iteration in range(side.iterations + 1)]
    return {
        run.optimizer: np.array(
            [[sheet.cell(row, run.table.columns[name] + 1).value for name in side.surface.moved] for row in rows]
        )
        for run in side.runs
    }


def trained_by_torch(experiment: Experiment, kind: str, rate: float, momentum: float = 0.9) -> np.ndarray:
    """The weights of the template's network, one linear neuron, after each update."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    inputs, targets = (
        torch.tensor([getattr(pair, name) for pair in experiment.pairs], dtype=torch.float64)
        for name in ("inputs", "targets")
    )
    weights = torch.tensor(experiment.weights, dtype=torch.float64, requires_grad=True)
    kinds = {
        "sgd": lambda: torch.optim.SGD([weights], rate),
        "momentum": lambda: torch.optim.SGD([weights], rate, momentum=momentum),
        "nesterov": lambda: torch.optim.SGD([weights], rate, momentum=momentum, nesterov=True),
        "adagrad": lambda: torch.optim.Adagrad([weights], rate),
        "rmsprop": lambda: torch.optim.RMSprop([weights], rate, alpha=0.9),
        "adam": lambda: torch.optim.Adam([weights], rate),
        "adamw": lambda: torch.optim.AdamW([weights], rate, weight_decay=0.01),
    }
    optimizer, course = kinds[kind](), []
    for _ in range(experiment.iterations + 1):
        course.append(weights.detach().numpy().copy())
        optimizer.zero_grad()
        (0.5 * (inputs @ weights - targets[:, 0]) ** 2).mean().backward()
        optimizer.step()
    return np.array(course)


def error_at(experiment: Experiment, moved: tuple[str, str], weights: tuple[float, float]) -> float:
    """The mean error over all samples, by NumPy."""
    numbers = list(experiment.weights)
    for name, weight in zip(moved, weights, strict=True):
        numbers[int(name[1:]) - 1] = weight
    update = {"weights": numbers, "iterations": 1, "batch": "all", "optimizers": {}}
    named = trace(experiment.model_copy(update=update), 0.5).named()
    return float(np.mean(named["E_total"][: len(experiment.pairs)]))


def test_every_training_is_that_of_torch(ravine: Built):
    found = courses(ravine.path, placed(ravine.experiment))
    assert list(found) == list(ravine.experiment.optimizers)
    for kind, course in found.items():
        expected = trained_by_torch(ravine.experiment, kind, ravine.experiment.optimizers[kind])
        np.testing.assert_allclose(course, expected, rtol=1e-9, atol=1e-12, err_msg=kind)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", ["ravine", "of_class"])
@pytest.mark.parametrize("engine", ENGINES)
def test_every_cell_recalculates_to_its_cached_value(engine: str, name: str, request: pytest.FixtureRequest):
    book: Built = request.getfixturevalue(name)
    before = as_shipped(book.path)
    after = {key: value for key, value in recalculate(book.path, engine).items() if key[0] == OPTIMISERS}
    assert len(after) > 10_000
    assert not {key: (before.get(key), value) for key, value in after.items() if not close(before.get(key), value)}


@cache
def as_shipped(path: Path) -> Values:
    return cached(path)


def close(left: object, right: object) -> bool:
    if isinstance(left, float | int) and isinstance(right, float | int):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)
    return left == right


@pytest.mark.parametrize("engine", ["formualizer", "gnumeric"])
def test_trainings_paths_and_lines_follow_a_changed_number(engine: str, ravine: Built, tmp_path: Path):
    side = placed(ravine.experiment)
    book = load_workbook(ravine.path)
    sheet = book[OPTIMISERS]
    momentum = side.summary_row + 1 + [run.optimizer for run in side.runs].index("momentum")
    assert (sheet.cell(momentum, 2).value, sheet.cell(momentum, 3).value) == (0.2, 0.9)
    sheet.cell(momentum, 2).value, sheet.cell(momentum, 3).value = 0.4, 0.5
    sheet.cell(side.range_row + 1, 3).value = 1.5  # the right edge of the picture
    book.save(tmp_path / "changed.xlsx")
    values = recalculate(tmp_path / "changed.xlsx", engine)
    run = next(run for run in side.runs if run.optimizer == "momentum")
    expected = trained_by_torch(ravine.experiment, "momentum", 0.4, 0.5)
    last = side.first_row + ravine.experiment.last_row
    found = [at(values, last, run.table.columns[name]) for name in side.surface.moved]
    np.testing.assert_allclose(found, expected[-1], rtol=1e-9)
    path = [at(values, side.first_row + step, side.curve_column(1, 1)) for step in range(side.iterations + 1)]
    np.testing.assert_allclose(path, np.minimum(expected[:, 0], 1.5), rtol=1e-9)
    line = [at(values, row, side.contour_column + 2) for row in range(side.first_row, side.first_row + 85)]
    assert max(line) == pytest.approx(1.5)


def at(values: Values, row: int, place: int) -> float:
    value = values[OPTIMISERS, f"{get_column_letter(place + 1)}{row + 1}"]
    assert isinstance(value, float | int)
    return value


@pytest.mark.parametrize("name", ["ravine", "of_class"])
def test_the_grid_holds_the_error_that_numpy_gives(name: str, request: pytest.FixtureRequest):
    book: Built = request.getfixturevalue(name)
    side = placed(book.experiment)
    sheet = sheet_of(book.path)
    for down, right in ((0, 0), (7, 33), (20, 20), (40, 3), (40, 40)):
        row, place = side.grid_row + down, side.grid_column + right
        weights = (
            sheet.cell(side.axis_row + 1, place + 1).value,
            sheet.cell(row + 1, side.axis_column + 1).value,
        )
        assert weights == pytest.approx((side.axis(0)[right], side.axis(1)[down]))
        found = sheet.cell(row + 1, place + 1).value
        assert found == pytest.approx(error_at(book.experiment, side.surface.moved, weights), rel=1e-9)


@pytest.mark.parametrize("name", ["ravine", "of_class"])
def test_along_a_contour_line_the_error_is_that_of_its_level(name: str, request: pytest.FixtureRequest):
    book: Built = request.getfixturevalue(name)
    side = placed(book.experiment)
    inside, highest = 0, 0.0
    for number in range(side.LEVELS):
        left = side.contour_column + 3 * number + 2
        (level,) = column(book.path, left + 1, side.data_row + 1, side.data_row + 1)
        highest = max(highest, math.sqrt(level))
        rows = side.first_row, side.first_row + 2 * side.SIDE + 2
        points = list(zip(column(book.path, left, *rows), column(book.path, left + 1, *rows), strict=True))
        assert points[0] == points[-1]
        for point in set(points):
            if not on_edge(side, point):
                inside += 1
                error = error_at(book.experiment, side.surface.moved, point)
                # Half a cell beside the line, the root would be off by five times as much.
                assert abs(math.sqrt(error) - math.sqrt(level)) < 0.005 * highest, (number, point)
    assert inside > 150


def on_edge(side: SideBySide, point: tuple[float, float]) -> bool:
    ends = zip(point, (side.ranges[name] for name in side.surface.moved), strict=True)
    return any(math.isclose(value, end, abs_tol=1e-9) for value, pair in ends for end in pair)


def test_contour_lines_of_a_bowl_are_circles():
    axis = [(place - 20) / 10 for place in range(41)]
    landscape = Landscape([[x * x + y * y for y in reversed(axis)] for x in axis], axis, axis[::-1])
    line = landscape.line(4, 9)
    assert 0.1 < line.level < 3
    radii = [math.hypot(*point) for point in line.points]
    assert radii == pytest.approx([math.sqrt(line.level)] * len(radii), rel=0.01)
    assert len(set(line.points)) == 32


def test_it_says_where_the_paths_lie(ravine: Built, of_class: Built):
    def texts(book: Built) -> str:
        return " ".join(
            str(cell.value) for row in sheet_of(book.path).iter_rows(max_row=20) for cell in row if cell.value
        )

    assert "every path lies on this landscape" in texts(ravine)
    assert "Only w5 and w8 move in the landscape" in texts(of_class)


def test_long_runs_are_cut_and_it_is_said(tmp_path: Path):
    experiment = load_experiment("optimizers", iterations=300, learning_rates=[0.5])
    side = placed(experiment)
    assert 50 < side.iterations < 200
    build_workbook(experiment, tmp_path / "long.xlsx")
    sheet = load_workbook(tmp_path / "long.xlsx")[OPTIMISERS]
    said = [cell.value for row in sheet.iter_rows(max_row=20) for cell in row]
    assert f"The sheet shows the first {side.iterations} of 300 iterations." in said


def test_there_is_none_without_optimisers_to_compare_or_without_lessons(class_book: Built, tmp_path: Path):
    assert OPTIMISERS not in load_workbook(class_book.path).sheetnames
    build_workbook(load_experiment("optimizers"), tmp_path / "tables.xlsx", lessons=False)
    assert OPTIMISERS not in load_workbook(tmp_path / "tables.xlsx").sheetnames


def test_a_training_that_overflows_is_said_to_diverge(tmp_path: Path):
    experiment = load_experiment("optimizers", learning_rates=[0.5], iterations=100).model_copy(
        update={"optimizers": {"sgd": 900.0, "adam": 0.2}}
    )
    path = tmp_path / "diverges.xlsx"
    build_workbook(experiment, path)
    side = placed(experiment)
    assert column(path, side.results_column + 1, side.summary_row, side.summary_row)[0] == "diverges"
    paths = column(path, side.curve_column(0, 1), side.first_row, side.first_row + side.iterations)
    assert {min(paths[1:]), max(paths[1:])} <= set(side.ranges["w1"])
    before, after = cached(path), recalculate(path, "ironcalc")
    numbers = [key for key, value in after.items() if key[0] == OPTIMISERS and isinstance(value, float | int)]
    assert len(numbers) > 10_000
    assert all(close(before[key], after[key]) for key in numbers)


@pytest.mark.parametrize(
    ("template", "update"),
    [
        ("xor", {"iterations": 1}),
        ("xor", {"iterations": 20, "loss": "binary cross-entropy"}),
        ("softmax", {"iterations": 10}),
        (
            "class",
            {"iterations": 10, "schedule": "one-cycle", "optimizer": "momentum", "constants": {"pct_start": 0.4}},
        ),
    ],
)
def test_other_networks_recalculate_too(template: str, update: dict[str, object], tmp_path: Path):
    compared = {"optimizers": {"sgd": 0.5, "adam": 0.1}, "learning_rates": (0.5,)}
    book = built_in(tmp_path, load_experiment(template).model_copy(update=compared | update))
    before, after = cached(book.path), recalculate(book.path, "formualizer")
    assert all(close(before.get(key), value) for key, value in after.items() if key[0] == OPTIMISERS)


def test_too_many_samples_are_one_line(tmp_path: Path):
    pairs = [{"inputs": (0.1 * number, 1.0), "targets": (0.5,)} for number in range(300)]
    experiment = load_experiment("optimizers", iterations=2, learning_rates=[0.5]).model_copy(
        update={"samples": pairs, "batch": 1}
    )
    with pytest.raises(SheetgenError, match="optimizers: the error over two weights") as caught:
        build_workbook(experiment, tmp_path / "wide.xlsx")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_constants_of_a_compared_optimiser_stand_in_its_row(tmp_path: Path):
    constants = {"momentum": 0.75, "beta_1": 0.85}
    compared = {"optimizers": {"sgd": 0.5, "momentum": 0.2, "adam": 0.1}, "learning_rates": (0.5,)}
    experiment = load_experiment(iterations=5).model_copy(update=compared | {"constants": constants})
    sheet = load_workbook(built_in(tmp_path, experiment).path)[OPTIMISERS]
    first, columns = SideBySide.summary_row + 1, range(3, 5)
    assert [[sheet.cell(first + row, column).value for column in columns] for row in range(3)] == [
        [None, None],
        [0.75, None],
        [None, 0.85],
    ]
    assert experiment.settings == {}
