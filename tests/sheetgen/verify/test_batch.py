"""Many files at once: order, isolation of bad ones, folders, and the same on a Dask cluster."""

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sheetgen.errors import SheetgenError
from sheetgen.verify import batch, cluster
from sheetgen.verify.batch import verify_many
from sheetgen.verify.cluster import judge_bytes, verify_on_cluster
from sheetgen.verify.findings import FileReport, Finding, FindingKind, exit_code
from sheetgen.verify.process_pool import obey_the_parent


def judge(path: Path) -> FileReport:
    """Stands in for the verifier: what a file says is what becomes of it."""
    text = path.read_text()
    if text == "slow":
        time.sleep(0.3)
    if text == "raise":
        raise RuntimeError("a fault\nin two lines")
    if text == "complain":
        raise SheetgenError(str(path), "not a workbook", "give a workbook")
    if text == "memory":
        raise MemoryError
    if text == "die":
        os._exit(7)
    if text == "name":
        return FileReport(str(path), error=f"{path}: cannot be judged")
    return FileReport(str(path), cells_checked=int(text) if text.isdecimal() else 0)


def process_id(path: Path) -> FileReport:
    time.sleep(0.2)
    return FileReport(str(path), cells_checked=os.getpid())


def files(folder: Path, *texts: str) -> list[Path]:
    paths = [folder / f"{number:02}-{text}.xlsx" for number, text in enumerate(texts)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return paths


def test_reports_come_in_the_order_of_the_files_and_progress_is_told(tmp_path: Path):
    paths = files(tmp_path, "slow", "5", "6", "7")
    told: list[tuple[int, int]] = []
    reports = verify_many(paths, judge, 2, lambda *done: told.append(done))
    assert [(report.file, report.cells_checked, report.error) for report in reports] == [
        (str(path), cells, None) for path, cells in zip(paths, (0, 5, 6, 7), strict=True)
    ]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_one_bad_file_never_stops_the_rest(tmp_path: Path):
    paths = files(tmp_path, "1", "raise", "2", "complain", "memory", "die", "3", "4", "die", "5")
    told: list[tuple[int, int]] = []
    reports = verify_many(paths, judge, 2, lambda *done: told.append(done))
    errors = [report.error for report in reports]
    assert [report.cells_checked for report in reports if not report.error] == [1, 2, 3, 4, 5]
    assert [bool(error) for error in errors] == [path.stem[3:].isalpha() for path in paths]
    assert "RuntimeError: a fault in two lines" in (errors[1] or "")
    assert errors[3] == "not a workbook; give a workbook"
    assert "memory" in (errors[4] or "")
    assert "ended the process" in (errors[5] or "")
    assert all("\n" not in error for error in errors if error)
    assert told[-1] == (10, 10)
    assert len(told) == 10


def test_several_files_run_in_several_processes_and_one_alone_in_this_one(tmp_path: Path):
    paths = files(tmp_path, *"123456")
    processes = {report.cells_checked for report in verify_many(paths, process_id, 2)}
    assert len(processes) == 2
    assert os.getpid() not in processes
    assert [report.cells_checked for report in verify_many(paths[:1], process_id, 2)] == [os.getpid()]
    assert verify_many([], process_id, 2) == []


def test_a_large_file_alone_may_end_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batch, "_LARGE", 2)
    told: list[tuple[int, int]] = []
    (report,) = verify_many(files(tmp_path, "die"), judge, 2, lambda *done: told.append(done))
    assert report.error == "judging it ended the process; is memory short?"
    assert told == [(1, 1)]
    assert verify_many(files(tmp_path, "1000"), process_id)[0].cells_checked != os.getpid()


def test_a_fault_in_a_file_alone_is_said_too(tmp_path: Path):
    (report,) = verify_many(files(tmp_path, "raise"), judge)
    assert report.error == "judging it failed (RuntimeError: a fault in two lines); please report this"


def test_a_judge_that_cannot_be_sent_is_said_for_every_file(tmp_path: Path):
    paths = files(tmp_path, "1", "2")
    reports = verify_many(paths, lambda path: FileReport(str(path)), 2)
    assert all("pickle" in (report.error or "").lower() for report in reports)


