"""Where a verdict differs from plain CPython's: the lines of "Where a verdict differs" in docs/execution.md."""

from __future__ import annotations

DIFFERENCES: dict[str, tuple[str, ...]] = {
    "objects of a program's own classes, compared with a value of the tests": (
        "objects/equals-values-of-tests/0",
        "objects/equals-values-of-tests/1",
        "objects/linked-structure-with-len-and-iter/0",
        "unit_tests/equal-to-everything/1",
        "unit_tests/equal-to-everything/2",
    ),
    "what belongs to the process and is not carried over": ("unit_tests/patched-builtins/1",),
    "functions of the tests that the program uses by name": (
        "leetcode/nested-function-counts-calls/0",
        "leetcode/nested-function-counts-calls/1",
    ),
    "the class of a call's StopIteration": ("objects/exception-kinds/0",),
    "a generator that the program and then the tests draw from": ("first_uses/draws-interleaved/0",),
    "the moment at which an object of the tests is freed": ("classes/object-of-the-tests-dies/0",),
    "names that a star import leaves out": ("modules/star-import-pytest/0",),
}
"""From the line's subject to the cases of the corpus that show it."""
