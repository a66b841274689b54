"""The registered kinds of finding, and that whoever looks them up finds what the registry says."""

import json
import pickle
import runpy
from pathlib import Path

import pytest
from click.testing import CliRunner

from sheetgen.cli import main
from sheetgen.verify.kinds import FindingKind

MAKER = runpy.run_path(str(Path(__file__).parents[3] / "docs" / "make_kinds.py"))


@pytest.mark.parametrize("name", ["DOCS", "SCHEMA"])
def test_the_docs_and_the_schema_list_the_kinds_as_the_registry_does(name: str):
    path = MAKER[name]
    assert path.read_text(encoding="utf-8") == MAKER["documents"]()[path], "run docs/make_kinds.py"


def test_the_places_for_the_kinds_are_there_to_be_filled():
    docs = MAKER["DOCS"].read_text(encoding="utf-8")
    described = json.loads(MAKER["SCHEMA"].read_text(encoding="utf-8"))["$defs"]["finding"]["properties"]["kind"]
    for kind in FindingKind:
        assert docs.count(f"| `{kind}` | {kind.meaning} | {kind.evidence} | {kind.example} |\n") == 1
        assert f"{kind}: " in described["description"]
    assert described["enum"] == list(FindingKind)


@pytest.mark.parametrize("kind", list(FindingKind))
def test_every_kind_says_what_it_means_in_one_line(kind: FindingKind):
    for text in (kind.meaning, kind.evidence, kind.example):
        assert text.isprintable()
        assert "|" not in text
        assert 10 < len(text) < 120
        assert not text.endswith(".")


def test_a_kind_is_its_name():
    assert (str(FindingKind.EMPTY), FindingKind("empty")) == ("empty", FindingKind.EMPTY)
    assert pickle.loads(pickle.dumps(FindingKind.EMPTY)) is FindingKind.EMPTY
    assert json.dumps(FindingKind.EMPTY) == '"empty"'


def test_the_help_of_verify_names_every_kind():
    lines = CliRunner().invoke(main, ["verify", "--help"], terminal_width=80).output.splitlines()
    for kind in FindingKind:
        (line,) = (line for line in lines if line.split()[:1] == [kind])
        assert line.endswith(kind.meaning)
        assert len(line) <= 80
