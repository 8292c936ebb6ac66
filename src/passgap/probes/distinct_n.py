"""Distinct n-grams: how many different n-grams a problem's samples hold together, of all that they hold."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.languages import code_tokens
from passgap.probes._outcome import Rule
from passgap.probes._samples import Answer
from passgap.probes.base import ScoreProbe
from passgap.spec import Tolerance, ToleranceUnit

NGRAM = 4
CAP = 8
"""At most this many samples of a problem: the share falls with their number."""


def distinct_share(texts: Sequence[str], n: int = NGRAM) -> float | None:
    """Distinct / all n-grams over all texts together, a fraction; None where they hold none.

    The measure is distinct-n of Li et al. 2016 (arXiv 1510.03055), over code tokens.
    """
    seen, total = set[tuple[str, ...]](), 0
    for text in texts[:CAP]:
        tokens = code_tokens(text)
        grams = list(zip(*(tokens[offset:] for offset in range(n)), strict=False))
        seen.update(grams)
        total += len(grams)
    return len(seen) / total if total else None


def _score(answers: Sequence[Answer]) -> float | None:
    return distinct_share([answer.text for answer in answers])


PROBE = ScoreProbe(
    name="distinct-n",
    position=22,
    quantity="share of distinct 4-grams in a problem's samples together",
    in_words="the variety of its answers to one problem",
    rule=Rule.FALL,
    collapse=True,
    tolerance=Tolerance(
        key="distinct_n",
        default=0.10,
        unit=ToleranceUnit.SHARE_OF_BASE,
        description="Largest relative fall of the share of distinct n-grams.",
    ),
    score=_score,
)
