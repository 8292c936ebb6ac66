"""The counts of a fine-tune on pairs, for machines and in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from passgap.arms.base import TrainingCounts
from passgap.ports.preference_job import PairMeasurement, PairPoint
from passgap.recipes import TARGET_RULE, ExampleEnds, PairCounts
from passgap.records import ModelManifest

_STILL = 0.0005
"""Nats per token below which a log-probability did not change: what three digits show."""


class PreferenceFacts(TrainingCounts):
    """Facts about the pairs of an arm, and about what the model learned of them."""

    noun: ClassVar[str] = "pairs"
    loss_unit: ClassVar[str] = "per pair"

    sampled: int | None = None
    """Completions of the pool; None where the pairs are from elsewhere."""
    truncated: int | None = None
    dropped_empty: int = 0
    dropped_stubs: int = 0
    dropped_unscored: int = 0
    dropped_too_long: int = 0
    """Pairs with an answer that exceeds ``max_length`` with its prompt."""
    external: str | None = None
    """The data that the pairs are from; None where they are the model's own samples."""
    given: int = 0
    """Pairs that they hold."""
    removed: int = 0
    """Of these, pairs that are too close to a held-out problem."""
    beyond_cap: int = 0
    """Pairs beyond the most of one prompt."""
    pairing: PairCounts | None = None
    ends: ExampleEnds | None = None
    """Counts of what ended the chosen answers."""
    ends_rejected: ExampleEnds | None = None
    mean_chosen_tokens: float | None = None
    mean_rejected_tokens: float | None = None
    mean_apart_tokens: float | None = None
    """The mean difference of lengths within a pair."""
    measured_pairs: int = 0
    before: PairMeasurement | None = None
    """None, as ``after``, where the fine-tune was run elsewhere: nothing was measured on its way."""
    after: PairMeasurement | None = None
    curve: tuple[PairPoint, ...] = ()


def facts_of(model: ModelManifest) -> PreferenceFacts:
    """Read the counts of a fine-tune as it wrote them down."""
    own = {name: model.facts[name] for name in PreferenceFacts.model_fields if name in model.facts}
    return PreferenceFacts.model_validate(
        {
            **own,
            "dropped_too_long": model.dropped_too_long,
            "trained": model.examples,
            "steps": model.steps,
            "tokens": model.tokens,
            "losses": model.losses,
        }
    )


def in_words(facts: PreferenceFacts) -> tuple[tuple[str, str], ...]:
    """Describe the pairs of an arm, and what became of their probabilities, each line with its label."""
    return (
        *_pool(facts),
        *_external(facts),
        *_ends(facts),
        ("trained on", f"{facts.trained} pairs, {facts.tokens} tokens of their answers, {facts.steps} steps"),
        *_loss(facts),
        *_learned(facts),
    )


def _loss(facts: PreferenceFacts) -> Iterator[tuple[str, str]]:
    if facts.losses:
        first, last = facts.losses[0], facts.losses[-1]
        yield "loss", f"{first[1]:.3f} at step {first[0]}, {last[1]:.3f} at step {last[0]}"


def _learned(facts: PreferenceFacts) -> Iterator[tuple[str, str]]:
    """State what became of the probabilities of the answers."""
    before, after = facts.before, facts.after
    if before is None or after is None:
        return
    yield (
        "log-probabilities",
        f"chosen {_moved(before.chosen, after.chosen)}, rejected {_moved(before.rejected, after.rejected)} nats per "
        f"token, on {facts.measured_pairs} of the pairs",
    )
    yield (
        "margin",
        f"{after.margin:+.3f} nats per pair beyond the base model's; above 0 in {100 * after.accuracy:.1f} % of them",
    )


def _pool(facts: PreferenceFacts) -> Iterator[tuple[str, str]]:
    """State which problems give pairs, and which samples were left out."""
    if facts.sampled is None or facts.pairing is None:
        return
    pairing = facts.pairing
    yield "sampled", f"{facts.sampled} completions of the pool, {facts.truncated} truncated"
    yield (
        "dropped",
        f"{facts.dropped_empty} empty, {facts.dropped_stubs} stubs, {facts.dropped_unscored} unscored, "
        f"{pairing.contradictory} that both pass and fail; {facts.dropped_too_long} pairs too long",
    )
    yield (
        "problems with pairs",
        f"{pairing.paired} of {pairing.problems}; in {pairing.none_passes} no sample passes, in {pairing.all_pass} all",
    )
    yield (
        "pairs",
        f"{pairing.pairs}; chosen answers have {facts.mean_chosen_tokens:.1f} tokens on average, rejected ones "
        f"{facts.mean_rejected_tokens:.1f}, the two of a pair differ by {facts.mean_apart_tokens:.1f}",
    )


def _external(facts: PreferenceFacts) -> Iterator[tuple[str, str]]:
    """State where pairs from elsewhere are from: they import what the model does not know."""
    if facts.external is not None:
        yield (
            "pairs",
            f"external data: {facts.given} of {facts.external}, less {facts.removed} too close to a held-out problem, "
            f"{facts.beyond_cap} beyond the most of one prompt, {facts.dropped_too_long} too long",
        )


def _ends(facts: PreferenceFacts) -> Iterator[tuple[str, str]]:
    if facts.ends is None or facts.ends_rejected is None:
        return
    yield "training target", TARGET_RULE
    yield "chosen answers ended by", _counted(facts.ends)
    yield "rejected answers ended by", _counted(facts.ends_rejected)


def _counted(ends: ExampleEnds) -> str:
    counts = (
        (ends.stop_string, "a stop string"),
        (ends.end_token, "the end token"),
        (ends.token_limit, "the token limit"),
        (ends.unknown, "not known"),
    )
    return ", ".join(f"{count} {name}" for count, name in counts if count)


def _moved(before: float, after: float) -> str:
    verb = "stayed at" if abs(after - before) < _STILL else ("rose" if after > before else "fell")
    return f"{verb} {after:.3f}" if verb == "stayed at" else f"{verb} from {before:.3f} to {after:.3f}"
