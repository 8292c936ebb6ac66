"""The anti-collapse battery: every probe over the samples of base and tuned model (R9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from passgap.estimates import Counts, mean_interval, paired_delta, paired_mean_delta, paired_median_ratio, paired_ratio
from passgap.probes.outcome import BatteryOutcome, ProbeOutcome, ProbeStatus, Rule, judge
from passgap.probes.repetition import repetition
from passgap.probes.safety import complies, holds_code, is_refusal, uses_unsafe_construct
from passgap.probes.self_bleu import self_bleu
from passgap.probes.style import has_comment, has_docstring
from passgap.records import Estimate, Measured, Record
from passgap.spec.sections import BatterySection

Texts = Mapping[str, tuple[str, ...]]
"""Completions by prompt id."""


class ModelSamples(Record):
    """The samples of one model that the battery looks at.

    ``completions`` and ``lengths`` (in tokens) are those of the held-out evaluation; ``harmful``, ``delicate``,
    ``secure``, ``style`` and ``format`` are the answers to the probe sets' prompts.
    """

    completions: dict[str, tuple[str, ...]]
    lengths: dict[str, tuple[int, ...]]
    harmful: dict[str, tuple[str, ...]]
    delicate: dict[str, tuple[str, ...]]
    secure: dict[str, tuple[str, ...]]
    style: dict[str, tuple[str, ...]]
    format: dict[str, tuple[str, ...]]


def run_battery(
    arm: str,
    base: ModelSamples,
    tuned: ModelSamples,
    counts: tuple[Counts, Counts],
    tolerances: BatterySection,
    *,
    largest_k: int,
    level: float,
) -> BatteryOutcome:
    """Compare the tuned model's samples with the base model's, probe by probe.

    Args:
        arm: whose battery it is.
        base: samples of the base model.
        tuned: samples of the tuned model, on the same prompts.
        counts: scored held-out samples of base and tuned model.
        tolerances: as declared before training.
        largest_k: the k at which diversity is read.
        level: of the intervals.

    Raises:
        ValueError: the two models were not sampled on the same prompts.
    """
    shares = _Shares(level)
    requests = ({**base.harmful, **base.delicate}, {**tuned.harmful, **tuned.delicate})
    return BatteryOutcome(
        arm=arm,
        outcomes=(
            _relative(
                "repetition",
                "share of repeated 4-grams in a completion",
                _scores(base.completions, tuned.completions, _mean_of(repetition)),
                tolerances.repetition,
                level,
            ),
            _relative(
                "self-bleu",
                "BLEU of a problem's samples against each other",
                _scores(base.completions, tuned.completions, self_bleu),
                tolerances.self_bleu,
                level,
            ),
            _length(base, tuned, tolerances.length, level),
            _diversity(counts, largest_k, tolerances.diversity, level),
            shares.outcome(
                "comments",
                "share of answers with a comment",
                (base.style, tuned.style),
                has_comment,
                (tolerances.style, Rule.CHANGE),
            ),
            shares.outcome(
                "docstrings",
                "share of answers with a docstring",
                (base.style, tuned.style),
                has_docstring,
                (tolerances.style, Rule.CHANGE),
            ),
            shares.outcome(
                "refusals",
                "share of harmful or delicate requests refused",
                requests,
                is_refusal,
                (tolerances.refusal, Rule.CHANGE),
            ),
            shares.outcome(
                "unsafe compliance",
                "share of harmful requests answered with a program",
                (base.harmful, tuned.harmful),
                complies,
                (tolerances.unsafe, Rule.RISE),
            ),
            shares.outcome(
                "unsafe code",
                "share of ordinary requests answered with an unsafe construct",
                (base.secure, tuned.secure),
                uses_unsafe_construct,
                (tolerances.unsafe, Rule.RISE),
            ),
            shares.outcome(
                "format",
                "share of answers with code where a number or words were asked for",
                (base.format, tuned.format),
                holds_code,
                (tolerances.format, Rule.RISE),
            ),
        ),
    )


class _Shares:
    """Probes that count answers with a property."""

    def __init__(self, level: float) -> None:
        self._level = level

    def outcome(
        self,
        probe: str,
        quantity: str,
        answers: tuple[Texts, Texts],
        holds: Callable[[str], bool],
        limit: tuple[float, Rule],
    ) -> ProbeOutcome:
        tolerance, rule = limit
        base, tuned = _scores(*answers, _mean_of(lambda text: float(holds(text))))
        paired = paired_mean_delta(base, tuned, m=_fewest(*answers), level=self._level)
        return ProbeOutcome(
            probe=probe,
            quantity=quantity,
            base=paired.base,
            tuned=paired.tuned,
            drift=paired.delta,
            tolerance=tolerance,
            rule=rule,
            status=judge(paired.delta, tolerance, rule),
        )


def _relative(
    probe: str, quantity: str, scores: tuple[list[float], list[float]], tolerance: float, level: float
) -> ProbeOutcome:
    base, tuned = scores
    drift = paired_ratio(base, tuned, level=level)
    return ProbeOutcome(
        probe=probe,
        quantity=quantity,
        base=mean_interval(base, level=level),
        tuned=mean_interval(tuned, level=level),
        drift=drift,
        tolerance=tolerance,
        rule=Rule.RISE,
        status=judge(drift, tolerance, Rule.RISE),
        relative=True,
    )


def _length(base: ModelSamples, tuned: ModelSamples, tolerance: float, level: float) -> ProbeOutcome:
    """The drift of the median completion: the typical length of each problem's samples, compared over problems."""
    names = _same_prompts(base.lengths, tuned.lengths)
    before = [float(np.median(base.lengths[name])) for name in names]
    after = [float(np.median(tuned.lengths[name])) for name in names]
    longest = max([*before, *after, 1.0])
    tails = [np.percentile([length for name in names for length in side.lengths[name]], 95) for side in (base, tuned)]
    drift = paired_median_ratio(before, after, level=level)
    return ProbeOutcome(
        probe="length",
        quantity="tokens of a problem's median completion",
        base=mean_interval(before, longest, level=level, unit="tokens"),
        tuned=mean_interval(after, longest, level=level, unit="tokens"),
        drift=drift,
        tolerance=tolerance,
        rule=Rule.CHANGE,
        status=judge(drift, tolerance, Rule.CHANGE),
        relative=True,
        note=f"95th percentile over all completions: {tails[0]:.0f} and {tails[1]:.0f} tokens",
    )


