"""Formulas as trees: operators bind as in a spreadsheet, references keep their areas, elements of arrays are single."""

import pytest

from sheetgen.spreadsheet.formula import Area, Surroundings, UnreadableFormulaError, take_apart
from sheetgen.spreadsheet.formula_tree import Node, Tree, parse

AROUND = Surroundings(
    ("S", "Other sheet"), {"rate": "S!$B$1", "double": "LAMBDA(_xlpm.x,2*_xlpm.x)"}, {}, lambda _: (9, 9)
)


def tree_of(text: str) -> Tree:
    return parse(take_apart("=" + text, "S", 5, AROUND))


def shown(tree: Tree) -> str:
    """Write a tree with all its brackets."""

    def text(node: Node) -> str:
        parts = list(map(text, node.parts))
        if node.kind == "infix":
            return f"({parts[0]}{node.value}{parts[1]})"
        if node.kind == "prefix":
            return f"({parts[0]}%)" if node.value == "%" else f"({node.value}{parts[0]})"
        if node.kind in ("function", "call", "array"):
            return f"{node.value or 'call'}[{','.join(parts)}]"
        if node.kind == "reference":
            return tree.areas[int(node.value or 0)].text
        return f"{node.value:g}" if isinstance(node.value, float) else repr(node.value)

    return text(tree.root)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-2^2", "((-2)^2)"),
        ("2^3^2", "((2^3)^2)"),
        ("2^-1", "(2^(-1))"),
        ("-A1^B1", "((-A1)^B1)"),
        ("5-3-1", "((5-3)-1)"),
        ("8/4*2", "((8/4)*2)"),
        ("1+2*3^4", "(1+(2*(3^4)))"),
        ("(1+2)*3", "((1+2)*3)"),
        ("50%*A1", "((50%)*A1)"),
        ("-A1%", "(-(A1%))"),
        ("A1^2%", "(A1^(2%))"),
        ("2*-A1", "(2*(-A1))"),
        ("--A1", "(-(-A1))"),
        ("+A1", "A1"),
        ("A1-+B1", "(A1-B1)"),
        ("@A1:A3", "A1:A3"),
        ("1+2>A1&B1", "((1+2)>(A1&B1))"),
        ("A1=B1<>C1", "((A1=B1)<>C1)"),
        ("A1<=B1*2", "(A1<=(B1*2))"),
    ],
)
def test_operators_bind_as_in_a_spreadsheet(text, expected):
    assert shown(tree_of(text)) == expected


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("1.5E-3", Node("number", 0.0015)),
        ("TRUE", Node("truth", value=True)),
        ('"a ""b"""', Node("text", 'a "b"')),
        ("{1,2;3,4}", Node("array", 2, tuple(Node("number", float(each)) for each in (1, 2, 3, 4)))),
        ("_xlfn.SINGLE(1)", Node("function", "SINGLE", (Node("number", 1.0),))),
        ("exp(1)", Node("function", "EXP", (Node("number", 1.0),))),
        ("IF(1,,2)", Node("function", "IF", (Node("number", 1.0), Node("omitted"), Node("number", 2.0)))),
        ("_xlpm.Rate+1", Node("infix", "+", (Node("name", "_xlpm.rate"), Node("number", 1.0)))),
    ],
)
def test_what_is_no_reference_is_kept(text, root):
    assert tree_of(text) == Tree(root, ())


def test_an_area_that_recurs_is_listed_once():
    tree = tree_of("A1*B2:B4-A1+$A$1*'Other sheet'!A1")
    assert tree.areas == (
        Area("S", 1, 1, 1, 1),
        Area("S", 2, 2, 4, 2),
        Area("S", 1, 1, 1, 1, anchored=True),
        Area("Other sheet", 1, 1, 1, 1),
    )
    assert [node.value for node in tree.root.walk() if node.kind == "reference"] == [0, 1, 0, 2, 3]


def test_formulas_that_differ_only_in_their_references_have_the_same_root():
    assert tree_of("A1*B1+A1").root == tree_of("C7*'Other sheet'!D9+C7").root
    assert tree_of("A1*B1+A1").root != tree_of("A1*B1+B1").root


def test_a_defined_name_is_the_cell_that_it_stands_for():
    assert tree_of("A1-rate*C1").areas == tree_of("A1-$B$1*C1").areas


def test_a_function_of_the_workbook_is_called_as_its_lambda():
    root = tree_of("double(A1)").root
    assert (root.kind, root.parts[0].kind, root.parts[0].value) == ("call", "function", "LAMBDA")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INDEX(A1:B2,2,1)", "A2"),
        ("INDEX(A1:B2-C1:D2,1,2)", "(B1-D1)"),
        ("INDEX(-A1:B2%,2,2)", "(-(B2%))"),
        ("INDEX(TRANSPOSE(A1:B3),1,3)", "A3"),
        ("INDEX(A1:B2*TRANSPOSE(C1:D2),1,2)", "(B1*C2)"),
        ("INDEX(IF(A1:B2>0,A1:B2,0),2,1)", "IF[(A2>0),A2,0]"),
        ("INDEX(1/(1+EXP(-A1:B2)),2,2)", "(1/(1+EXP[(-B2)]))"),
        ("INDEX(MMULT(A1:B2,C1:D2),1,2)", "INDEX[MMULT[A1:B2,C1:D2],1,2]"),
        ("INDEX(MMULT(A1:B2,C1:D2)-E1:F2,1,2)", "(INDEX[MMULT[A1:B2,C1:D2],1,2]-F1)"),
        ("INDEX(A1:B2-$H$1*C1:D2,2,1)", "(A2-(H1*C2))"),
        ("INDEX(A1:A3+B1:D1,2,3)", "(A2+D1)"),  # a column and a row, each repeated
        ("INDEX(INDEX(A1:B2*2,1,2)*C1:D2,2,2)", "((B1*2)*D2)"),
        ("INDEX(A1:B2,3,1)", "INDEX[A1:B2,3,1]"),
        ("INDEX(A1:B2,1,0)", "INDEX[A1:B2,1,0]"),
        ("INDEX(A1:A3,C1)", "INDEX[A1:A3,C1]"),
        ("INDEX(A1:A3,C1,1)", "INDEX[A1:A3,C1,1]"),
        ("INDEX(A1:B2*2,C1,1)", "INDEX[(A1:B2*2),C1,1]"),
        ("SUM(INDEX(A1:B2,1,1),A1:B2)", "SUM[A1,A1:B2]"),
    ],
)
def test_an_element_of_an_array_is_a_formula_of_single_cells_where_it_can_be(text, expected):
    assert shown(tree_of(text)) == expected


def test_narrowing_one_formula_leaves_another_of_the_same_text_alone():
    assert shown(tree_of("INDEX(A1:B2,2,1)*3")) == "(A2*3)"
    assert shown(tree_of("INDEX(C5:D9,2,1)*3")) == "(C6*3)"


def test_walking_gives_outer_parts_before_inner_ones():
    kinds = [node.value for node in tree_of("EXP(-A1)+2").root.walk()]
    assert kinds == ["+", "EXP", "-", 0, 2.0]


@pytest.mark.parametrize("text", ["1+", "SUM(A1", "EXP(" * 200 + "A1" + ")" * 200])
def test_a_malformed_formula_is_refused(text):
    with pytest.raises(UnreadableFormulaError):
        tree_of(text)
