"""What is said of a formula whose cached value is missing, as in a file by a program that does not calculate."""

UNCALCULATED = (
    "no formula has a cached value, as in a file by a program that does not calculate, so only what the formulas mean "
    "was judged; open it in a spreadsheet application and save it"
)
UNREAD_RULE = "its update follows from a formula without a cached value, so its rule was not judged"
