"""Write the kinds of finding, as the registry lists them, where people and programs look them up.

`python docs/make_kinds.py` brings the table in `docs/verify.md` and the JSON schema up to date.
"""

import json
import re
from pathlib import Path

from sheetgen.verify.kinds import FindingKind

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs" / "verify.md"
SCHEMA = ROOT / "sheetgen" / "report" / "schema.json"

_TABLE = re.compile(r"(?<=<!-- kinds of finding: written by docs/make_kinds.py -->\n).*?(?=<!-- end -->)", re.DOTALL)
_PROPERTY = re.compile(r'(?<="kind": )\{.*?\n        \}', re.DOTALL)


def table() -> str:
    """Return the kinds as a Markdown table."""
    rows = [f"| `{kind}` | {kind.meaning} | {kind.evidence} | {kind.example} |\n" for kind in FindingKind]
    return "| kind | meaning | how it is found | example |\n|---|---|---|---|\n" + "".join(rows)


def schema() -> str:
    """Return the JSON schema of a finding's kind."""
    meanings = "; ".join(f"{kind}: {kind.meaning}" for kind in FindingKind)
    described = {"description": f"What is wrong. {meanings}.", "enum": [str(kind) for kind in FindingKind]}
    return json.dumps(described, ensure_ascii=False, indent=2).replace("\n", "\n        ")


def documents() -> dict[Path, str]:
    """Return the files that list the kinds, with what they should hold."""
    docs, described = DOCS.read_text(encoding="utf-8"), SCHEMA.read_text(encoding="utf-8")
    return {DOCS: _TABLE.sub(lambda _: table(), docs), SCHEMA: _PROPERTY.sub(lambda _: schema(), described, count=1)}


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
