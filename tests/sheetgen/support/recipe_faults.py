"""Single faults in our own workbook, put into its XML, and edits that are none.

The addresses are those of the class workbook with the learning rates 0.5 and 0.8 and six iterations.
"""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from sheetgen.spreadsheet.opened_workbook import open_workbook

Edit = Callable[["Parts"], None]


class Parts:
    """The parts of a workbook as texts, to be changed.

    Attributes:
        texts: by the part's name.
        sheets: the part of each sheet, by the sheet's name.
    """

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as package:
            self.texts = {name: package.read(name).decode() for name in package.namelist()}
        with open_workbook(path) as workbook:
            self.sheets = dict(workbook.parts)

    def save(self, path: Path) -> Path:
        """Write the workbook."""
        with zipfile.ZipFile(path, "w") as package:
            for name, text in self.texts.items():
                package.writestr(name, text)
        return path

    def replace(self, part: str, old: str, new: str) -> None:
        """Replace the first occurrence of a text in a part."""
        assert old in self.texts[part], (part, old)
        self.texts[part] = self.texts[part].replace(old, new, 1)

    def cut(self, part: str, tag: str, number: int = 0) -> None:
        """Cut an element out of a part; with a number, not the first of its kind."""
        found = list(re.finditer(rf"<{tag}\b.*?</{tag}>", self.texts[part], re.DOTALL))[number]
        self.texts[part] = self.texts[part][: found.start()] + self.texts[part][found.end() :]

    def cell(self, sheet: str, address: str, inner: str, kind: str = "") -> None:
        """Replace what a cell holds; a cell that is not there is added."""
        part = self.sheets[sheet]
        text, column, row = self.texts[part], address.rstrip("0123456789"), address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        match = re.search(rf'<c r="{address}"(?P<style> s="\d+")?[^>]*?(?:/>|>(?P<inner>.*?)</c>)', text)
        style = match["style"] or "" if match else ""
        written = f'<c r="{address}"{style}{kind}>{inner}</c>'
        if match:
            self.texts[part] = text[: match.start()] + written + text[match.end() :]
        else:
            assert column
            self.texts[part] = re.sub(rf'(<row r="{row}"[^>]*>.*?)</row>', rf"\g<1>{written}</row>", text, count=1)

    def value(self, sheet: str, address: str) -> str:
        """Return a cell's cached value as it is written."""
        match = re.search(rf'<c r="{address}"[^>]*>.*?<v>(.*?)</v></c>', self.texts[self.sheets[sheet]])
        assert match is not None
        return match[1]


def formula(sheet: str, address: str, new: str) -> Edit:
    """Give a cell another formula; its cached value stays."""

    def edit(parts: Parts) -> None:
        text = parts.texts[parts.sheets[sheet]]
        match = re.search(rf'<c r="{address}"[^>]*?(?P<kind> t="\w+")?><f[^>]*>.*?</f><v>(?P<value>.*?)</v>', text)
        assert match is not None, (sheet, address)
        parts.cell(sheet, address, f"<f>{escape(new)}</f><v>{match['value']}</v>", match["kind"] or "")

    return edit


def within(sheet: str, address: str, old: str, new: str) -> Edit:
    """Replace part of a cell's formula."""

    def edit(parts: Parts) -> None:
        text = parts.texts[parts.sheets[sheet]]
        match = re.search(rf'<c r="{address}"[^>]*><f[^>]*>(.*?)</f>', text)
        assert match is not None, (sheet, address)
        assert escape(old) in match[1], (match[1], old)
        changed = match[0].replace(escape(old), escape(new), 1)
        parts.texts[parts.sheets[sheet]] = text[: match.start()] + changed + text[match.end() :]

    return edit


def pasted(sheet: str, address: str) -> Edit:
    """Paste a cell's value over its formula."""
    return lambda parts: parts.cell(sheet, address, f"<v>{parts.value(sheet, address)}</v>")


def typed(sheet: str, address: str, number: float) -> Edit:
    """Type a number into a cell."""
    return lambda parts: parts.cell(sheet, address, f"<v>{number!r}</v>")


def text(sheet: str, address: str, words: str) -> Edit:
    """Type a text into a cell."""
    return lambda parts: parts.cell(sheet, address, f"<is><t>{escape(words)}</t></is>", ' t="inlineStr"')


def emptied(sheet: str, address: str) -> Edit:
    """Delete what a cell holds."""
    return lambda parts: parts.cell(sheet, address, "")


def part(name: str, old: str, new: str) -> Edit:
    """Replace a text in a part."""
    return lambda parts: parts.replace(name, old, new)


def on(sheet: str, old: str, new: str) -> Edit:
    """Replace a text in a sheet's part."""
    return lambda parts: parts.replace(parts.sheets[sheet], old, new)


