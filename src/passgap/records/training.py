"""Training examples, and the configuration of a fine-tune."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from passgap.records.base import Record
from passgap.records.identity import digest_of
from passgap.records.samples import Prompt


class Turn(Record):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class TrainExample(Record):
    """A prompt and the completion to learn.

    The loss is taken on the completion, and on earlier answers where ``learns_earlier`` says so.
    """

    prompt: Prompt
    completion: str
    """The text, which is trained on if the token ids are not known."""
    tokens: tuple[int, ...] | None = None
    """The token ids to learn after the prompt's, end token included; None if only the text is known."""
    end_token: int | None = None
    """The token that follows the text; part of ``tokens`` if those are known."""
    earlier: tuple[Turn, ...] = ()
    """Turns of the conversation between the system's and the prompt's."""
    learns_earlier: bool = False
    """Whether a loss is taken on the assistant's turns in ``earlier`` as well."""
    answer_ends: bool = False
    """Whether the completion is followed by what ends an answer of the model that is trained: the token that its chat
    template puts after one, else its end of text."""


class MixedExample(Record):
    """An example of instruction data that is mixed in with a model's own samples.

    ``turns`` precede the completion, and the last one is the user's. For a model without a chat template there is a
    single turn, whose content is continued as plain text.
    """

    id: str
    """Its place in the file, for messages."""
    turns: tuple[Turn, ...] = Field(min_length=1)
    completion: str = Field(min_length=1)
    rejected: str | None = Field(default=None, min_length=1)
    """A worse answer, where the example is a pair."""


class Mix(Record):
    """Examples to mix in, taken in this order until they are the fraction ``ratio`` of all examples."""

    ratio: float = Field(gt=0.0, lt=1.0)
    chat: bool
    """Whether the turns are rendered in the model's chat template."""
    examples: tuple[MixedExample, ...]

    @property
    def digest(self) -> str:
        """The hash of the examples and of how they are mixed in; their places in the file are not part of it."""
        return digest_of([self.ratio, self.chat, [[list(each.turns), each.completion] for each in self.examples]])


Schedule = Literal["cosine", "linear", "constant"]
"""How the learning rate goes on from its peak: down to zero along half a cosine or a line, or not at all."""

SaveDtype = Literal["bfloat16", "float32", "base"]
"""The type in which a fine-tuned model's weights are stored; ``base`` for that of the base model's."""


PartOfUpdates = Annotated[float, Field(gt=0.0, lt=1.0)]
"""A share of a fine-tune's updates, as a fraction of 1."""


class KeptModel(Record):
    """A model that was kept in the course of a fine-tune."""

    share: float
    """Of the updates, as declared."""
    step: int
    """Finished updates."""
    digest: str = ""
    """Of its folder; empty until it is computed."""

    @property
    def name(self) -> str:
        """The name of its folder."""
        return f"{self.share:g}"


class DosePoint(Record):
    """The loss on held-back examples at a point of a fine-tune."""

    step: int
    """Finished updates."""
    tokens: int
    """Completion tokens trained on so far."""
    loss: float
    """Mean cross-entropy on the completions of the held-back examples, in nats per token."""


class TrainConfig(Record):
    """How a model is fine-tuned.

    Rates are per step. ``batch_size`` is the number of examples per update, over all processes. Devices compute at most
    ``micro_batch_size`` of them at once.
    """

    method: Literal["full", "lora"] = "full"
    learning_rate: float = Field(gt=0.0, le=1.0)
    epochs: float = Field(default=1.0, gt=0.0, allow_inf_nan=False)
    batch_size: int = Field(default=16, ge=1)
    micro_batch_size: int = Field(default=4, ge=1)
    warmup_ratio: float = Field(default=0.05, ge=0.0, lt=1.0)
    weight_decay: float = Field(default=0.1, ge=0.0)
    adam_beta1: float = 0.9
    adam_beta2: float = 0.95
    max_grad_norm: float = 1.0
    max_length: int = Field(default=1024, ge=8)
    lora_rank: int = Field(default=64, ge=1)
    lora_alpha: int = Field(default=128, ge=1)
    schedule: Schedule = "cosine"
    order: Literal["examples", "prompts"] = "examples"
    """The units that an epoch shuffles: single examples, or prompts with all of their examples."""
    activation_checkpointing: bool | None = None
    """Whether activations are computed again instead of kept; None for a GPU alone."""
    processes: int | None = Field(default=None, ge=1)
    """Processes that share every update; None for one on each GPU."""
    checkpoint_minutes: float = Field(default=10.0, gt=0.0, allow_inf_nan=False)
    save_dtype: SaveDtype | None = None
    """None for the type that the study computes in."""
    eval_every: int | None = Field(default=None, ge=1)
    """Updates between two evaluations on held-back examples; None for no such examples."""
    held_back: float = Field(default=0.05, gt=0.0, lt=1.0)
    """The share of the problems whose examples are held back, if they are."""
    checkpoints: tuple[PartOfUpdates, ...] = ()
    """Shares of the updates, each rounded up to a whole one, after which the model is kept. Those models, the base
    model and the last one are measured on the study's development problems."""
    checkpoint_samples: int = Field(default=4, ge=1)
    """Samples of each development problem, for each of these models."""
