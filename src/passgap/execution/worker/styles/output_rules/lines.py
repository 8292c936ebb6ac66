"""Lines of text or numbers, as LiveCodeBench compares them; with a tolerance, words."""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation

from .base import OutputRule

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?inf(?:inity)?", re.ASCII | re.IGNORECASE)
"""Decimal notation and infinity: no underscores, no other alphabets' digits, no hexadecimals. NaN is text."""
EXACT_DIGITS = 60
"""The number of digits to which a difference is computed before it is compared with a tolerance."""
CONTEXT = Context(prec=EXACT_DIGITS, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])


class Expected:
    """An expected output, with the tolerance for its numbers.

    Without a tolerance the rules are those of LiveCodeBench's own grader: white space around the output and around each
    line is ignored, the number of lines must match, and a line is right if its text is, or if both lines consist of
    numbers only and these are equal one by one (exactly, in decimals). With a tolerance words are compared one by one:
    numbers within it, others as text.
    """

    def __init__(self, text: str, abs_tol: float = 0.0, rel_tol: float = 0.0) -> None:
        self._lines = lines_of(text)
        self._tolerance = (Decimal(repr(abs_tol)), Decimal(repr(rel_tol))) if abs_tol or rel_tol else None

    def mismatch(self, output: str) -> str | None:
        """Say where an output is wrong first; None if it is right."""
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
    """Return the lines of an output, without white space around them; one empty line if there is nothing else."""
    return [line.strip() for line in text.strip().split("\n")]


def counted(lines: list[str]) -> str:
    """Say how many lines there are."""
    return "no line" if lines == [""] else "1 line" if len(lines) == 1 else f"{len(lines)} lines"


def equal_numbers(word: str, wanted: str) -> bool:
    """Whether both words are numbers, and equal."""
    number, expected = number_in(word), number_in(wanted)
    return number is not None and expected is not None and number == expected


def number_in(word: str) -> Decimal | None:
    """Return the number that a word is, exactly; None if it is not a number."""
    if NUMBER.fullmatch(word) is None:
        return None
    try:
        return Decimal(word)
    except InvalidOperation:  # the exponent is too large
        return None


class Lines(OutputRule):
    """Line by line; see :class:`Expected`."""

    name = "lines"

    def expected(self, text: str, abs_tol: float, rel_tol: float) -> Expected:
        return Expected(text, abs_tol, rel_tol)


RULE = Lines()