class Fault(NamedTuple):
    """One fault: what it is, the sheet and the cell where it must be found, and how it is made."""

    name: str
    sheet: str
    cell: str
    edit: Edit


_ANCHOR = "xdr:twoCellAnchor"
_BOOK, _CURVES = "xl/workbook.xml", "Learning rates"
_WRITTEN = "Gradient check"


def _cell(name: str, edit: Callable[..., Edit], sheet: str, address: str, *others: object) -> Fault:
    return Fault(f"{sheet} {address}: {name}", sheet, address, edit(sheet, address, *others))


def _chart(name: str, number: int, sheet: str, corner: str, old: str, new: str) -> Fault:
    return Fault(f"chart {number} on {sheet}: {name}", sheet, corner, part(f"xl/charts/chart{number}.xml", old, new))


CELLS = (
    _cell("another learning rate's η", formula, "Start", "G19", "'Learning rates'!$B$6"),
    _cell("another milestone", formula, "Start", "I19", "'Learning rates'!$D$5"),
    _cell("a typed result", pasted, "Start", "H20"),
    _cell("halving from the wrong row", formula, "Start", "J21", "'Learning rates'!$F$6"),
    _cell("verdict of another cell", within, "Start", "B3", "$B$4", "$B$3"),
    _cell("a heading", text, "Start", "B17", "The network's numbers (do not change them)"),
    _cell("a meaning swapped", text, "Start", "C28", "first weight h1 → o2"),
    _cell("a name swapped", text, "Start", "B24", "w3"),
    _cell("a heading of the summary", text, "Start", "I18", "E_total after 7"),
    _cell("an explanation emptied", emptied, "Start", "C7"),
    _cell("a mark that is never set", within, "Start", "E23", "✗", ""),
    _cell("a hint that counts too little", within, "Start", "B15", "D19:D30", "D19:D29"),
    _cell("the table's number", within, "Workings", "C4", "$A$7", "$A$6"),
    _cell("the row", within, "Workings", "C5", "+1", "+2"),
    _cell("the row without its limit", formula, "Workings", "C5", "INT(Network!$E$5)+1"),
    _cell("a picture's number from the next row", within, "Workings", "E10", "Network!$C$37,4)", "Network!$C$38,4)"),
    _cell("a gradient in the picture", within, "Workings", "E11", "Network!$C$56", "Network!$C$57"),
    _cell("an entry's column", within, "Network", "C36", "$F$16", "$G$16"),
    _cell("an entry's sheet", within, "Network", "C40", "'LR 0.8'", "'LR 0.5'"),
    _cell("a name in the picture", within, "Workings", "E14", "w4", "w3"),
    _cell("where a text stands", typed, "Workings", "F14", 332.6),
    _cell("where an edge ends", within, "Workings", "L9", "=1,", "=2,"),
    _cell("where an edge begins", typed, "Workings", "M11", 9.5),
    _cell("a step's formula", within, "Steps", "E8", "+", "-"),
    _cell("a step's activation", formula, "Steps", "E9", "1/(1+EXP(Network!$C$40))"),
    _cell("a step in symbols", text, "Steps", "C10", "w3·i1 + w3·i2"),
    _cell("a step's numbers", within, "Steps", "D10", "Workings!$C$16", "Workings!$C$17"),
    _cell("the table's number beside a step", formula, "Steps", "F10", "Network!$C$43"),
    _cell("a mark that always agrees", formula, "Steps", "G10", '"✓"'),
    _cell("a mark with a wide tolerance", within, "Steps", "G11", "1E-12", "1E-1"),
    _cell("a formula's text", within, "Steps", "H9", "EXP(-J", "EXP(-K"),
    _cell("a remark", text, "Steps", "D17", "How near the outputs are to their targets."),
    _cell("one-sided difference", formula, _WRITTEN, "F11", "(D11-E11)/$D$5"),
    _cell("a shifted network of another weight", formula, _WRITTEN, "D12", "N41"),
    _cell("the right gradient at the switch", within, _WRITTEN, "G13", '="yes"', '="no"'),
    _cell("a gradient of another weight", formula, _WRITTEN, "G15", "Network!$C$60"),
    _cell("a relative error", within, _WRITTEN, "H16", "/(", "/2/("),
    _cell("a verdict that is always good", within, _WRITTEN, "I17", "1E-6", "1E+6"),
    _cell("the count of good verdicts", within, _WRITTEN, "B8", "I11:I18", "I11:I17"),
    _cell("a shifted weight", within, _WRITTEN, "C37", "+$D$5", "-$D$5"),
    _cell("a typed slope", pasted, _WRITTEN, "F14"),
    _cell("η of another sheet", formula, _CURVES, "B6", "'LR 0.5'!$C$2"),
    _cell("an error of another sheet", within, _CURVES, "E6", "LR 0.8", "LR 0.5"),
    _cell("halves of the wrong column", within, _CURVES, "F5", "$X$16:$X$22", "$W$16:$W$22"),
    _cell("ranked the wrong way round", within, _CURVES, "G5", "<E5", ">E5"),
    _cell("rises by half", within, _CURVES, "H7", "1E-9", "1E-1"),
    _cell("the worst learning rate", within, _CURVES, "D10", "MATCH(1,", "MATCH(3,"),
    _cell("a point of a curve", formula, _CURVES, "C71", "'LR 0.8'!$X$19"),
    _cell("a typed point of a curve", pasted, _CURVES, "D72"),
    _cell("a step without η", formula, _CURVES, "E70", "SQRT(SUMSQ('LR 0.5'!$Y$17:$AF$17))"),
    _cell("a path of another row", within, _CURVES, "I70", "$17", "$18"),
    _cell("a weight's column", within, _CURVES, "D43", "$C$43", "$C$44"),
    _cell("a heading of a curve", text, _CURVES, "C68", "LR 0.5"),
    _cell("a sentence turned round", text, _CURVES, "A14", "is up and how steep; η says how far to step."),
    _cell("a wide tolerance", within, "Exercises", "G10", "0.005", "0.5"),
    _cell("an answer of another question", within, "Exercises", "G11", "Solutions!$C$11", "Solutions!$C$13"),
    _cell("a hint", within, "Exercises", "I12", "w4·i2", "w4·i1"),
    _cell("the score's range", within, "Exercises", "E7", "G10:G42", "G10:G41"),
    _cell("a given number", typed, "Exercises", "C14", 0.3),
    _cell("a question's name", text, "Exercises", "E12", "h3"),
    _cell("a solution", within, "Solutions", "C12", "Exercises!$C$17", "Exercises!$C$16"),
    _cell("a typed solution", pasted, "Solutions", "C13"),
    _cell("a solution's formula in symbols", text, "Solutions", "F20", "(t1 − a_o1)²"),
    _cell("the mistake put right", within, "Solutions", "D27", "(1-$C$11)", "(1-$C$13)"),
    _cell("a verdict that never fails", within, "Checks", "B4", "SUM(H33:H311)>0", "SUM(H33:H311)<0"),
    _cell("a verdict on some gradients", within, "Checks", "B4", "COUNTIF(H18:H29", "COUNTIF(H18:H28"),
    _cell("a table's gradients", within, "Checks", "G8", "H22:H25", "H22:H24"),
    _cell("a wide tolerance of slopes", within, "Checks", "H20", "1E-06", "1E-01"),
    _cell("a one-sided slope", within, "Checks", "E21", "(2*R14)", "R14"),
    _cell("the gradients' parts", within, "Checks", "F21", "$AT$6:$AW$6", "$AT$5:$AW$5"),
    _cell("a weight that does not move", formula, "Checks", "W8", "'LR 0.5'!$F$17"),
    _cell("a part of ε", typed, "Checks", "X6", 0.25),
    _cell("numbers that are not set aside", within, "Checks", "G34", "$D$7>0", "$D$7>9"),
    _cell("a comparison's row", formula, "Checks", "F34", "'LR 0.5'!$B$17"),
    _cell("a comparison's difference", within, "Checks", "G35", "10),1)", "1),1)"),
    _cell("a comparison that never differs", formula, "Checks", "H36", "0"),
    _cell("NumPy's number", typed, "Checks", "E37", 0.15000001),
    _cell("a shipped number", typed, "Checks", "L11", 0.16),
    _cell("what was changed", within, "Checks", "N11", "L11=M11", "L10=M10"),
    _cell("the largest difference's range", within, "Checks", "E8", "G218", "G126"),
    _cell("a heading of a table", text, "LR 0.5", "B1", "Learning rate 0.8"),
    _cell("a legend", text, "LR 0.8", "I5", "h1 = w1·i1 + w3·i2"),
    _cell("a legend of a gradient", text, "Your η", "O9", "∂E/∂w5 = (t1 − a_o1)·a_o1·(1 − a_o1)·a_h1"),
    _cell("an offered rate", typed, "Your η", "E3", 7),
)

