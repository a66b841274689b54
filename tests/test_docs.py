"""The README and docs/ are true: commands, options, outputs, links, and the example that ships."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import mnist.cli
import sheetgen.cli
from sheetgen import Experiment, load_experiment, template_names, trace
from sheetgen.diff.compare_workbooks import compare_workbooks
from sheetgen.network.notation import write_notation
from tests.conftest import load_script

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {path: path.read_text(encoding="utf-8") for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]}
# The list of all commands is made from them, so it does not count as an explanation.
EXPLAINED = "\n".join(text for path, text in PAGES.items() if path.name not in ("commands.md", "CHANGELOG.md"))
PROGRAMS = {"sheetgen": sheetgen.cli.main, "mnist": mnist.cli.main}
COMMANDS = {
    (program, name): command.imported()
    for program, group in PROGRAMS.items()
    for name, command in group.commands.items()
}


def block(text: str, first_line: str) -> list[str]:
    """Return the lines of a code block that follow a line in it."""
    return text.split(f"```\n{first_line}\n")[1].split("\n```")[0].splitlines()


def unpadded(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def written(program: str) -> Iterator[list[str]]:
    """Yield the words of every call of a program that a code block of the docs shows."""
    for code in re.findall(r"^```\w*\n(.*?)^```$", EXPLAINED, re.MULTILINE | re.DOTALL):
        for line in code.splitlines():
            found = re.match(rf"(?:\$ )?(?:.*&& |torchrun .* -m )?({program} .*)", line)
            if found:
                yield shlex.split(found[1], comments=True)


def test_the_readme_is_short():
    assert len(README.split()) <= 1_800


@pytest.mark.parametrize(("program", "name"), COMMANDS)
def test_every_command_is_explained(program: str, name: str):
    assert f"{program} {name}" in EXPLAINED


def test_the_list_of_commands_is_complete():
    page = PAGES[ROOT / "docs" / "commands.md"]
    assert page == load_script("make_commands").page(), "run docs/make_commands.py"
    for program, name in COMMANDS:
        assert f"## {program} {name}" in page
        for parameter in COMMANDS[program, name].params:
            if isinstance(parameter, click.Option):
                assert all(f"`{option}`" in page for option in parameter.opts)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_call_in_the_docs_is_one_that_the_command_takes(program: str):
    calls = list(written(program))
    assert calls
    for words in calls:
        command = COMMANDS[program, words[1]]
        names = {name for parameter in command.params for name in parameter.opts}
        given = {word for word in words[2:] if word.startswith("-")}
        assert given <= names, words


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_and_picture_is_there(path: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[path]):
        place, _, heading = target.partition("#")
        if "://" not in place:
            assert (path.parent / place).exists(), target
        if heading and not place:
            headings = re.findall(r"^#+ (.+)$", PAGES[path], re.MULTILINE)
            assert heading in [re.sub(r"[^\w -]", "", line).lower().replace(" ", "-") for line in headings]


def test_every_page_is_reached_from_the_readme():
    linked = set(re.findall(r"\]\((docs/[\w.-]+\.md)\)", README))
    assert linked == {path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md")}


def test_no_address_is_left_to_guess():
    assert not any("OWNER" in text or "REPOSITORY" in text for text in PAGES.values())


def test_the_formulas_in_the_readme_are_those_of_the_cells():
    shown = " ".join(README.split())
    lines = {quantity.name: quantity.line for quantity in write_notation(load_experiment("class")).quantities}
    outer = [lines[f"∂E/∂w{number}"] for number in (5, 6, 7, 8)]
    for name in ("h1", "h2", "o1", "o2", "E1", "E2", "E_total"):
        assert lines[name] in shown
    for line in outer:
        assert line in shown
    inner = {name: f"∂E/∂a_h{1 + (name > 2)}" for name in (1, 2, 3, 4)}
    for number, activation in inner.items():
        (sums,) = re.findall(rf"{activation} = (.+)", README)
        (product,) = re.findall(rf"∂E/∂w{number} = {activation}(·\S+ \S \S+)", README)
        assert lines[f"∂E/∂w{number}"] == f"∂E/∂w{number} = ({sums}){product}"


def test_what_the_readme_says_of_learning_rates_is_so():
    experiment = load_experiment("class")
    errors = {rate: trace(experiment, rate).total_error for rate in (0.1, 0.5, 2.0, 5.0, 10.0, 50.0, 100.0)}
    assert f"{errors[0.1][0]:.5f}" == "0.01418"
    assert [f"{errors[rate][-1]:.{digits}f}" for rate, digits in ((0.1, 5), (0.5, 5), (2.0, 9))] == [
        "0.00785",
        "0.00061",
        "0.000000025",
    ]
    assert all(number in README for number in ("0.01418", "0.00785", "0.00061", "0.000000025"))
    halved = [int((errors[rate] > errors[rate][0] / 2).sum()) for rate in (2.0, 5.0, 10.0, 50.0)]
    assert halved == sorted(halved, reverse=True)
    assert 3 < errors[100.0][1] / errors[100.0][0] < 4


def test_the_examples_are_what_their_script_makes(tmp_path: Path):
    maker = load_script("make_example")
    maker.main(tmp_path / "again.xlsx")
    assert compare_workbooks(maker.EXAMPLE, tmp_path / "again.xlsx").same
    maker.one_neuron(tmp_path / "neuron.xlsx")
    assert compare_workbooks(maker.ONE_NEURON, tmp_path / "neuron.xlsx").same


def test_the_report_of_the_examples_is_what_their_script_makes():
    maker = load_script("make_example")
    shown, again = (
        re.split(r'(?<=id="data">)(.*?)(?=</script>)', text, flags=re.DOTALL)
        for text in (maker.REPORT.read_text(encoding="utf-8"), maker.report())
    )
    assert (shown[0], shown[2]) == (again[0], again[2]), "run docs/make_example.py"
    data = [json.loads(text) for text in (shown[1], again[1])]
    for file in (file for each in data for file in each["files"]):
        for course in file["courses"]:
            del course["gradients"]  # the last digits, which another processor may compute differently
    assert data[0] == data[1], "run docs/make_example.py"


def test_the_example_is_judged_as_the_readme_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    call = "sheetgen verify docs/examples/common-mistake.xlsx"
    result = CliRunner().invoke(PROGRAMS["sheetgen"], [*call.split()[1:], "--mark", str(tmp_path / "marked.xlsx")])
    assert result.exit_code == 1
    assert unpadded(result.stdout) == block(README, f"$ {call} --mark marked.xlsx")
    assert (tmp_path / "marked.xlsx").exists()


def test_the_neuron_is_judged_as_the_page_on_verify_shows(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    call = "sheetgen verify docs/examples/one-neuron.xlsx"
    result = CliRunner().invoke(PROGRAMS["sheetgen"], call.split()[1:])
    assert result.exit_code == 1
    page = PAGES[ROOT / "docs" / "verify.md"]
    assert unpadded(result.stdout) == block(page, f"$ {call}"), "run docs/make_example.py"


def test_the_difference_is_shown_as_it_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    maker = load_script("make_example")
    monkeypatch.chdir(tmp_path)
    maker.main(Path("common-mistake.xlsx"))
    monkeypatch.setattr(maker, "with_mistake", lambda _, notation: notation)
    maker.main(Path("mended.xlsx"))
    call = "sheetgen diff common-mistake.xlsx mended.xlsx --ignore values"
    result = CliRunner().invoke(PROGRAMS["sheetgen"], call.split()[1:])
    assert result.exit_code == 1
    assert unpadded(result.stdout) == block(PAGES[ROOT / "docs" / "diff.md"], f"$ {call}")


def test_the_page_on_templates_names_every_template_and_every_key():
    page = PAGES[ROOT / "docs" / "templates.md"]
    assert set(re.findall(r"^\| `([\w-]+)`.* \|", page.split("## Your own")[0], re.MULTILINE)) == set(template_names())
    assert set(Experiment.model_fields) - {"samples"} <= set(re.findall(r"`(\w+)`", page))
    assert "`[[samples]]`" in page
    Experiment(**tomllib.loads(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0]))


def test_the_python_on_the_page_of_the_library_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    code = re.findall(r"```python\n(.*?)```", PAGES[ROOT / "docs" / "library.md"], re.DOTALL)[0]
    names: dict[str, object] = {}
    exec(code, names)
    assert f"{names['run']['∂E/∂w5'][0]:.11f}".startswith("0.0128808186")  # type: ignore[index]
    assert names["report"].ok  # type: ignore[attr-defined]


def test_the_places_that_the_architecture_names_are_there():
    page = PAGES[ROOT / "docs" / "architecture.md"]
    named = re.findall(r"`((?:sheetgen|mnist|tests|templates)/[\w/.]*)`", page + PAGES[ROOT / "CONTRIBUTING.md"])
    assert named
    assert not [name for name in named if not (ROOT / name).exists()]


def test_what_a_newcomer_looks_for_is_where_the_architecture_says():
    page = PAGES[ROOT / "docs" / "architecture.md"].split("## Where is …?")[1].split("\n## ")[0]
    places = re.findall(r"`([\w/]+\.py)`, `(\w+)`", page)
    assert len(places) >= page.count("\n- **")
    for path, name in places:
        assert re.search(rf"^ *(?:def|class) {name}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)


def test_the_version_is_said_alike_everywhere():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^## (\d\S*) - \d{4}-\d\d-\d\d$", PAGES[ROOT / "CHANGELOG.md"], re.MULTILINE)[0] == version


def test_the_settings_of_services_can_be_read_and_run_what_they_should():
    yaml = pytest.importorskip("yaml", reason="pyyaml is not installed")
    places = (".github/workflows/ci.yml", ".github/ISSUE_TEMPLATE/judged-wrongly.yml", ".pre-commit-config.yaml")
    workflow, form, hooks = (yaml.safe_load((ROOT / place).read_text(encoding="utf-8")) for place in places)
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert ".ci/run" in [step.get("run") for step in steps]
    assert {"name", "description", "body"} <= set(form)
    entries = [hook["entry"] for hook in hooks["repos"][0]["hooks"]]
    assert "sheetgen build --check" in entries
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["cff-version"] == "1.2.0"
