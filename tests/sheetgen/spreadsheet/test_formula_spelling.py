"""Which formulas are one formula in two spellings, and which are two."""

import pytest

from sheetgen.spreadsheet.formula_spelling import one_spelling

SPELLINGS = [
    ("=SUM(B1:B2)+1E-9", "=sum( B1:B2 ) + 0.000000001"),
    ("=IF(A1>2,TRUE,FALSE)", "=IF(A1>2,TRUE(),false( ))"),
    ("=Start!$D$19*2", "='Start'!$D$19*2"),
    ("='LR 0.5'!A1", "='lr 0.5'!a1"),
    ("=0.0005*A1", "=5e-4*A1"),
    ("=A1*.5", "=A1*0.50"),
    ("=A1>1E-9", "=A1>9.99999999999999999981e-10"),
    ("=_xlfn.TANH(A1)", "=TANH(A1)"),
    ("=_xlfn._xlws.SORT(A1:A3)", "=SORT(A1:A3)"),
    ("=T1[[#This Row],[w1]]", "=T1[[#this row], [w1]]"),
    ("=A1\n+B1", "=A1+B1"),
    ("=SUMPRODUCT(--(A1:A3<B1))", "=SUMPRODUCT(-(-(A1:A3<B1)))"),
    ("={1,2;3,4}*A1", "={1, 2; 3, 4.0}*A1"),
    ("=SUM(3:5)", "=sum( 3:5 )"),
    ("=A1:B2 B1:C3", "=a1:b2  b1:c3"),
]
DIFFERENT = [
    ("=A1+B1", "=B1+A1"),
    ("=$A1", "=A1"),
    ('="a b"', '="ab"'),
    ('="TRUE"', '="true"'),
    ("=A1*0.5", "=A1*0.51"),
    ("=TRUE", "=FALSE()"),
    ("=A1:B2 B1:C3", "=A1:B2"),
    ("=A1*(B1+C1)", "=A1*B1+C1"),
    ("=SUM(35:40)", "=SUM(35:41)"),
    ("=SUM($35:$40)", "=SUM(35:40)"),
    ("=A11", "=A1"),
    ("=A1%", "=A1"),
    ("=-(-A1+2)", "=--A1+2"),
    ("=-(-(A1)+2)", "=--(A1)+2"),
    ("=Sheet1!A1", "=Sheet2!A1"),
    ("='a''b'!A1", "='ab'!A1"),
    ("=1E+5", "=1E-5"),
]


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_spelling_makes_no_difference(one: str, other: str) -> None:
    assert one_spelling(one) == one_spelling(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_a_formula_does_makes_one(one: str, other: str) -> None:
    assert one_spelling(one) != one_spelling(other)
