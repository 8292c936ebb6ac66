"""How alike a problem's samples are: the BLEU of each against the others."""

from __future__ import annotations

from collections.abc import Sequence

from sacrebleu.metrics.bleu import BLEU

from passgap.probes.text import code_tokens

CAP = 8
"""At most this many samples of a problem are compared: the cost grows with the square of their number."""


def self_bleu(texts: Sequence[str], cap: int = CAP) -> float | None:
    """Return the mean BLEU-4 of each text against all others, a fraction; None for fewer than two texts.

    The measure is Self-BLEU of Zhu et al. 2018 (arXiv 1802.01886), over code tokens, computed by sacrebleu with
    exponential smoothing. The first ``cap`` texts are used.
    """
    prepared = [" ".join(code_tokens(text)) for text in texts[:cap]]
    prepared = [text for text in prepared if text]
    if len(prepared) < 2:
        return None
    metric = BLEU(effective_order=True, tokenize="none", smooth_method="exp")
    scores = [
        metric.sentence_score(text, [*prepared[:index], *prepared[index + 1 :]]).score / 100.0
        for index, text in enumerate(prepared)
    ]
    return min(1.0, sum(scores) / len(scores))
