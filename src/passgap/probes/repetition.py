"""Repetition: how much a completion repeats itself, by the share of its n-grams that occurred in it before."""

from __future__ import annotations

from passgap.languages import code_tokens
from passgap.probes._outcome import Rule
from passgap.probes.base import ScoreProbe, mean_of
from passgap.spec import Tolerance, ToleranceUnit

NGRAM = 4


def repetition(text: str, n: int = NGRAM) -> float | None:
    """Return 1 - distinct / all over the text's n-grams, a fraction; None for a text of fewer than n tokens.

    The measure is rep-n of Welleck et al. 2020 (arXiv 1908.04319).
    """
    tokens = code_tokens(text)
    grams = list(zip(*(tokens[offset:] for offset in range(n)), strict=False))
    if not grams:
        return None
    return 1.0 - len(set(grams)) / len(grams)


PROBE = ScoreProbe(
    name="repetition",
    position=10,
    quantity="share of repeated 4-grams in a completion",
    in_words="repetition within an answer",
    rule=Rule.RISE,
    collapse=True,
    tolerance=Tolerance(
        key="repetition",
        default=0.10,
        unit=ToleranceUnit.SHARE_OF_BASE,
        description="Largest relative rise of n-gram repetition.",
    ),
    score=mean_of(lambda answer: repetition(answer.text)),
)