TABLES = (
    _cell("a first weight pasted", pasted, "LR 0.5", "F16"),
    _cell("a first weight from its neighbour", formula, "LR 0.5", "G16", "Start!$D$23"),
    _cell("a target from the row above", formula, "LR 0.8", "B18", "B17"),
    _cell("a target of the other output", formula, "LR 0.8", "C19", "Start!$D$21"),
    _cell("an input typed", pasted, "Your η", "D19"),
    _cell("the rate of another sheet", formula, "LR 0.8", "F20", "F19-'LR 0.5'!$C$2*Y19"),
    _cell("an input of another sheet", formula, "LR 0.8", "J20", "F20*'LR 0.5'!D20+G20*E20"),
    _cell("a gradient of the other neuron", within, "LR 0.5", "AA18", "M18*(1-M18)", "K18*(1-K18)"),
    _cell("a typed activation", typed, "LR 0.5", "K18", 0.5),
)

CHARTS = (
    _chart("a line of another learning rate", 1, "Start", "F25", "$C$69:$C$75</c:f>", "$D$69:$D$75</c:f>"),
    _chart("its title", 1, "Start", "F25", "Change a number", "Change no number"),
    _chart("half of the rows", 4, _CURVES, "A19", "$B$69:$B$75</c:f>", "$B$69:$B$72</c:f>"),
    _chart("a line with another's name", 4, _CURVES, "A19", "$B$68</c:f>", "$C$68</c:f>"),
    _chart("an axis that is not logarithmic", 5, _CURVES, "G19", '<c:logBase val="10"/>', ""),
    _chart("the iterations", 6, _CURVES, "A47", "$A$69:$A$75</c:f>", "$B$69:$B$75</c:f>"),
    _chart("the name of an axis", 7, _CURVES, "G47", "'Learning rates'!$C$44</c:f>", "'Learning rates'!$C$43</c:f>"),
    _chart("the end of an axis", 8, "LR 0.5", "B4", '<c:max val="6"/>', '<c:max val="3"/>'),
    _chart("another sheet's curve", 9, "LR 0.8", "B4", "$C$69:$C$75</c:f>", "$B$69:$B$75</c:f>"),
    _chart("an axis upside down", 2, "Network", "B8", '"maxMin"', '"minMax"'),
    _chart("an edge's ends", 2, "Network", "B8", "$L$8:$L$37</c:f>", "$L$8:$L$34</c:f>"),
    _chart("a text of another place", 2, "Network", "B8", "$E$10</c:f>", "$E$12</c:f>"),
    Fault("chart 3 without a line", _WRITTEN, "J10", lambda parts: parts.cut("xl/charts/chart3.xml", "c:ser")),
    Fault("a chart that is gone", _CURVES, "G19", lambda parts: parts.cut("xl/drawings/drawing4.xml", _ANCHOR, 1)),
)

