import json
import re
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from sheetgen.cli import main
from tests.sheetgen.conftest import Built


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def wrong_book(table_book: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class's workbook with the commonest mistake of the exercise in one sheet: a_h1 for a_h2 in ∂E/∂w3, ∂E/∂w4."""
    path = tmp_path_factory.mktemp("wrong") / "wrong.xlsx"
    with zipfile.ZipFile(table_book.path) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet5.xml":
                part, count = re.subn(rb"\*M(\d+)\*\(1-M\1\)\*([DE]\1</f>)", rb"*K\1*(1-K\1)*\2", part)
                assert count == 42
            target.writestr(name, part)
    return path


def test_right_workbook(class_book: Built):
    result = run("verify", class_book.path)
    assert result.exit_code == 0
    assert "all right (33,425 cells checked in 7 tables)" in " ".join(result.output.split())


def test_wrong_workbook(wrong_book: Path):
    result = run("verify", wrong_book)
    assert result.exit_code == 1
    assert "a_h1 stands where a_h2 belongs" in result.output
    assert "AA16:AA36" in result.output


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["formualizer", "ironcalc"])
def test_engine_finds_no_more_in_a_right_workbook(class_book: Built, engine: str):
    result = run("verify", class_book.path, "--engine", engine)
    assert result.exit_code == 0
    assert "33,425 cells checked" in " ".join(result.output.split())  # those outside of the tables too


def test_json_into_a_file(wrong_book: Path, tmp_path: Path):
    report = tmp_path / "report.json"
    assert run("verify", wrong_book, "--format", "json", "-o", report).exit_code == 1
    (file,) = json.loads(report.read_text(encoding="utf-8"))["files"]
    assert [(each["range"], each["kind"], each["count"]) for each in file["findings"]] == [
        ("AA16:AA36", "wrong-formula", 21),
        ("AB16:AB36", "wrong-formula", 21),
    ]
    assert file["tables"][2]["learning_rate"] == 0.5
    assert file["tables"][2]["initial"]["w8"] == 0.55


def test_marked_copy(wrong_book: Path, tmp_path: Path):
    marked = tmp_path / "marked.xlsx"
    assert run("verify", wrong_book, "--mark", marked).exit_code == 1
    sheet = load_workbook(marked)["LR 0.5"]
    assert "a_h1 stands where a_h2 belongs" in sheet["AA16"].comment.text
    assert sheet["AA36"].fill.fgColor.rgb != sheet["Z36"].fill.fgColor.rgb


