"""The report for people, on a terminal or as plain text."""

import io
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sheetgen.report.class_summary import ClassSummary
from sheetgen.report.excerpt import Excerpt, excerpts
from sheetgen.report.words import (
    SheetView,
    Side,
    affected,
    common_folder,
    note_lines,
    say_copies,
    say_mistake,
    sentence,
    sheets_of,
    sides,
    summary_row,
    totals,
)
from sheetgen.verify.findings import FileReport, Finding
from sheetgen.visible_text import clean, counted, shorten

_MOST_FINDINGS = 100
_PLAIN_WIDTH = 100
_NARROWEST_MESSAGE = 20
_WIDEST_QUANTITY = 14
_SHORTEST_FORMULA = 12
_INDENT = 2
_LABEL = 10
_MOST_MISTAKES, _MOST_COPIES, _MOST_NAMES = 3, 10, 8
_COLUMNS = ("cells", "quantity", "kind", "count", "what is wrong")
_COUNT = _COLUMNS.index("count")
_NARROW = 80  # below this the summary leaves out what the files' reports say as well
_STYLES = {0: "bold green", 1: "bold red", 2: "bold yellow"}


def to_text(reports: Sequence[FileReport]) -> str:
    """Return the reports as plain text."""
    stream = io.StringIO()
    plain = Console(file=stream, width=_PLAIN_WIDTH, color_system=None, force_terminal=False, force_jupyter=False)
    print_text(reports, plain)
    return "\n".join(line.rstrip() for line in stream.getvalue().split("\n"))


def print_text(reports: Sequence[FileReport], console: Console) -> None:
    """Print the reports on a console, using its width and colours."""
    for position, report in enumerate(reports):
        if position and any(each.findings or each.notes for each in reports[position - 1 : position + 1]):
            console.print()
        _print_file(report, console)
    if len(reports) != 1:
        summary = ClassSummary(reports)
        console.print()
        console.print(_table(summary, narrow=console.width < _NARROW))
        console.print()
        console.print(Text(totals(reports)))
        _print_in_common(summary, console)


def _print_file(report: FileReport, console: Console) -> None:
    verdict = Text.assemble((clean(f"{report.file}:"), "bold"), " ", (sentence(report), _STYLES[report.exit_code]))
    console.print(verdict)
    for sheet in sheets_of(report) if report.findings else ():
        console.print()
        console.print(_heading(sheet))
        if sheet.findings:
            console.print(Group(*_findings(sheet, console.width)))
    if report.findings and report.notes:
        console.print()
    for line in note_lines(report):
        console.print(Text(line))


def _heading(sheet: SheetView) -> Text:
    heading = Text(clean(f"{sheet.name}:" if sheet.tables else sheet.name), style="bold")
    if sheet.tables:
        heading.append(f" {sheet.tables}", style="not bold")
    if not sheet.findings:
        heading.append(", all right", style="not bold green")
    return heading


def _findings(sheet: SheetView, width: int) -> Iterator[RenderableType]:
    shown = sheet.findings[:_MOST_FINDINGS]
    lines = [tuple(map(clean, (f.range, f.quantity, f.kind, f"{f.count:,}", f.message))) for f in shown]
    widths = _widths([_COLUMNS, *lines], width)
    yield _line(_COLUMNS, widths, "dim")
    for finding, line in zip(shown, lines, strict=True):
        yield _line(line, widths)
        if len(widths) < len(_COLUMNS):
            yield Padding(Text(line[-1]), (0, 0, 0, 2 * _INDENT))
        yield from _details(finding, width)
    if len(sheet.findings) > len(shown):
        rest = counted(len(sheet.findings) - len(shown), "finding")
        yield Text(f"{' ' * _INDENT}… and {rest} more on this sheet; the other formats list all of them")