_BREAK_OFF = """
import sys
from pathlib import Path
from sheetgen.verify.batch import verify_many
from tests.sheetgen.verify.test_batch import files, judge
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    paths = files(folder, *["slow"] * 60)
    verify_many(paths, judge, 2, lambda done, _: (folder / f"{done}.done").touch())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
@pytest.mark.parametrize("to_all", [True, False], ids=["a terminal's Ctrl-C", "a signal to the parent"])
@pytest.mark.usefixtures("obeyed_signals")
def test_breaking_off_ends_it_at_once(tmp_path: Path, to_all: bool):
    (tmp_path / "break_off.py").write_text(_BREAK_OFF)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    line = [sys.executable, str(tmp_path / "break_off.py"), str(tmp_path)]
    with subprocess.Popen(line, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        until = time.monotonic() + 30
        while not (tmp_path / "1.done").exists() and time.monotonic() < until:
            time.sleep(0.05)
        (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
        said = process.communicate(timeout=60)[1]  # the end of it comes when no process is left that could write
    assert process.returncode == -signal.SIGINT
    assert not (tmp_path / "60.done").exists()
    assert said.count("Traceback") == 1  # of the process itself, none of its workers
    assert said.rstrip().endswith("KeyboardInterrupt")


class _Interrupted:
    """Is told to leave at a place where Python ignores every exception."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


def _work_on() -> None:
    obey_the_parent()
    _Interrupted()
    time.sleep(60)


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
def test_a_process_leaves_even_where_python_ignores_the_first_try():
    process = multiprocessing.get_context("fork").Process(target=_work_on)
    process.start()
    process.join(30)
    process.kill()
    process.join()
    assert process.exitcode == 128 + signal.SIGTERM


def test_bytes_are_judged_under_the_name_of_their_file():
    report = judge_bytes("submissions/anna.xlsx", b"name", judge)
    assert report.file == "submissions/anna.xlsx"
    assert report.error == "submissions/anna.xlsx: cannot be judged"


@pytest.mark.slow
def test_a_cluster_gives_the_same_reports(tmp_path: Path):
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    paths = files(tmp_path, "1", "raise", "2", "complain", "slow", "3", *map(str, range(10, 20)))
    paths.append(tmp_path / "missing.xlsx")
    told: list[tuple[int, int]] = []
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local:
        reports = verify_on_cluster(paths, judge, local.scheduler_address, lambda *done: told.append(done))
    assert reports == verify_many(paths, judge, 2)
    assert told[-1] == (len(paths), len(paths))


@pytest.mark.slow
def test_a_file_that_kills_workers_does_not_stop_a_cluster(tmp_path: Path):
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    paths = files(tmp_path, "slow", "die", "2", "3")
    impatient = {"distributed.scheduler.allowed-failures": 1}
    with importlib.import_module("dask").config.set(impatient):
        local = distributed.LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=None, silence_logs=50)
    with local:
        reports = verify_on_cluster(paths, judge, local.scheduler_address)
    assert [report.error for report in reports] == [None, "judging it ended the cluster's process", None, None]


def test_an_address_without_a_scheduler_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    monkeypatch.setattr(cluster, "_CONNECT", 0.5)
    for address in ("tcp://127.0.0.1:9", "nonsense://x", "127.0.0.1:port"):
        with pytest.raises(SheetgenError, match="no Dask scheduler answers there"):
            verify_on_cluster(files(tmp_path, "1"), judge, address)


def test_a_missing_library_names_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SheetgenError, match=r"backpropagation-sheets\[cluster\]"):
        verify_on_cluster(files(tmp_path, "1"), judge, "tcp://127.0.0.1:9")


def test_what_is_wrong_outweighs_what_could_not_be_judged():
    right, unread = FileReport("a.xlsx"), FileReport("b.xlsx", error="damaged")
    wrong = FileReport("c.xlsx", findings=(Finding("S", "A1", 1, "h1", FindingKind.HARD_CODED, "typed"),))
    assert exit_code([right]) == 0
    assert exit_code([unread, right]) == 2
    assert exit_code([unread, wrong, right]) == 1
