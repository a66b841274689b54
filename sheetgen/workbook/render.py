"""Pictures of a workbook: its sheets as a spreadsheet application shows them, its charts drawn from their cells."""

import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook, load_workbook
from openpyxl.chart import ScatterChart
from openpyxl.chart.series import XYSeries
from openpyxl.utils.cell import range_boundaries

from sheetgen.errors import SheetgenError, did_you_mean, reason_of
from sheetgen.files import replacing
from sheetgen.spreadsheet.package import Limits, open_package

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TIMEOUT = 300
_PDF = 'pdf:calc_pdf_Export:{"SinglePageSheets":{"type":"boolean","value":"true"}}'
_DASHES = {"dash": "--", "lgDash": (0, (8, 3)), "sysDot": ":", "sysDash": (0, (2, 1))}


def render_sheets(file: Path, folder: Path, sheets: Sequence[str] = (), dots_per_inch: int = 80) -> list[Path]:
    """Write one PNG per sheet, the whole sheet on one picture, as LibreOffice shows it.

    Args:
        file: the workbook.
        folder: where the pictures go; made where there is none.
        sheets: the names of the sheets; all of them where empty.
        dots_per_inch: the size; 80 is about that of a screen.

    Raises:
        SheetgenError: the file cannot be read, a sheet is not in it, a program is missing or fails, or a picture cannot
            be written.
    """
    book = _open(file)
    names = _chosen(book, file, sheets)
    soffice, pdftoppm = _program("soffice", "libreoffice-calc"), _program("pdftoppm", "poppler-utils")
    _make(folder)
    pictures = []
    with tempfile.TemporaryDirectory(prefix="sheetgen-") as scratch:
        profile = (Path(scratch) / "profile").as_uri()
        command = [soffice, f"-env:UserInstallation={profile}", "--headless", "--convert-to", _PDF]
        _run([*command, "--outdir", scratch, str(file.resolve())], file)
        pdf = Path(scratch) / f"{file.stem}.pdf"
        if not pdf.is_file():
            raise SheetgenError(str(file), "LibreOffice could not show it", "see whether LibreOffice opens it by hand")
        for name in names:
            page = str(book.sheetnames.index(name) + 1)
            pictures.append(folder / f"{_file_name(name)}.png")
            size = ["-r", str(dots_per_inch), "-f", page, "-l", page]
            drawn = _run([pdftoppm, *size, "-singlefile", "-png", str(pdf)], file)
            with replacing(pictures[-1], [file]) as draft:
                draft.write_bytes(drawn)
    return pictures


def render_charts(file: Path, folder: Path, sheets: Sequence[str] = ()) -> list[Path]:
    """Write one PNG per line chart, drawn by matplotlib from the cached values of the chart's cells.

    Raises:
        SheetgenError: the file cannot be read, a sheet is not in it, a chart cannot be drawn, matplotlib is not
            installed, or a picture cannot be written.
    """
    book = _open(file)
    _make(folder)
    pictures = []
    for name in _chosen(book, file, sheets):
        for number, chart in enumerate(getattr(book[name], "_charts", []), start=1):
            # A chart without axes is no diagram of numbers: it draws the edges of the network's picture.
            if isinstance(chart, ScatterChart) and not chart.x_axis.delete:
                pictures.append(folder / f"{_file_name(name)}-chart-{number}.png")
                try:
                    figure = _drawn(book, chart)
                except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
                    where, remedy = f"{file}, {name}, chart {number}", "named and drawn from columns of cells"
                    raise SheetgenError(where, "cannot be drawn", f"its lines must be {remedy}") from error
                with replacing(pictures[-1], [file]) as draft:
                    figure.savefig(draft, metadata={"Software": None})
    return pictures


def _drawn(book: Workbook, chart: ScatterChart) -> "Figure":
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise SheetgenError("charts", "matplotlib is not installed", 'pip install "matplotlib>=3.8"') from error
    figure = Figure(figsize=(7, 4.2), dpi=110, layout="constrained")
    axes = figure.subplots()
    for series in chart.series:
        x, y = _values(book, series.xVal.numRef.f), _values(book, series.yVal.numRef.f)
        label = str(_values(book, series.tx.strRef.f)[0])
        axes.plot(x, y, label=label, linewidth=1.8, **_line_style(series))
    if chart.y_axis.scaling.logBase:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.set(title=_text(chart.title), xlabel=_text(chart.x_axis.title), ylabel=_text(chart.y_axis.title))
    axes.grid(visible=True, axis="y", color="#CBD2D9", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0)
    if len(chart.series) > 1:
        axes.legend(frameon=False)
    return figure


def _values(book: Workbook, reference: str) -> list[Any]:
    """Return the numbers of a range such as `'Learning rates'!$A$44:$A$144`; what is no number leaves a gap."""
    sheet, cells = reference.rsplit("!", 1)
    left, top, right, bottom = range_boundaries(cells)
    rows = book[sheet.strip("'").replace("''", "'")].iter_rows(top, bottom, left, right, values_only=True)
    values = [row[0] for row in rows]
    if len(values) == 1:
        return values
    return [value if isinstance(value, int | float) else float("nan") for value in values]


def _line_style(series: XYSeries) -> dict[str, Any]:
    line = series.graphicalProperties.line
    colour = line.solidFill.srgbClr if line.solidFill is not None else "000000"
    return {"color": f"#{colour}", "linestyle": _DASHES.get(line.prstDash or "", "-")}


def _text(title: object) -> str:
    rich = getattr(getattr(title, "tx", None), "rich", None)
    return "".join(run.t for paragraph in rich.p for run in paragraph.r or ()) if rich is not None else ""


def _open(file: Path) -> Workbook:
    # Opened first by a reader that says what is wrong with most wrong files.
    with (
        open_package(file, Limits()) as package,
        package.readable.open("rb") as stream,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # of what openpyxl leaves out, none of which is drawn
        try:
            return load_workbook(stream, data_only=True)
        except Exception as error:  # damaged parts lead the library anywhere
            raise SheetgenError(str(file), "not a readable workbook", "give an .xlsx file") from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"this folder cannot be made ({reason_of(error)})"
        raise SheetgenError(str(folder), what, "choose another place with -o") from error


def _chosen(book: Workbook, file: Path, sheets: Sequence[str]) -> list[str]:
    for name in sheets:
        if name not in book.sheetnames:
            remedy = f"{did_you_mean(name, book.sheetnames)}its sheets are {', '.join(book.sheetnames)}"
            raise SheetgenError(f"{file}, --sheet", f"no sheet {name!r}", remedy)
    return list(sheets) or book.sheetnames


def _file_name(sheet: str) -> str:
    return re.sub(r"[^\w.]+", "-", sheet).strip("-")


def _program(name: str, package: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise SheetgenError("render", f"the program {name} is not installed", f"install {package} (or --charts-only)")
    return path


def _run(command: list[str], file: Path) -> bytes:
    """Run a program on a workbook, and return what it writes to its standard output."""
    try:
        return subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT).stdout
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        program = Path(command[0]).name
        raise SheetgenError(str(file), f"{program} failed on it", f"see whether {program} opens it by hand") from error