def test_github_annotates_and_adds_to_the_summary(wrong_book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    result = run("verify", wrong_book, "--format", "github")
    assert result.output.count("::error ") == 2
    assert "a_h2" in summary.read_text(encoding="utf-8")


@pytest.mark.slow
def test_folder_with_a_bad_file_among_good_ones(table_book: Built, wrong_book: Path, tmp_path: Path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "good.xlsx").write_bytes(table_book.path.read_bytes())
    (tmp_path / "wrong.xlsx").write_bytes(wrong_book.read_bytes())
    (tmp_path / "bad.xlsx").write_text("no workbook")
    result = run("verify", tmp_path, "--format", "json", "--jobs", 2)
    assert result.exit_code == 1
    files = {Path(file["file"]).name: file for file in json.loads(result.output)["files"]}
    assert files["good.xlsx"]["ok"]
    assert len(files["wrong.xlsx"]["findings"]) == 2
    assert "not an .xlsx workbook" in files["bad.xlsx"]["error"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("verify",), "Missing argument"),
        (("verify", "none.xlsx"), "no such file"),
        (("verify", ".", "--mark", "x.xlsx"), ""),
        (("verify", "x.xlsx", "--format", "pdf"), "pdf"),
        (("verify", "x.xlsx", "--engine", "abacus"), "abacus"),
    ],
)
def test_mistakes_exit_with_2(arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_build_ends_with_the_verdict(tmp_path: Path):
    result = run("build", "-n", 3, "-o", tmp_path / "x.xlsx")
    assert result.exit_code == 0
    assert re.search(r"all right \([\d,]+ cells checked in 7 tables\)$", " ".join(result.output.split()))
    assert "all right" not in run("build", "-n", 3, "-o", tmp_path / "x.xlsx", "--no-verify").output


@pytest.mark.slow
@pytest.mark.parametrize("template", ["class-eva", "eva6", "mazur", "xor", "deep"])
def test_every_template_verifies_clean(template: str, tmp_path: Path):
    result = run("build", template, "-n", 8, "-o", tmp_path / "x.xlsx")
    assert result.exit_code == 0
    assert "all right" in result.output


@pytest.mark.slow
def test_tables_that_overflow_verify_clean(tmp_path: Path):
    template = tmp_path / "linear.toml"
    template.write_text(
        'title = "overflow"\nlayers = [2, 2, 2]\ninputs = [1, 2]\ntargets = [0, 1]\nactivation = "linear"\n'
        "weights = [1, 2, 3, 4, 5, 6, 7, 8]\niterations = 40\n"
    )
    result = run("build", template, "-o", tmp_path / "x.xlsx")
    assert result.exit_code == 0, result.output


def test_a_report_replaces_no_workbook(wrong_book: Path, tmp_path: Path):
    mine = tmp_path / "mine.xlsx"
    mine.write_bytes(b"as it was")
    result = run("verify", wrong_book, "-o", mine)
    assert result.exit_code == 2
    assert "is a workbook" in result.output
    assert mine.read_bytes() == b"as it was"


def test_what_is_skipped_in_a_folder_is_said_and_archives_are_not_judged(tmp_path: Path, table_book: Built):
    (tmp_path / "good.xlsx").write_bytes(table_book.path.read_bytes())
    (tmp_path / "essay.pdf").write_text("no workbook")
    result = run("verify", tmp_path, "--format", "json")
    assert result.exit_code == 0
    assert result.stderr == f"skipped, not workbooks by their endings: {tmp_path / 'essay.pdf'}\n"
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("mine.xlsx", "")
    result = run("verify", tmp_path, "--format", "json")
    assert result.exit_code == 2
    files = {Path(file["file"]).name: file["error"] for file in json.loads(result.stdout)["files"]}
    zipped = "a zip archive, but not a workbook; if it holds a workbook, unpack it"
    assert files == {"good.xlsx": None, "all.zip": zipped}


def test_a_folder_of_submissions_gets_a_folder_of_marked_copies(wrong_book: Path, tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "x.xlsx").write_bytes(wrong_book.read_bytes())
    (tmp_path / "in" / "bad.xlsx").write_text("no workbook")
    marked = tmp_path / "marked"
    result = run("verify", tmp_path / "in", "--mark", marked)
    assert "wrote 2 marked workbooks" in result.output
    assert "2 files are copies of each other, cell by cell: one/x.xlsx, two/x.xlsx" in result.output
    assert "The commonest mistakes:\n  2 files  ∂E/∂w3, ∂E/∂w4: a_h1 stands where a_h2 belongs" in result.output
    assert sorted(path.relative_to(marked).as_posix() for path in marked.rglob("*.xlsx")) == [
        "one/x.xlsx",
        "two/x.xlsx",
    ]
    assert run("verify", tmp_path / "in", "--mark", tmp_path / "in").exit_code == 2


def test_csv_and_html(wrong_book: Path, tmp_path: Path):
    line = run("verify", wrong_book, "--format", "csv").output.splitlines()[1]
    assert re.search(
        r'wrong\.xlsx,wrong,2,\d+,"∂E/∂w3, ∂E/∂w4: a_h1 stands where a_h2 belongs",[\d.]+,[\d.]+,[\d.]+,$', line
    )
    page = tmp_path / "report.html"
    assert run("verify", wrong_book, "--format", "html", "-o", page).exit_code == 1
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_verify_opens_the_report(wrong_book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shown: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: shown.append(address) or True)
    monkeypatch.setattr("sheetgen.cli.verify.temporary_page", lambda: tmp_path / "report.html")
    assert run("verify", wrong_book, "--open").exit_code == 1
    assert shown == [(tmp_path / "report.html").as_uri()]
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    mine = tmp_path / "mine.html"
    assert run("verify", wrong_book, "--open", "--format", "html", "-o", mine).exit_code == 1
    assert shown[1:] == [mine.as_uri()]
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    assert "no program here to show" in run("verify", wrong_book, "--open", "--format", "html", "-o", mine).output


def test_build_opens_the_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    started: list[list[str]] = []
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("sheetgen.opened_file.shutil.which", lambda name: f"/bin/{name}")
    monkeypatch.setattr("sheetgen.opened_file.subprocess.Popen", lambda command, **_: started.append(command))
    path = tmp_path / "x.xlsx"
    assert run("build", "-n", 3, "-o", path, "--no-verify", "--open").exit_code == 0
    assert [command[1] for command in started] == [str(path)]
    monkeypatch.setattr("sheetgen.opened_file.shutil.which", lambda _: None)
    result = run("build", "-n", 3, "-o", path, "--no-verify", "--open")
    assert result.exit_code == 0
    assert "open it yourself" in result.output
