"""What is said of a formula whose cached value is missing, as in a file by a program that does not calculate."""

UNREAD_RULE = "its update follows from a formula without a cached value, so its rule was not judged"