def _diversity(counts: tuple[Counts, Counts], k: int, tolerance: float, level: float) -> ProbeOutcome:
    """Mode collapse shows as pass@k falling while pass@1 rises; a fall of both is a worse model, not a narrower one."""
    wide = paired_delta(*counts, k, level=level)
    narrow = paired_delta(*counts, 1, level=level).delta
    status = judge(wide.delta, tolerance, Rule.FALL)
    note = ""
    if status is ProbeStatus.ALERT and not _rises(narrow):
        status = ProbeStatus.UNRESOLVED
        note = (
            f"pass@{k} fell beyond the tolerance, and pass@1 did not rise: the model lost ability, not only diversity"
        )
    return ProbeOutcome(
        probe="diversity",
        quantity=f"pass@{k} while pass@1 rises",
        base=wide.base,
        tuned=wide.tuned,
        drift=wide.delta,
        tolerance=tolerance,
        rule=Rule.FALL,
        status=status,
        note=note,
    )


def _rises(delta: Measured) -> bool:
    return isinstance(delta, Estimate) and delta.value > 0.0


def _mean_of(score: Callable[[str], float | None]) -> Callable[[Sequence[str]], float | None]:
    def over(texts: Sequence[str]) -> float | None:
        values = [value for text in texts if (value := score(text)) is not None]
        return sum(values) / len(values) if values else None

    return over


def _scores(
    base: Texts, tuned: Texts, score: Callable[[Sequence[str]], float | None]
) -> tuple[list[float], list[float]]:
    """Score the prompts on which both models said something that can be scored."""
    pairs = [(score(base[name]), score(tuned[name])) for name in _same_prompts(base, tuned)]
    kept = [(before, after) for before, after in pairs if before is not None and after is not None]
    return [before for before, _ in kept], [after for _, after in kept]


def _same_prompts(base: Mapping[str, object], tuned: Mapping[str, object]) -> list[str]:
    if base.keys() != tuned.keys():
        raise ValueError(f"base and tuned model were probed on different prompts: {sorted(base.keys() ^ tuned.keys())}")
    return sorted(base)


def _fewest(*answers: Texts) -> int:
    return max(1, min((len(texts) for side in answers for texts in side.values()), default=1))
