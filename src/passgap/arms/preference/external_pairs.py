"""Pairs from elsewhere: less what is too close to a held-out problem, and not too many of one prompt."""

from __future__ import annotations

from passgap.arms.base import Lab
from passgap.arms.external_data.choice import CURATED_TARGET, capped_by_prompt, curated_example
from passgap.arms.preference.pool_pairs import PairData
from passgap.errors import NoCandidateError
from passgap.recipes import in_mixing_order
from passgap.records import MixedExample, PreferencePair

RULE = (
    "pairs from elsewhere, less what is too close to a held-out problem; in an order fixed by the seed, at most "
    "`per_problem` of the same prompt"
)
"""The rule in words, as registered."""

TARGET = CURATED_TARGET


def external_pairs(name: str, lab: Lab, *, most: int) -> PairData:
    """The pairs that an arm names, as they are trained on.

    Args:
        name: of the arm.
        lab: the means.
        most: the most pairs of one prompt.

    Raises:
        NoCandidateError: there is none.
    """
    external = lab.splits.external[name]
    ordered = in_mixing_order(external.data.examples, lab.seed)
    kept = capped_by_prompt(ordered, most)
    if not kept:
        raise NoCandidateError(
            f"{name} has no pair to learn from", [f"{external.data.name} holds none that may be used."]
        )
    return PairData(
        pairs=tuple(_pair(each, lab) for each in kept),
        problems=len({each.turns for each in kept}),
        counts={
            "external": external.data.name,
            "given": len(external.data.examples) + external.removed,
            "removed": external.removed,
            "beyond_cap": len(ordered) - len(kept),
        },
    )


def _pair(example: MixedExample, lab: Lab) -> PreferencePair:
    assert example.rejected is not None
    chosen = curated_example(example, lab, "last")
    return PreferencePair(chosen=chosen, rejected=chosen.model_copy(update={"completion": example.rejected}))
