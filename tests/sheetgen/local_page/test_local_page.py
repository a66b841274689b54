"""The local page over HTTP: who is let in, what is taken, what is given back, and that nothing stays."""

import json
import os
import re
import signal
import socket
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from io import BytesIO
from multiprocessing import active_children
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.request import Request, urlopen

import openpyxl
import pytest
from click.testing import CliRunner

from sheetgen.cli import main
from sheetgen.spreadsheet.package import Limits
from tests.sheetgen.support.served_page import Served, served_page

testclient = pytest.importorskip("starlette.testclient", reason="starlette or httpx is not installed")

from sheetgen.local_page import uploads  # noqa: E402
from sheetgen.local_page.application import make_application  # noqa: E402
from sheetgen.local_page.desk import Desk  # noqa: E402

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
WRONG = (EXAMPLES / "common-mistake.xlsx").read_bytes()
NEURON = (EXAMPLES / "one-neuron.xlsx").read_bytes()
PORT, TOKEN = 8123, "the secret"
ADDRESS = f"http://127.0.0.1:{PORT}"
HOSTILE = [
    "../../etc/passwd.xlsx",
    "/etc/cron.d/x.xlsx",
    "C:\\Windows\\x.xlsx",
    "..\\..\\x.xlsx",
    "</script><script>hit()</script>.xlsx",
    'a"; filename="b.exe.xlsx',
    "a\r\nSet-Cookie: x=y.xlsx",
    "nul.xlsx",
    "\u202excod.xlsx",
    "." * 3000 + "/" + "a" * 3000 + ".xlsx",
]


def served(folder: Path, limits: Limits) -> Iterator[Any]:
    with closing(Desk(folder, limits, jobs=1)) as desk:
        app = make_application(desk, limits, PORT, TOKEN)
        yield testclient.TestClient(app, base_url=ADDRESS, headers={"X-Sheetgen-Token": TOKEN})


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Any]:
    yield from served(tmp_path, Limits())


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Any]:
    """A page that takes 20 kB at once."""
    yield from served(tmp_path, Limits(unpacked=20_000))


def opened(page: Any) -> str:
    return f"/batches/{page.post('/batches').json()['batch']}"


def send(page: Any, batch: str, name: str, content: Any) -> Any:
    return page.post(f"{batch}/files", params={"name": name}, content=content)


def token_of(page: Served) -> str:
    with urlopen(page.address) as answer:
        (token,) = re.findall('data-token="(.*?)"', answer.read().decode())
    return token


def until_judged(page: Any, batch: str) -> dict[str, Any]:
    assert page.post(f"{batch}/judge").status_code == 202
    until = monotonic() + 120
    while (progress := page.get(batch).json())["stage"] not in ("ready", "failed"):
        assert monotonic() < until, progress
        sleep(0.05)
    return progress


def test_the_page_is_one_document_with_a_policy(page: Any):
    answer = page.get("/")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert policy.endswith("connect-src 'self'; frame-ancestors 'none'")
    assert "unsafe" not in policy
    assert TOKEN in answer.text
    assert not re.search(r"https?://", answer.text)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.1:{PORT + 1}", ""])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_host_is_refused(page: Any, host: str, method: str):
    answer = page.request(method, "/" if method == "GET" else "/batches", headers={"Host": host})
    assert answer.status_code == 403
    assert TOKEN not in answer.text


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"X-Sheetgen-Token": ""}])
def test_another_page_may_not_send_anything(page: Any, headers: dict[str, str], tmp_path: Path):
    assert page.post("/batches", headers=headers).status_code == 403
    assert list(tmp_path.iterdir()) == []
    assert page.post("/batches", headers={"Origin": ADDRESS}).status_code == 201


def test_every_answer_is_guarded(page: Any):
    for answer in (
        page.get("/"),
        page.get("/none"),
        page.post("/batches"),
        page.put("/batches"),
        page.get("/batches/x"),
    ):
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("said", [True, False])
def test_more_than_is_allowed_at_once_is_refused_in_one_line(small: Any, said: bool, tmp_path: Path):
    batch = opened(small)
    assert send(small, batch, "a.xlsx", b"a" * 15_000).status_code == 201
    content = b"b" * 6_000 if said else iter([b"b" * 3_000] * 2)
    answer = send(small, batch, "b.xlsx", content)
    assert answer.status_code == 422
    assert answer.json()["refused"] == "b.xlsx: more than 0 MB at once; drop fewer at a time, or raise --max-size"
    assert send(small, batch, "c.xlsx", b"c" * 5_000).status_code == 201
    assert sorted(path.name for path in tmp_path.rglob("*.xlsx")) in (["1.xlsx", "2.xlsx"], ["1.xlsx", "3.xlsx"])


