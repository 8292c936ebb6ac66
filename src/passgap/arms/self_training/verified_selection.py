"""Select the samples whose verifier's score reaches a threshold, and measure how well the verifier judges."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from passgap.arms.base import Lab
from passgap.arms.self_training.audit import Audit
from passgap.arms.self_training.pool import PoolSamples
from passgap.arms.self_training.scored_pool import score_pool
from passgap.arms.self_training.selection import Selection
from passgap.arms.verifiers import VERIFIERS, Verifier
from passgap.errors import NoCandidateError
from passgap.estimates.verification import JudgedSample, VerifierQuality, choose_threshold, verifier_quality
from passgap.formatting import inline, share
from passgap.recipes import select_minimal
from passgap.stages import StageCost

REFERENCE = "differential"
"""The verifier whose full agreement is the label `reference`."""

EVERYTHING = "it accepts everything: the same training data as minimal SSD"


@dataclass(frozen=True, kw_only=True)
class VerificationRule:
    """How samples are selected: what the arm's section says of it."""

    arm: str
    verifier: Verifier
    threshold: float | None
    """None where it is calibrated."""
    labels: str
    """``tests`` or ``reference``."""
    calibrated_share: float
    """Of the problems, on which the threshold is chosen."""
    beta: float
    """Of the F-score that it is chosen by."""
    drop_stubs: bool
    at: str
    """The path of the threshold in ``study.yaml``."""


def calibration_problems(problems: Iterable[str], part: float, seed: int) -> frozenset[str]:
    """The problems that a threshold is chosen on: a share of them, in an order that the seed decides."""
    names = sorted(problems, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest())
    return frozenset(names[: math.ceil(part * len(names))])


def select_verified(rule: VerificationRule, pool: PoolSamples, lab: Lab) -> Selection:
    """Verify the pool, choose the threshold where none is declared, and take what reaches it.

    Raises:
        NoCandidateError: no sample is labelled right, so that no threshold can be chosen.
    """
    minimal = select_minimal(pool.programs, drop_stubs=rule.drop_stubs, languages=pool.languages)
    scores = rule.verifier.verify(pool, lab)
    labels, label_costs = _labels(rule, pool, lab)
    judged = {
        position: JudgedSample(pool.samples[position].problem_id, score, label)
        for position in minimal.kept
        if (score := scores.values[position]) is not None and (label := labels[position]) is not None
    }
    unscored = len(minimal.kept) - len(judged)
    chosen_on: Collection[str] = ()
    threshold = rule.threshold
    if threshold is None:
        chosen_on = calibration_problems({each.problem for each in judged.values()}, rule.calibrated_share, lab.seed)
        calibration = [each for each in judged.values() if each.problem in chosen_on]
        threshold = choose_threshold(calibration, rule.beta)
        if threshold is None:
            raise _not_calibrated(rule, len(calibration), len(chosen_on))
    measured = [each for each in judged.values() if each.problem not in chosen_on]
    quality = verifier_quality(measured, threshold, level=lab.level, unscored=unscored)
    kept, dropped = _accepted(minimal.kept, scores.values, threshold)
    costs = {each.name: each for each in (*scores.costs, *label_costs)}
    return Selection(
        kept,
        {"empty": minimal.empty, "stubs": minimal.stubs, **dropped},
        tuple(costs.values()),
        facts=(
            *_told(rule, quality, threshold, chosen_on, scores.versions),
            ("accepted", _accepted_in_words(len(kept), len(minimal.kept))),
            *_audited(pool, lab),
        ),
        advice=(
            f"The verifier `{rule.verifier.name}` accepts nothing at the threshold {threshold:.3g}. Draw more per "
            f"prompt, lower `{rule.at}`, or name another verifier."
        ),
    )


def _labels(rule: VerificationRule, pool: PoolSamples, lab: Lab) -> tuple[Sequence[bool | None], tuple[StageCost, ...]]:
    """Whether each sample is right, by position; None where that is not known."""
    if rule.labels == "reference":
        agreed = VERIFIERS[REFERENCE].verify(pool, lab)
        return [None if each is None else each == 1.0 for each in agreed.values], agreed.costs
    scored = score_pool(pool, lab)
    return [scored.outcome(position) for position in range(len(pool.samples))], (scored.cost,)


def _accepted(
    positions: Sequence[int], scores: Sequence[float | None], threshold: float
) -> tuple[tuple[int, ...], dict[str, int]]:
    kept: list[int] = []
    dropped: Counter[str] = Counter(rejected=0, unscored=0)
    for position in positions:
        score = scores[position]
        if score is None:
            dropped["unscored"] += 1
        elif score >= threshold:
            kept.append(position)
        else:
            dropped["rejected"] += 1
    return tuple(kept), dict(dropped)


def _not_calibrated(rule: VerificationRule, samples: int, problems: int) -> NoCandidateError:
    by = "agrees with its reference" if rule.labels == "reference" else "passes all tests of its problem"
    return NoCandidateError(
        f"{rule.arm} cannot calibrate the verifier `{rule.verifier.name}`",
        [
            f"None of the {samples} samples of {problems} problems {by}, so that no threshold tells right samples from "
            f"wrong ones. Draw more per prompt, name another pool, or declare `{rule.at}`."
        ],
    )


def _told(
    rule: VerificationRule,
    quality: VerifierQuality,
    threshold: float,
    chosen_on: Collection[str],
    versions: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    """How the verifier judges, in lines for a report."""
    verifier = rule.verifier
    tools = ", ".join(f"{name} {number}" for name, number in versions.items())
    yield "verifier", f"{verifier.name}{f' ({tools})' if tools else ''}: {verifier.rule}"
    yield "verifier source", f"{verifier.source}, by {type(verifier).__module__}"
    labels = "full agreement with the reference" if rule.labels == "reference" else "all tests of the problem"
    if rule.threshold is None:
        yield (
            "threshold",
            f"{threshold:.3g}, of the highest F-score (beta {rule.beta:g}) on {len(chosen_on)} problems of the pool; "
            f"the figures below are on its {quality.problems} other labelled problems",
        )
    else:
        yield "threshold", f"{threshold:.3g}, declared; the figures below are on all labelled problems of the pool"
    yield (
        "calibration data",
        f"labels: {labels}; {quality.samples} samples of {quality.problems} problems: {quality.true_positives} true "
        f"positives, {quality.false_positives} false positives, {quality.false_negatives} false negatives, "
        f"{quality.true_negatives} true negatives",
    )
    yield "precision", inline(quality.precision)
    yield "recall", inline(quality.recall)
    yield "acceptance", inline(quality.acceptance)
    yield "base rate", f"{inline(quality.base_rate)}: the precision of accepting everything"


def _accepted_in_words(kept: int, trainable: int) -> str:
    if kept == trainable:
        return f"all {kept} samples that are no empty answer or stub: {EVERYTHING}"
    return f"{kept} of {trainable} samples that are no empty answer or stub ({share(round(kept / trainable, 4))})"


def _audited(pool: PoolSamples, lab: Lab) -> Iterator[tuple[str, str]]:
    results = (each for each in score_pool(pool, lab).results if each is not None)
    yield from Audit(pool.problems.values(), results).before(lab.level)
