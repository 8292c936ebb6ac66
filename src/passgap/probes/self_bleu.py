"""Self-BLEU: how alike a problem's samples are, by the BLEU of each against the others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from passgap.languages import code_tokens
from passgap.probes._outcome import Rule
from passgap.probes.base import ScoreProbe
from passgap.spec import Tolerance, ToleranceUnit

CAP = 8
"""At most this many samples of a problem are compared: the cost grows with the square of their number."""


def self_bleu(texts: Sequence[str], cap: int = CAP) -> float | None:
    """Return the mean BLEU-4 of each text against all others, a fraction; None for fewer than two texts.

    The measure is Self-BLEU of Zhu et al. 2018 (arXiv 1802.01886), over code tokens, computed by sacrebleu with
    exponential smoothing. The first ``cap`` texts are used.
    """
    return _self_bleu(tuple(texts[:cap]))


@lru_cache(maxsize=4096)  # of problems: the base model's samples of each are compared with those of every arm
def _self_bleu(texts: tuple[str, ...]) -> float | None:
    from sacrebleu.metrics.bleu import BLEU  # noqa: PLC0415 - a study is checked without loading it

    prepared = [" ".join(code_tokens(text)) for text in texts]
    prepared = [text for text in prepared if text]
    if len(prepared) < 2:
        return None
    metric = BLEU(effective_order=True, tokenize="none", smooth_method="exp")
    scores = [
        metric.sentence_score(text, [*prepared[:index], *prepared[index + 1 :]]).score / 100.0
        for index, text in enumerate(prepared)
    ]
    return min(1.0, sum(scores) / len(scores))


PROBE = ScoreProbe(
    name="self-bleu",
    position=20,
    quantity="BLEU of a problem's samples against each other",
    in_words="the likeness of its answers to one problem",
    rule=Rule.RISE,
    collapse=True,
    tolerance=Tolerance(
        key="self_bleu",
        default=0.10,
        unit=ToleranceUnit.SHARE_OF_BASE,
        description="Largest relative rise of Self-BLEU.",
    ),
    score=lambda answers: self_bleu([answer.text for answer in answers]),
)