def test_more_files_than_are_allowed_are_refused(page: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(uploads, "MOST_FILES", 2)
    batch = opened(page)
    assert [send(page, batch, f"{n}.xlsx", b"x").status_code for n in range(3)] == [201, 201, 422]


@pytest.mark.parametrize("name", ["", "a.exe", "a.xlsx/../b", "~$a.xlsx", "folder/.hidden.xlsx", "a.html", "xlsx"])
def test_what_is_no_workbook_by_its_name_is_refused(page: Any, name: str, tmp_path: Path):
    answer = send(page, opened(page), name, b"x")
    assert answer.status_code == 422
    assert "not a workbook by its name" in answer.json()["refused"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_only_the_last_few_drops_are_kept(page: Any, tmp_path: Path):
    batches = [opened(page) for _ in range(8)]
    assert [page.get(batch).status_code for batch in batches] == [404] * 3 + [200] * 5
    assert len(list(tmp_path.iterdir())) == 5


@pytest.mark.slow
def test_hostile_names_are_only_shown(page: Any, tmp_path: Path):
    batch = opened(page)
    for name in HOSTILE:
        assert send(page, batch, name, NEURON).status_code == 201
    assert until_judged(page, batch)["stage"] == "ready"
    (folder,) = tmp_path.iterdir()
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    own = {f"{n}.xlsx" for n in range(1, 11)} | {f"marked/{n}.xlsx" for n in range(10)}
    assert files == own | {"report.html", "marked.zip"}
    assert "<script>hit()" not in page.get(f"{batch}/report").text
    with zipfile.ZipFile(BytesIO(page.get(f"{batch}/marked").content)) as archive:
        names = archive.namelist()
        assert len(set(names)) == 10
        assert all(name.endswith("-marked.xlsx") for name in names)
        assert not any(
            name.startswith(("/", "..")) or "/../" in name or re.search(r'[\\:<>"\r\n]', name) for name in names
        )
    for number in range(10):
        answer = page.get(f"{batch}/marked/{number}")
        assert answer.headers["content-disposition"].startswith("attachment; filename")
        assert "set-cookie" not in answer.headers
        assert "/" not in answer.headers["content-disposition"]


@pytest.mark.slow
def test_bad_files_do_not_stop_the_rest_and_the_marked_copies_list_the_findings(page: Any):
    batch = opened(page)
    files = {"a.xlsx": WRONG, "empty.xlsx": b"", "a.zip": b"PK", "b/a.xlsx": NEURON, "cut.xlsx": WRONG[:3000]}
    for name, content in files.items():
        assert send(page, batch, name, content).status_code == 201
    assert send(page, batch, "a.xlsx", WRONG).status_code == 201
    progress = until_judged(page, batch)
    assert progress == {"stage": "ready", "done": 6, "total": 6, "why": ""}
    report = page.get(f"{batch}/report")
    assert "6 files: 0 all right, 3 wrong, 3 not judged in full" in report.text
    assert "a (2).xlsx" in report.text
    assert "/1.xlsx" not in report.text
    assert report.headers["content-security-policy"].startswith("default-src 'none'; script-src 'sha256-")
    assert page.get(f"{batch}/marked/1").status_code == 404
    marked = page.get(f"{batch}/marked/0")
    assert marked.headers["content-disposition"] == 'attachment; filename="a-marked.xlsx"'
    book = openpyxl.load_workbook(BytesIO(marked.content))
    assert book.sheetnames[0] == "Findings"
    with zipfile.ZipFile(BytesIO(page.get(f"{batch}/marked").content)) as archive:
        assert archive.namelist() == ["a-marked.xlsx", "b/a-marked.xlsx", "a (2)-marked.xlsx"]
    assert page.post(f"{batch}/judge").status_code == 409
    assert send(page, batch, "late.xlsx", WRONG).status_code == 422


@pytest.mark.slow
@pytest.mark.parametrize("files", [1, 12])
def test_a_judge_that_dies_is_said_and_takes_its_processes_along(page: Any, files: int):
    batch = opened(page)
    for number in range(files):
        send(page, batch, f"{number}.xlsx", WRONG)
    page.post(f"{batch}/judge")
    while page.get(batch).json()["stage"] == "waiting" or (files > 1 and not page.get(batch).json()["done"]):
        sleep(0.01)
    (judge,) = active_children()
    judge.kill()
    until = monotonic() + 60
    while page.get(batch).json()["stage"] != "failed":
        assert monotonic() < until
        sleep(0.01)
    assert page.get(batch).json()["why"] == "judging ended the process; is memory short?"
    with suppress(ProcessLookupError):
        while True:
            os.killpg(judge.pid, 0)
            assert monotonic() < until
            sleep(0.01)
    batch = opened(page)
    send(page, batch, "a.xlsx", WRONG)
    assert until_judged(page, batch)["stage"] == "ready"


@pytest.mark.slow
def test_what_is_being_judged_is_not_waited_for_in_the_end(tmp_path: Path):
    desk = Desk(tmp_path, Limits(), jobs=1)
    batch = desk.batch(desk.open_batch())
    assert batch is not None
    batch.uploads = [uploads.Upload(EXAMPLES / "common-mistake.xlsx", f"{n}.xlsx") for n in range(12)]
    desk.judge(batch)
    while batch.progress.stage != "judging":
        sleep(0.01)
    desk.close()
    assert batch.progress.stage == "failed"
    assert active_children() == []


@pytest.mark.slow
def test_copies_whose_names_no_file_system_could_tell_apart_are_both_in_the_archive(page: Any):
    batch = opened(page)
    for name in ("a?.xlsx", "A:.xlsx", "ü" * 200 + "1.xlsx", "ü" * 200 + "2.xlsx"):
        send(page, batch, name, NEURON)
    until_judged(page, batch)
    with zipfile.ZipFile(BytesIO(page.get(f"{batch}/marked").content)) as archive:
        names = archive.namelist()
    assert names[:2] == ["a_-marked.xlsx", "2/A_-marked.xlsx"]
    assert len({name.lower() for name in names}) == 4
    assert max(len(part.encode()) for name in names for part in name.split("/")) < 255


@pytest.mark.slow
def test_the_limits_of_the_command_line_hold(tmp_path: Path):
    for page in served(tmp_path, Limits(cells=10)):
        batch = opened(page)
        send(page, batch, "a.xlsx", WRONG)
        assert until_judged(page, batch)["stage"] == "ready"
        assert "--max-cells" in page.get(f"{batch}/report").text


def test_nothing_is_judged_or_shown_before_it_is_there(page: Any):
    batch = opened(page)
    assert page.post(f"{batch}/judge").status_code == 409
    assert page.get(f"{batch}/report").status_code == 404
    assert page.get(f"{batch}/marked").status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.usefixtures("obeyed_signals")
def test_nothing_is_left_when_the_program_is_ended(tmp_path: Path, number: signal.Signals, code: int, busy: bool):
    httpx = pytest.importorskip("httpx")
    with served_page(tmp_path) as page:
        with httpx.Client(base_url=page.address) as client:
            client.headers["X-Sheetgen-Token"] = token_of(page)
            batch = opened(client)
            for place in range(12 if busy else 1):
                send(client, batch, f"{place}.xlsx", WRONG)
            if busy:
                client.post(f"{batch}/judge")
                while client.get(batch).json()["stage"] == "waiting":
                    sleep(0.02)
        assert len(list(tmp_path.iterdir())) == 1
        page.process.send_signal(number)
        assert page.process.wait(20) == code
        assert list(tmp_path.iterdir()) == []
        _, complaints = page.process.communicate()
        assert complaints == ("Interrupted.\n" if number == signal.SIGINT else "")


@pytest.mark.slow
@pytest.mark.usefixtures("obeyed_signals")
def test_an_upload_that_is_under_way_does_not_keep_the_program_from_ending(tmp_path: Path):
    with served_page(tmp_path) as page, socket.socket() as line:
        port = int(page.address.rstrip("/").rpartition(":")[2])
        line.connect(("127.0.0.1", port))
        headers = {"X-Sheetgen-Token": token_of(page)}
        with urlopen(Request(page.address + "batches", method="POST", headers=headers)) as answer:
            batch = json.load(answer)["batch"]
        head = f"Host: 127.0.0.1:{port}\r\nX-Sheetgen-Token: {headers['X-Sheetgen-Token']}\r\nContent-Length: 9999"
        line.sendall(f"POST /batches/{batch}/files?name=a.xlsx HTTP/1.1\r\n{head}\r\n\r\nPK".encode())
        while not list(tmp_path.rglob("*.xlsx")):
            sleep(0.01)
        page.process.send_signal(signal.SIGINT)
        assert page.process.wait(20) == 130
        assert list(tmp_path.iterdir()) == []
        assert page.process.communicate()[1] == "Interrupted.\n"


def test_a_fault_of_ours_is_shown_where_the_program_runs(
    page: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(Desk, "open_batch", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        page.post("/batches")
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path):
    with served_page(tmp_path) as page:
        port = page.address.rstrip("/").rpartition(":")[2]
        done = CliRunner().invoke(main, ["page", "--no-open", "--port", port])
        assert done.exit_code == 2
        assert done.stderr.startswith(f"sheetgen: --port: port {port} of 127.0.0.1 cannot be had (")
        assert done.stderr.count("\n") == 1
