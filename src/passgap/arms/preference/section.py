"""How an arm that learns from pairs is declared: where the pairs are from, and how the model is trained on them."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from passgap.arms.base import Place
from passgap.arms.self_training.visible_tests import JudgedSection
from passgap.recipes import training_config
from passgap.records import TrainConfig
from passgap.spec.decoding import too_long, truncated_in_vain
from passgap.spec.draft import DraftSections
from passgap.spec.fine_tuning import FineTuneSection, SamplingSection, adapters_without_effect, unusual_rate
from passgap.spec.repetitions import RepeatedSection
from passgap.spec.section import Text

LEARNING_RATES = {"full": 1e-6, "lora": 1e-5}
CUSTOMARY_RATES = {"full": (5e-7, 5e-6), "lora": (5e-6, 5e-5)}
CUSTOMARY_BETAS = (0.05, 0.3)
MOST_PAIRS = 4
"""More pairs of one problem are flagged: they hardly differ."""


class PreferenceTrainingSection(FineTuneSection):
    """How the model is fine-tuned on pairs."""

    learning_rate: float | None = Field(
        default=None, gt=0.0, le=1.0, description="The peak rate; by default 1e-6 (full), and ten times that for LoRA."
    )
    batch_size: int = Field(default=16, ge=1, description="Pairs in one update, whatever fits into memory at once.")
    max_length: int = Field(
        default=1024, ge=8, description="Tokens of prompt and answer; pairs with a longer answer are left out."
    )
    weight_decay: float = Field(default=0.0, ge=0.0, le=1.0, description="Of AdamW.")


class PreferenceSection(RepeatedSection, JudgedSection):
    """Samples of the pool, the pairs that are made of them, and the fine-tune on these."""

    sampling: SamplingSection = SamplingSection()
    training: PreferenceTrainingSection = PreferenceTrainingSection()
    per_problem: int = Field(
        default=MOST_PAIRS, ge=1, description="The most pairs of a problem, or a prompt: else easy ones prevail."
    )
    sft_weight: float = Field(
        default=0.0,
        ge=0.0,
        le=100.0,
        allow_inf_nan=False,
        description="The weight of the cross-entropy of the chosen answers beside the loss, so that their probability "
        "does not fall with that of the rejected ones; 0 leaves it out.",
    )
    pairs_path: Text | None = Field(
        default=None,
        description="Pairs from elsewhere instead of those of the pool's samples: JSON lines, Parquet, a folder of "
        "such files or a hub id, each row with `prompt`, `chosen` and `rejected`.",
        examples=["pairs.jsonl"],
    )


def preference_config(section: PreferenceTrainingSection) -> TrainConfig:
    """The trainer's configuration that a section stands for, with the rates that are customary for pairs."""
    rate = section.learning_rate or LEARNING_RATES[section.method]
    return training_config(section).model_copy(update={"learning_rate": rate})


def refusals(section: PreferenceSection, study: DraftSections, at: Place) -> Iterator[str]:
    """Yield each reason for which pairs or fine-tune cannot be what they are declared to be.

    Temperature 1 without truncation is no fixed point here: the outcomes of the tests are a signal of their own.
    """
    model = study.get("model")
    if section.pairs_path is not None:
        return
    if model is not None:
        yield from too_long(at("sampling.max_new_tokens"), section.sampling.max_new_tokens, model)
    if section.sampling.per_prompt < 2:
        yield (
            f"{at('sampling.per_prompt')}: 1 sample gives no pair: a sample that passes and one that fails are needed. "
            f"Example: `per_prompt: 16`."
        )
    elif section.sampling.temperature == 0.0:
        yield (
            f"{at('sampling.temperature')}: at 0, all samples of a problem are the same, and none passes where another "
            f"fails. Example: `temperature: 1.0`."
        )


def flags(section: PreferenceSection, at: Place) -> Iterator[str]:
    """Yield what is unusual in pairs or fine-tune, and what has no effect."""
    training = section.training
    kind = f"preference optimisation with {training.method} fine-tuning"
    yield from unusual_rate(training.learning_rate, CUSTOMARY_RATES[training.method], kind, at)
    yield from adapters_without_effect(training, at)
    if section.pairs_path is not None:
        for name in sorted(section.model_fields_set & {"sampling", "tests"}):
            yield f"{at(name)}: it has no effect, because the pairs are those of `{at('pairs_path')}`. Remove it."
        return
    if section.per_problem > MOST_PAIRS:
        yield (
            f"{at('per_problem')}: {section.per_problem} is more than the customary 1 to {MOST_PAIRS}; further pairs "
            f"of a problem teach little more, and give it more weight."
        )
    yield from truncated_in_vain(at("sampling"), section.sampling)


def flags_of_beta(path: str, beta: float) -> Iterator[str]:
    """Yield a word on an unusual distance from the reference."""
    low, high = CUSTOMARY_BETAS
    if not low <= beta <= high:
        yield f"{path}: {beta:g} is outside the customary {low:g} to {high:g}."
