"""The counts of a fine-tune on external data, for machines and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from passgap.arms.base import TrainingCounts
from passgap.arms.external_data.choice import Choice
from passgap.arms.self_training.facts import loss_in_words
from passgap.records import ModelManifest

ORIGIN = "external: the data were not made by the model, so that a lift is imported knowledge, not self-distillation"
_COUNTED = ("given", "removed", "beyond_cap", "beyond_limit", "inexpressible")


class ExternalFacts(TrainingCounts):
    """Facts about an arm's external data."""

    given: int
    """Examples of the data."""
    removed: int
    """Too close to a held-out problem."""
    beyond_cap: int
    """More with the same prompt than ``per_problem``."""
    beyond_limit: int
    inexpressible: int
    """References that the prompts cannot be answered with."""
    dropped_too_long: int
    data: str
    """Where they are from."""
    columns: dict[str, int]
    """Rows by the columns that they were read from."""
    licences: dict[str, int]
    sources: dict[str, int]
    licence: str | None
    """As the study declares it."""
    source: str | None
    target: str
    """The rule of the training target in words."""


def counts_of(choice: Choice) -> dict[str, JsonValue]:
    """The fields on the data in the manifest of a fine-tune, besides what the study declares of them."""
    return {
        **{name: getattr(choice, name) for name in _COUNTED},
        "data": choice.data.name,
        "columns": dict(choice.data.columns),
        "licences": dict(choice.data.licences),
        "sources": dict(choice.data.sources),
    }


def facts_of(model: ModelManifest) -> ExternalFacts:
    """Read the counts of a fine-tune as it wrote them down."""
    return ExternalFacts.model_validate(
        {
            **{name: model.facts.get(name) for name in ExternalFacts.model_fields if name in model.facts},
            "dropped_too_long": model.dropped_too_long,
            "trained": model.examples,
            "steps": model.steps,
            "tokens": model.tokens,
            "losses": model.losses,
        }
    )


def in_words(facts: ExternalFacts) -> tuple[tuple[str, str], ...]:
    """Describe what an arm was trained on, and how the loss went, each line with its label."""
    return (
        ("knowledge", ORIGIN),
        ("data", f"{facts.given} examples: {facts.data}"),
        *_stated("read from", facts.columns, "rows"),
        ("licence", _licence(facts)),
        *_source(facts),
        (
            "left out",
            f"{facts.removed} too close to a held-out problem, {facts.beyond_cap} with a prompt that had enough, "
            f"{facts.beyond_limit} beyond the limit, {facts.inexpressible} that would not be read back from an answer, "
            f"{facts.dropped_too_long} too long",
        ),
        ("training target", facts.target),
        ("trained on", f"{facts.trained} examples, {facts.tokens} tokens, {facts.steps} steps"),
        *loss_in_words(facts),
    )


def _licence(facts: ExternalFacts) -> str:
    stated = ", ".join(f"{name} {count}" for name, count in facts.licences.items())
    declared = facts.licence or "not declared"
    return f"{declared}; stated by the rows: {stated}" if stated else declared


def _source(facts: ExternalFacts) -> Iterator[tuple[str, str]]:
    if facts.source is not None:
        yield "source", facts.source
    yield from _stated("sources", facts.sources, "examples")


def _stated(label: str, counts: Mapping[str, int], noun: str) -> Iterator[tuple[str, str]]:
    if counts:
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        yield label, ", ".join(f"{name} ({count} {noun})" for name, count in ordered)
