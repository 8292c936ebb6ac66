"""Words in lower case and numbers within 1e-5, as CodeContests compares them."""

from __future__ import annotations

import math

from .base import OutputRule

TOLERANCE = 1e-5


class Words:
    """The words of an expected output (Li et al. 2022; ``execution/tester_sandboxer.cc`` of google-deepmind)."""

    def __init__(self, text: str) -> None:
        self._words = text.lower().split()

    def mismatch(self, output: str) -> str | None:
        """Say where an output is wrong first; None if it is right."""
        words = output.lower().split()
        if len(words) != len(self._words):
            return f"expected {len(self._words)} words of output, got {len(words)}"
        for number, (word, wanted) in enumerate(zip(words, self._words, strict=True), start=1):
            if word != wanted and not close(word, wanted):
                return f"word {number}: expected {wanted!r:.80}, got {word!r:.80}"
        return None


class Tokens(OutputRule):
    """White space parts words and counts for nothing else; see :class:`Words`. Stated tolerances are not used."""

    name = "tokens-lower-1e-5"

    def expected(self, text: str, abs_tol: float, rel_tol: float) -> Words:
        return Words(text)


RULE = Tokens()


def close(word: str, wanted: str) -> bool:
    """Whether both words are numbers, and within :data:`TOLERANCE`."""
    try:
        distance = abs(float(word) - float(wanted))
    except ValueError:
        return False
    return math.isfinite(distance) and distance < TOLERANCE
