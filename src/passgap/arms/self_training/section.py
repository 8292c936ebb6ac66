"""How an arm that trains on its own samples is declared: how the pool is sampled, and how the model is trained."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.arms.base import Place
from passgap.recipes.capacity import LARGE_POOL, information, lora_capacity
from passgap.spec.decoding import decoding_of, too_long, truncated_in_vain
from passgap.spec.draft import DraftSections
from passgap.spec.fine_tuning import SamplingSection, TrainingSection, adapters_without_effect, unusual_rate
from passgap.spec.repetitions import RepeatedSection

REFUSED_MIX = 0.5
FLAGGED_MIX = 0.2
CUSTOMARY_PER_PROMPT = (4, 16)
CUSTOMARY_RATES = {"full": (5e-6, 5e-5), "lora": (1e-4, 5e-4)}


class SelfTrainingSection(RepeatedSection):
    """Samples of the pool, and the fine-tune on those that are selected."""

    sampling: SamplingSection = SamplingSection()
    training: TrainingSection = TrainingSection()


def refusals(section: SelfTrainingSection, study: DraftSections, at: Place) -> Iterator[str]:
    """Yield each reason for which samples or fine-tune cannot be what they are declared to be."""
    training, sampling, model = section.training, section.sampling, study.get("model")
    if training.mix_ratio >= REFUSED_MIX:
        yield (
            f"{at('training.mix_ratio')}: {training.mix_ratio:g} makes most of the training data somebody else's; that "
            f"is SFT with a little self-distillation, and its result would say nothing about SSD. Use at most "
            f"{FLAGGED_MIX:g}, or declare the comparator `sft-external`."
        )
    if training.mix_ratio > 0.0 and training.mix_path is None:
        yield f"{at('training.mix_path')}: missing; a mix ratio above 0 needs the file of instruction data to mix in."
    if decoding_of(sampling).zero_signal:
        yield (
            f"{at('sampling')}: temperature 1 without truncation is a fixed point of self-training: the expected "
            f"gradient is zero (arXiv 2604.01193). Truncate (`top_k: 20, top_p: 0.8`) or change the temperature."
        )
    if model is not None:
        yield from too_long(at("sampling.max_new_tokens"), sampling.max_new_tokens, model)


def flags(section: SelfTrainingSection, study: DraftSections, at: Place) -> Iterator[str]:
    """Yield what is unusual in the samples or the fine-tune, and what has no effect."""
    training, sampling = section.training, section.sampling
    if FLAGGED_MIX < training.mix_ratio < REFUSED_MIX:
        yield (
            f"{at('training.mix_ratio')}: {training.mix_ratio:g} is more than {FLAGGED_MIX:g}. A run that needs so "
            f"much other data is sampling from too thin or too drifting a distribution: look at the sampling first."
        )
    if training.mix_path is not None and training.mix_ratio == 0.0:
        yield (
            f"{at('training.mix_path')}: given, and nothing of it is mixed in, because `{at('training.mix_ratio')}` is "
            f"0. Example: `mix_ratio: 0.1`."
        )
    yield from _too_little_capacity(section, study, at)
    kind = f"{training.method} fine-tuning"
    yield from unusual_rate(training.learning_rate, CUSTOMARY_RATES[training.method], kind, at)
    low, high = CUSTOMARY_PER_PROMPT
    if not low <= sampling.per_prompt <= high:
        yield (
            f"{at('sampling.per_prompt')}: {sampling.per_prompt} is outside the customary {low} to {high} "
            f"(the paper draws 1 from each of about 10,000 prompts)."
        )
    yield from adapters_without_effect(training, at)
    if training.eval_every is None and "held_back" in training.model_fields_set:
        yield (
            f"{at('training.held_back')}: {training.held_back:g} has no effect without `{at('training.eval_every')}`. "
            f"Remove it, or say how often the loss on the held-back samples is taken."
        )
    yield from truncated_in_vain(at("sampling"), sampling)


def _too_little_capacity(section: SelfTrainingSection, study: DraftSections, at: Place) -> Iterator[str]:
    """Flag adapters that may hold less than the samples carry: a null result would say nothing about the arm."""
    training, sampling, model, pool = section.training, section.sampling, study.get("model"), study.get("pool")
    if training.method != "lora" or model is None:
        return
    limit = getattr(pool, "limit", None)
    tokens = (limit or LARGE_POOL) * sampling.per_prompt * sampling.max_new_tokens
    held, carried = lora_capacity(model.parameters, training.lora_rank), information(tokens)
    if held >= carried:
        return
    size = (
        f"{limit} pool problems" if limit else f"a pool of {LARGE_POOL:,} problems (`pool.limit` names no smaller one)"
    )
    yield (
        f"{at('training.lora_rank')}: adapters of rank {training.lora_rank} on a model of {model.parameters:,} "
        f"parameters hold about {held / 1e6:.1f} Mbit, and up to {tokens:,} completion tokens of {size} carry up to "
        f"{carried / 1e6:.1f} Mbit. Raise the rank, or compare with a full fine-tune on a small pilot before "
        f"believing a null result."
    )