RULES = (
    Fault("a name that means another cell", "Start", "D23", part(_BOOK, "Start!$D$23<", "Start!$D$24<")),
    Fault("a name that is gone", "Start", "D24", part(_BOOK, 'name="w_2"', 'name="v_2"')),
    Fault("a sheet's η that means another's", "LR 0.8", "C2", part(_BOOK, "'LR 0.8'!$C$2<", "'LR 0.5'!$C$2<")),
    Fault("the name of the chosen iteration", "Network", "E5", part(_BOOK, "Network!$E$5<", "Network!$E$4<")),
    Fault("a validation's end", "Network", "E5", on("Network", "<formula2>6<", "<formula2>60<")),
    Fault("a validation's list", "Network", "E4", on("Network", "$A$5:$A$7</formula1>", "$A$5:$A$6</formula1>")),
    Fault("a validation that refuses nothing", "Network", "E6", on("Network", 'showErrorMessage="1" sqref', "sqref")),
    Fault("a validation that is gone", _WRITTEN, "D6", on(_WRITTEN, '"1" sqref="D6"', '"1" sqref="Z99"')),
    Fault("a validation's words", _CURVES, "C43", on(_CURVES, '"w1,w2,', '"w1,')),
    Fault("the offered cells", "Your η", "C2", on("Your η", "<formula1>$C$3:$H$3<", "<formula1>$C$3:$G$3<")),
    Fault("a conditional format's text", _WRITTEN, "B11", on(_WRITTEN, '="✗ wrong"</formula>', '="✓"</formula>')),
    Fault("a conditional format's cells", "LR 0.5", "F16", on("LR 0.5", '"F16:I22"', '"F16:H22"')),
    Fault("a conditional format's limit", "LR 0.5", "B16", on("LR 0.5", "<formula>99999<", "<formula>9<")),
    Fault("a reply that is not coloured", "Exercises", "G10", on("Exercises", '="✗"</formula>', '="x"</formula>')),
    Fault("calculated by hand", "Start", "A1", part(_BOOK, "<calcPr ", '<calcPr calcMode="manual" ')),
    Fault("precision as displayed", "Start", "A1", part(_BOOK, "<calcPr ", '<calcPr fullPrecision="0" ')),
    Fault("iterative", "Start", "A1", part(_BOOK, "<calcPr ", '<calcPr iterate="1" ')),
)

FAULTS = (*CELLS, *TABLES, *CHARTS, *RULES)
