"""How much a completion repeats itself: the share of its n-grams that it has said before."""

from __future__ import annotations

from passgap.probes.text import code_tokens

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
