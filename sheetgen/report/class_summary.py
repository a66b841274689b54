"""What many files have in common: the same mistakes, and the same cells; plain data, which every report shows."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from sheetgen.verify.findings import FileReport, Finding, FindingKind

_Key = tuple[FindingKind, str, str]

# What differs from file to file in a message that says the same: addresses, rows, and how many cells.
_PARTICULARS = (
    (re.compile(r"\bcolumn [A-Z]{1,3} \(([^()]*)\)"), r"column \1"),
    (re.compile(r" \((?:'[^']*'!|\w+!)?\$?[A-Z]{1,3}\$?[0-9]+\)"), ""),
    (re.compile(r" in [0-9,]+ cells\b"), ""),
    (re.compile(r"\bfrozen at row [0-9]+"), "frozen in one row"),
    (re.compile(r"\b(rows?) [0-9]+(?: to [0-9]+)?"), r"\1"),
)
_REST = re.compile(r"; .*|: (?=[A-Z]{1,3}[0-9]).*", re.DOTALL)
_NUMBER = re.compile(r"[0-9_].*", re.DOTALL)


@dataclass(frozen=True)
class Mistake:
    """One mistake, with all who made it.

    Attributes:
        kind: its kind.
        words: what is wrong, in words, without what differs from file to file.
        quantities: the labels of the cells that have it, in the order in which they were met.
        files: the files that have it.
        findings: how many findings are of it.
        cells: how many cells have it.
    """

    kind: FindingKind
    words: str
    quantities: tuple[str, ...]
    files: tuple[str, ...]
    findings: int
    cells: int


@dataclass(frozen=True)
class Copies:
    """Files that hold the same.

    Attributes:
        alike: what is the same in all of them: `cells`, everything; or only the `formulas`, or the `values`.
        files: the files.
    """

    alike: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class ClassSummary:
    """What was found in many files.

    Attributes:
        reports: the reports on the files.
    """

    reports: Sequence[FileReport]

    @cached_property
    def mistakes(self) -> tuple[Mistake, ...]:
        """The mistakes, those of most files first, and of these the worst kinds."""
        return tuple(self._ranked.values())

    def of_file(self, report: FileReport) -> list[Mistake]:
        """List the mistakes of one file, the commonest of all files first."""
        return list(self._of_file(report).values())

    def places_in(self, report: FileReport) -> list[int]:
        """Return for each finding of a file the place of its mistake in that list."""
        place = {key: number for number, key in enumerate(self._of_file(report))}
        return [place[_key(finding)] for finding in report.findings]

    def _of_file(self, report: FileReport) -> dict[_Key, Mistake]:
        own = _grouped([report])
        return {key: own[key] for key in sorted(own, key=lambda key: self._rank.get(key, len(self._rank)))}

    @cached_property
    def _rank(self) -> dict[_Key, int]:
        return {key: number for number, key in enumerate(self._ranked)}

    @cached_property
    def copies(self) -> tuple[Copies, ...]:
        """The groups of files that hold the same, as far as fingerprints were taken; the largest groups first."""
        found: list[Copies] = []
        for alike in ("cells", "formulas", "values"):
            known = {each.files for each in found}
            found += [copies for copies in self._alike(alike) if copies.files not in known]
        return tuple(sorted(found, key=lambda each: -len(each.files)))

    def _alike(self, alike: str) -> list[Copies]:
        groups: dict[str, list[str]] = {}
        for report in self.reports:
            if report.details is not None:
                groups.setdefault(getattr(report.details.fingerprint, alike), []).append(report.file)
        groups.pop("", None)
        return [Copies(alike, tuple(files)) for files in groups.values() if len(files) > 1]

    @cached_property
    def _ranked(self) -> dict[_Key, Mistake]:
        kinds = list(FindingKind)
        found = _grouped(self.reports).items()
        return dict(sorted(found, key=lambda each: (-len(each[1].files), kinds.index(each[1].kind), -each[1].cells)))


def gist(finding: Finding) -> str:
    """Say what is wrong without what differs from file to file: `a_h1 stands where a_h2 belongs`."""
    words = _REST.sub("", finding.message) or finding.message
    for pattern, instead in _PARTICULARS:
        words = pattern.sub(instead, words)
    return words


def _key(finding: Finding) -> _Key:
    """Return what findings of one mistake share; a wrong formula of a gradient is another mistake than of a weight."""
    family = _NUMBER.sub("", finding.quantity) if finding.kind is FindingKind.WRONG_FORMULA else ""
    return finding.kind, gist(finding), family


def _grouped(reports: Iterable[FileReport]) -> dict[_Key, Mistake]:
    groups: dict[_Key, list[tuple[str, Finding]]] = {}
    for report in reports:
        for finding in report.findings:
            groups.setdefault(_key(finding), []).append((report.file, finding))
    return {key: _mistake(key, group) for key, group in groups.items()}


def _mistake(key: _Key, found: Sequence[tuple[str, Finding]]) -> Mistake:
    return Mistake(
        kind=key[0],
        words=key[1],
        quantities=_once(finding.quantity for _, finding in found),
        files=_once(file for file, _ in found),
        findings=len(found),
        cells=sum(finding.count for _, finding in found),
    )


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