def _widths(lines: Sequence[Sequence[str]], width: int) -> tuple[int, ...]:
    """Return the columns' widths; the last column takes the remaining space, and has no width if that is too little."""
    cells, quantity, kind, count, _ = (max(map(cell_len, column)) for column in zip(*lines, strict=True))
    fixed = (cells, min(quantity, _WIDEST_QUANTITY), kind, count)
    room = width - _INDENT - sum(fixed) - 2 * len(fixed)
    return fixed if room < _NARROWEST_MESSAGE else (*fixed, room)


def _line(texts: Sequence[str], widths: Sequence[int], style: str = "") -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for position, width in enumerate(widths):
        table.add_column(width=width, justify="right" if position == _COUNT else "left", overflow="fold")
    table.add_row(*(Text(text, style=style) for text in texts[: len(widths)]))
    return Padding(table, (0, 0, 0, _INDENT), expand=False)


def _details(finding: Finding, width: int) -> Iterator[Text]:
    """Yield what stands in the first cell, what belongs there and how much it affects, a line each."""
    room = max(width - 2 * _INDENT - _LABEL, _NARROWEST_MESSAGE)
    found, expected = sides(finding)
    if found.formula and expected.formula and not found.value:
        pair = excerpts(found.formula, expected.formula, room)
    else:
        pair = Excerpt(_in_a_line(found, room), ()), Excerpt(_in_a_line(expected, room), ())
    for label, excerpt in zip(("found", "expected"), pair, strict=True):
        if excerpt.text:
            text = Text(excerpt.text)
            for start, end in excerpt.differences:
                text.stylize("bold underline", start, end)
            yield _detail(label, text)
    if finding.affected:
        yield _detail("affected", Text(affected(finding)))


def _in_a_line(side: Side, room: int) -> str:
    """Put formula and value into one line, shortening the formula to leave room for the value."""
    if not side.formula or not side.value:
        return shorten(side.text, room)
    end = side.text.removeprefix(side.formula)
    return shorten(side.formula, max(room - len(end), _SHORTEST_FORMULA)) + end


def _detail(label: str, text: Text) -> Text:
    return Text.assemble((f"{' ' * 2 * _INDENT}{label:<{_LABEL}}", "dim"), text, overflow="ellipsis", no_wrap=True)


def _table(summary: ClassSummary, *, narrow: bool) -> Table:
    folder = common_folder(summary.reports)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(Text(f"file in {clean(folder)}" if folder else "file"), overflow="fold")
    table.add_column("verdict", no_wrap=True)
    shown = slice(2, 3) if narrow else slice(None)
    for heading in ("tables", "cells", "findings")[shown]:
        table.add_column(heading, justify="right", no_wrap=True)
    if not narrow:
        table.add_column("commonest mistake", overflow="fold", ratio=1)
    for report in summary.reports:
        name, said, *rest = (Text(clean(report.file[len(folder) :])), *summary_row(report, summary))
        table.add_row(name, Text(said, style=_STYLES[report.exit_code]), *map(Text, rest[shown]))
    return table


def _print_in_common(summary: ClassSummary, console: Console) -> None:
    """Print which files are alike, and the commonest mistakes."""
    folder = common_folder(summary.reports)
    for copies in summary.copies[:_MOST_COPIES]:
        listed = ", ".join(clean(file[len(folder) :]) for file in copies.files[:_MOST_NAMES])
        more = f" and {len(copies.files) - _MOST_NAMES:,} more" if len(copies.files) > _MOST_NAMES else ""
        console.print(Text(f"{say_copies(copies)}: {listed}{more}"))
    if summary.mistakes:
        console.print()
        console.print(Text("The commonest mistakes:"))
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(justify="right", no_wrap=True)
        grid.add_column(overflow="fold")
        for mistake in summary.mistakes[:_MOST_MISTAKES]:
            grid.add_row(Text(counted(len(mistake.files), "file")), Text(say_mistake(mistake)))
        console.print(Padding(grid, (0, 0, 0, _INDENT), expand=False))
