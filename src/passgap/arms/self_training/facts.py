"""The counts of a fine-tune on own samples, for machines and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import Field, JsonValue

from passgap.arms._training_facts import MEASURED, measured_in_words
from passgap.arms.base import TrainingCounts
from passgap.recipes import TARGET_RULE, ExampleEnds
from passgap.records import ModelManifest, SamplesManifest

_MIXED = ("mixed_examples", "mixed_too_long", "pass_tokens", "mixed_tokens")
_PAPER = ("empty", "stubs")


class TrainingFacts(TrainingCounts):
    """Facts about an arm's training data."""

    sampled: int
    truncated: int
    dropped: int
    """Samples that were not selected, whatever the reason."""
    dropped_empty: int | None
    dropped_stubs: int | None
    """Empty answers and stubs; None where an earlier version trained and did not write them down."""
    dropped_too_long: int
    ends: ExampleEnds | None = None
    """Counts of what ended the selected samples; None where an earlier version trained and did not count it."""
    mixed_examples: int = 0
    """Of ``trained``, those that are not the model's own."""
    mixed_too_long: int = 0
    pass_tokens: int = 0
    """Completion tokens of one pass; 0 where the study was trained before they were counted."""
    mixed_tokens: int = 0
    """Of these, those of mixed examples."""
    dropped_otherwise: dict[str, int] = Field(default_factory=dict)
    """Of ``dropped``, those that an arm's own rule dropped, by reason."""
    problems: int | None = None
    """Pool problems with a sample that was selected; None where an earlier version trained and did not count them."""
    pool_problems: int | None = None


def facts_of(drawn: SamplesManifest, model: ModelManifest) -> TrainingFacts:
    """Read the counts of a fine-tune as it wrote them down: another version may select otherwise."""
    aside = model.facts.get("held_back_samples", 0)
    own = model.examples - model.mixed_examples + (aside if isinstance(aside, int) else 0)
    return TrainingFacts.model_validate(
        {
            "sampled": drawn.samples,
            "truncated": drawn.truncated,
            "dropped": drawn.samples - own - model.dropped_too_long,
            "dropped_too_long": model.dropped_too_long,
            **{f"dropped_{reason}": model.facts.get(f"dropped_{reason}") for reason in _PAPER},
            "dropped_otherwise": dict(_otherwise(model.facts)),
            "trained": model.examples,
            "steps": model.steps,
            "tokens": model.tokens,
            "losses": model.losses,
            "ends": model.facts.get("ends"),
            "problems": model.facts.get("problems"),
            "pool_problems": model.facts.get("pool_problems"),
            **{name: getattr(model, name) for name in (*_MIXED, *MEASURED)},
        }
    )


def _otherwise(facts: Mapping[str, JsonValue]) -> Iterator[tuple[str, JsonValue]]:
    """The samples that an arm's own rule dropped."""
    for name, count in facts.items():
        reason = name.removeprefix("dropped_")
        if name != reason and reason not in _PAPER:
            yield reason, count


def in_words(facts: TrainingFacts) -> tuple[tuple[str, str], ...]:
    """Describe what an arm was trained on, and how the loss went, each line with its label."""
    return (
        ("sampled", f"{facts.sampled} completions of the pool, {facts.truncated} truncated"),
        ("dropped", f"{_dropped(facts)}, {facts.dropped_too_long} too long"),
        *_ends(facts.ends),
        *_mixed(facts),
        *_problems(facts),
        ("trained on", f"{facts.trained} examples, {facts.tokens} tokens, {facts.steps} steps"),
        *loss_in_words(facts),
        *measured_in_words(facts),
    )


def loss_in_words(facts: TrainingCounts) -> Iterator[tuple[str, str]]:
    """Describe how the loss went; a fine-tune that was run elsewhere may not say."""
    if facts.losses:
        (begun, first), (ended, last) = facts.losses[0], facts.losses[-1]
        yield "loss", f"{first:.3f} at step {begun}, {last:.3f} at step {ended}, nats per token"


def _dropped(facts: TrainingFacts) -> str:
    if facts.dropped_empty is None or facts.dropped_stubs is None:
        return f"{facts.dropped} empty or stubs"
    otherwise = (f", {count} {reason.replace('_', ' ')}" for reason, count in facts.dropped_otherwise.items())
    return f"{facts.dropped_empty} empty, {facts.dropped_stubs} stubs{''.join(otherwise)}"


def _ends(ends: ExampleEnds | None) -> Iterator[tuple[str, str]]:
    if ends is None:
        yield "training target", "the text and the first stop string, by a rule of an earlier version"
        return
    yield "training target", TARGET_RULE
    counted = (
        (ends.stop_string, "a stop string"),
        (ends.end_token, "the end token"),
        (ends.token_limit, "the token limit"),
        (ends.unknown, "not known"),
    )
    yield "completions ended by", ", ".join(f"{count} {name}" for count, name in counted if count) or "nothing"
    if ends.from_text:
        yield (
            "encoded from text",
            f"{ends.from_text} samples were stored without their tokens by an earlier version: their text is encoded "
            f"again, and an unknown end is taken to be the prompt's stop string where there is only one",
        )


def _problems(facts: TrainingFacts) -> Iterator[tuple[str, str]]:
    """State how many problems the samples are of: the samples of one problem are no independent examples."""
    if facts.problems is None or facts.pool_problems is None:
        return
    each = (facts.trained - facts.mixed_examples) / facts.problems if facts.problems else 0.0
    yield (
        "effective problems",
        f"{facts.problems} of the pool's {facts.pool_problems} problems have a selected sample, {each:.1f} examples of "
        f"each on average",
    )


def _mixed(facts: TrainingFacts) -> Iterator[tuple[str, str]]:
    """State the share of the training data that is not the model's own: declared by examples, told by tokens too."""
    if not facts.mixed_examples:
        return
    text = (
        f"{facts.mixed_examples} of {facts.trained} examples ({100 * facts.mixed_examples / facts.trained:.2f} %) with "
        f"{facts.mixed_tokens} of {facts.pass_tokens} completion tokens "
        f"({100 * facts.mixed_tokens / facts.pass_tokens:.2f} %) are instruction data"
    )
    if facts.mixed_too_long:
        text += f"; {facts.mixed_too_long} examples were too long and skipped"
    yield "mixed in", text
