"""How the pool is sampled for training, and how the model is fine-tuned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar, Literal, Protocol, runtime_checkable

from pydantic import Field

from passgap.records.training import PartOfUpdates, SaveDtype, Schedule
from passgap.spec.section import Fraction, Section, Text


class SamplingSection(Section):
    """How the pool is sampled for training."""

    temperature: float = Field(default=1.0, ge=0.0, le=10.0, allow_inf_nan=False, description="Training temperature.")
    top_k: int = Field(default=20, ge=0, description="Keep the k most likely tokens; 0 keeps all.")
    top_p: float = Field(default=0.8, gt=0.0, le=1.0, description="Keep the smallest set of this probability.")
    max_new_tokens: int = Field(default=256, ge=1, description="The most tokens of a completion.")
    per_prompt: int = Field(default=4, ge=1, description="Samples for each pool prompt; 4 to 16 is customary.")
    drop_stubs: bool = Field(
        default=True, description="Drop empty answers and one-line stubs, counted and declared, as in the paper."
    )


class UpdatesSection(Section):
    """How weights are updated, whatever is learned, and by which processes."""

    method: Literal["full", "lora"] = Field(default="full", description="All weights, or low-rank adapters.")
    schedule: Schedule = Field(
        default="cosine", description="The rate after its peak: down along half a cosine or a line, or constant."
    )
    warmup_ratio: float = Field(
        default=0.05, ge=0.0, lt=1.0, description="The share of the updates in which the rate rises to its peak."
    )
    lora_alpha: int | None = Field(
        default=None, ge=1, description="The adapters are scaled by `lora_alpha / lora_rank`; by default 2."
    )
    activation_checkpointing: bool | None = Field(
        default=None,
        description="Compute activations again in the backward pass rather than keep them: less memory, a third more "
        "time. By default on a GPU alone.",
    )
    processes: int | None = Field(
        default=None, ge=1, description="Processes that share each update; by default one for each visible GPU."
    )
    checkpoint_minutes: float = Field(
        default=10.0,
        gt=0.0,
        allow_inf_nan=False,
        description="Time between two checkpoints, from the last of which a killed run goes on.",
    )
    save_dtype: SaveDtype | None = Field(
        default=None,
        description="The type of the stored weights: bfloat16, float32, or the base model's (base); by default the one "
        "that the study computes in.",
    )
    checkpoints: tuple[PartOfUpdates, ...] = Field(
        default=(),
        description="Shares of the updates, each rounded up to a whole one, after which the model is kept and measured "
        "on the study's development problems, beside the base model and the last one: the dose curve. By default none "
        "are.",
        examples=["[0.25, 0.5]"],
    )
    checkpoint_samples: int = Field(
        default=4, ge=1, description="Samples of each development problem, for each model of the dose curve."
    )


class FineTuneSection(UpdatesSection):
    """How a model is fine-tuned on examples of any kind."""

    learning_rate: float | None = Field(
        default=None, gt=0.0, le=1.0, description="The peak rate; by default 2e-5 (full), and ten times that for LoRA."
    )
    epochs: float = Field(
        default=1.0,
        gt=0.0,
        allow_inf_nan=False,
        description="Passes over the examples; a share of one ends after that share of its updates.",
    )
    batch_size: int = Field(default=16, ge=1, description="Examples in one update, whatever fits into memory at once.")
    lora_rank: int = Field(
        default=64,
        ge=1,
        description="Rank of the adapters, which are on every linear layer; flagged where they may hold too little.",
    )
    max_length: int = Field(
        default=1024, ge=8, description="Tokens of prompt and completion; longer ones are left out."
    )


class CompletionsSection(FineTuneSection):
    """How a model is fine-tuned on completions, with cross-entropy."""

    weight_decay: float = Field(default=0.1, ge=0.0, le=1.0, description="Of AdamW.")
    order: Literal["examples", "prompts"] = Field(
        default="examples",
        description="What an epoch shuffles: single examples, or prompts with all of their samples. Samples of one "
        "prompt in one update share its computation, and make an update of fewer prompts.",
    )


class TrainingSection(CompletionsSection):
    """How the model is fine-tuned on its own samples."""

    eval_every: int | None = Field(
        default=None,
        ge=1,
        description="Updates between two evaluations of the loss on own samples that are held back from training; by "
        "default none are.",
    )
    held_back: float = Field(
        default=0.05,
        gt=0.0,
        lt=1.0,
        description="The share of the pool's problems whose samples are held back, where `eval_every` is given.",
    )
    mix_ratio: Fraction = Field(
        default=0.0,
        description="The share of the training examples that is other instruction data, mixed in against format drift: "
        "0.05 to 0.2, exact to the nearest example.",
    )
    mix_path: Text | None = Field(
        default=None,
        description="The instruction data to mix in: JSON lines, Parquet or a hub id, each example with `messages`, or "
        "`prompt` and `completion`.",
        examples=["instructions.jsonl"],
    )


def adapters_without_effect(training: UpdatesSection, at: Callable[[str], str]) -> Iterator[str]:
    """Yield each setting of adapters in a fine-tune of all weights.

    Args:
        training: as it was declared.
        at: the full path of a field of the section that ``training`` is in.
    """
    for name in ("lora_rank", "lora_alpha") if training.method == "full" else ():
        if name in training.model_fields_set:
            yield (
                f"{at(f'training.{name}')}: {getattr(training, name)} has no effect, because `{at('training.method')}` "
                f"is full. Remove it, or set `method: lora`."
            )


def unusual_rate(
    rate: float | None, customary: tuple[float, float], of: str, at: Callable[[str], str]
) -> Iterator[str]:
    """Yield a word on a declared learning rate outside the customary ones.

    Args:
        rate: the learning rate; None where none was declared.
        customary: the lowest and the highest.
        of: the kind of fine-tune that they are customary for.
        at: the full path of a field of the section that ``training`` is in.
    """
    low, high = customary
    if rate is not None and not low <= rate <= high:
        yield (f"{at('training.learning_rate')}: {rate:g} is outside the customary {low:g} to {high:g} for {of}.")


def uneven_share(examples: int, processes: int, at: Callable[[str], str], *, size: str) -> Iterator[str]:
    """Yield why processes cannot share updates: each computes as many examples of every one.

    Args:
        examples: of an update.
        processes: that are to share it.
        at: the full path of a setting.
        size: the name of the setting that decides on the size of an update.
    """
    if examples % processes:
        yield (
            f"{at('training.processes')}: {processes} processes cannot share updates of {examples} examples evenly. "
            f"Let `{at(size)}` be a multiple of it."
        )


class _Trained(Protocol):
    """The section of an arm that trains."""

    @property
    def training(self) -> UpdatesSection: ...


@runtime_checkable
class SizedUpdates(_Trained, Protocol):
    """The section of an arm whose updates have another size than a declared batch."""

    update_size: ClassVar[str]
    """The name of the setting that decides on it."""

    @property
    def examples_per_update(self) -> int: ...


def refusals_of_updates(section: Section, at: Callable[[str], str]) -> Iterator[str]:
    """Yield each reason for which an arm's weights cannot be updated as it is declared, whatever it learns from."""
    training = getattr(section, "training", None)
    if not isinstance(training, UpdatesSection) or not training.processes:
        return
    if isinstance(section, SizedUpdates):
        yield from uneven_share(section.examples_per_update, training.processes, at, size=section.update_size)
    elif isinstance(training, FineTuneSection):
        yield from uneven_share(training.batch_size, training.processes, at, size="training.batch_size")
