"""The output of a whole program, compared with the output that was expected."""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?inf(?:inity)?", re.ASCII | re.IGNORECASE)
"""Decimal notation and infinity: no underscores, no other alphabets' digits, no hexadecimals. NaN is text."""
EXACT_DIGITS = 60
"""To how many digits a difference is computed that is compared with a tolerance."""
CONTEXT = Context(prec=EXACT_DIGITS, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])


class Expected:
    """An expected output, with the tolerance of its numbers.

    The rules without a tolerance are those of LiveCodeBench's own grader: white space around the output and around
    each line is nothing, as many lines must be there, and a line is right where its text is, or where both lines hold
    nothing but numbers and these are equal one by one (exactly, in decimals). With a tolerance words are compared one
    by one: numbers within it, others as text.
    """

    def __init__(self, text: str, abs_tol: float = 0.0, rel_tol: float = 0.0) -> None:
        self._lines = lines_of(text)
        self._tolerance = (Decimal(repr(abs_tol)), Decimal(repr(rel_tol))) if abs_tol or rel_tol else None

    def mismatch(self, output: str) -> str | None:
        """Say where an output is wrong first, or return None where it is right."""
        lines = lines_of(output)
        if len(lines) != len(self._lines):
            return f"expected {counted(self._lines)} of output, got {counted(lines)}"
        for number, (line, expected) in enumerate(zip(lines, self._lines, strict=True), start=1):
            if line != expected and not self._agrees(line.split(), expected.split()):
                return f"line {number}: expected {expected!r:.80}, got {line!r:.80}"
        return None

    def _agrees(self, words: list[str], expected: list[str]) -> bool:
        if len(words) != len(expected):
            return False
        if self._tolerance is None:
            return all(equal_numbers(*pair) for pair in zip(words, expected, strict=True))
        return all(word == wanted or self._near(word, wanted) for word, wanted in zip(words, expected, strict=True))

    def _near(self, word: str, wanted: str) -> bool:
        number, expected = number_in(word), number_in(wanted)
        if number is None or expected is None:
            return False
        if number == expected or not (number.is_finite() and expected.is_finite()):
            return number == expected
        assert self._tolerance is not None
        abs_tol, rel_tol = self._tolerance
        allowed = max(abs_tol, CONTEXT.multiply(rel_tol, expected.copy_abs()))
        return CONTEXT.subtract(number, expected).copy_abs() <= allowed


def lines_of(text: str) -> list[str]:
    """The lines of an output, without white space around them; one empty line where there is nothing else."""
    return [line.strip() for line in text.strip().split("\n")]


def counted(lines: list[str]) -> str:
    """How many lines there are, in words."""
    return "no line" if lines == [""] else "1 line" if len(lines) == 1 else f"{len(lines)} lines"


def equal_numbers(word: str, wanted: str) -> bool:
    """Whether both words are numbers, and the same one."""
    number, expected = number_in(word), number_in(wanted)
    return number is not None and expected is not None and number == expected


def number_in(word: str) -> Decimal | None:
    """The number that a word is, exactly, or None where it is none."""
    if NUMBER.fullmatch(word) is None:
        return None
    try:
        return Decimal(word)
    except InvalidOperation:  # an exponent beyond all bounds
        return None
