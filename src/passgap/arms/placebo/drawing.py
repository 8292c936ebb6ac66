"""Draw a placebo's samples: as many as the matched arm selects, with about as many tokens, at random."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass, replace

from passgap.arms.placebo.section import WITHIN
from passgap.arms.self_training.pool import PoolSamples
from passgap.arms.self_training.selection import Selection
from passgap.formatting import share
from passgap.recipes.minimal import select_minimal
from passgap.recipes.placebo import draw_placebo
from passgap.records import FinishReason, Sample, sample_seed

LEFT_OUT = "left_out_at_random"
"""Why a sample was not drawn, among the reasons of a selection."""


@dataclass(frozen=True, kw_only=True)
class DrawingRule:
    """How samples are drawn: what the placebo's declaration says of it."""

    arm: str
    of: str
    strata: str
    """``pool``, ``difficulty`` or ``problem``."""
    ends_alike: bool
    """Whether as many of the samples ended by themselves as of the selection."""
    drop_stubs: bool
    """Whether stubs are never drawn, as the matched arm never takes them."""
    seed: int


def draw(rule: DrawingRule, matched: Selection, pool: PoolSamples) -> Selection:
    """The placebo of a selection. Its costs are the selection's: without it nobody knows how many samples to draw."""
    minimal = select_minimal(pool.programs, drop_stubs=rule.drop_stubs, languages=pool.languages)
    samples = {position: pool.samples[position] for position in sorted({*minimal.kept, *matched.kept})}
    tokens = {position: _tokens(each) for position, each in samples.items()}
    strata = {position: _stratum(rule, each, pool) for position, each in samples.items()}
    kept = draw_placebo(matched.kept, tokens, strata, sample_seed(rule.seed, "placebo", rule.arm))
    return replace(
        matched,
        kept=kept,
        dropped={"empty": minimal.empty, "stubs": minimal.stubs, LEFT_OUT: len(samples) - len(kept)},
        facts=(
            (
                "placebo of",
                f"{rule.of}: {len(kept)} of {len(samples)} samples that could be trained on "
                f"({share(round(len(kept) / len(samples), 4))}), drawn at random {WITHIN[rule.strata]}"
                if samples
                else f"{rule.of}, which had no sample to select from",
            ),
            (
                "matched tokens",
                f"{sum(tokens[each] for each in kept):,} completion tokens, against "
                f"{sum(tokens[each] for each in matched.kept):,} of {rule.of}",
            ),
            (
                "ended by themselves",
                f"{_ended(kept, pool)} of {len(kept)}, against "
                f"{_ended(matched.kept, pool)} of {len(matched.kept)} of {rule.of}",
            ),
            (
                "drawn all the same",
                f"{len({*kept} & {*matched.kept})} of the {len(kept)} are among those that {rule.of} takes",
            ),
        ),
        earlier=None,
    )


def ended(sample: Sample) -> bool:
    """Whether a completion ended by itself, and was not cut at the token limit."""
    return sample.finish_reason is FinishReason.STOP


def _ended(positions: Collection[int], pool: PoolSamples) -> int:
    return sum(ended(pool.samples[position]) for position in positions)


def _tokens(sample: Sample) -> int:
    return sample.completion_tokens if sample.tokens is None else len(sample.tokens)


def _stratum(rule: DrawingRule, sample: Sample, pool: PoolSamples) -> Hashable:
    within = {"pool": "", "difficulty": pool.problems[sample.problem_id].difficulty or "", "problem": sample.problem_id}
    return within[rule.strata], ended(sample) if rule.ends_alike else None
