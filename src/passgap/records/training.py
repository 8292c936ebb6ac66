"""What a model is fine-tuned on, and how."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from passgap.records.base import Record
from passgap.records.identity import digest_of
from passgap.records.samples import Prompt


class TrainExample(Record):
    """One prompt and the completion to be learned; the loss is taken on the completion alone."""

    prompt: Prompt
    completion: str
    """Its text, for people, and for training where the tokens are not known."""
    tokens: tuple[int, ...] | None = None
    """The ids to be learned behind the prompt's, the end included; None where only the text is known."""
    end_token: int | None = None
    """The token that follows the text; part of ``tokens`` where those are known."""


class Turn(Record):
    """One turn of a conversation that somebody wrote."""

    role: Literal["system", "user", "assistant"]
    content: str


class MixedExample(Record):
    """Instruction data of other people's making, mixed in with a model's own samples.

    ``turns`` are what comes before the completion, the last one the user's; for a model without a chat template there
    is one, whose content is continued as plain text.
    """

    id: str
    """Where it stands in its file, for people."""
    turns: tuple[Turn, ...] = Field(min_length=1)
    completion: str = Field(min_length=1)


class Mix(Record):
    """Examples to mix in, in the order in which they are taken, until they make up ``ratio`` of all examples."""

    ratio: float = Field(gt=0.0, lt=1.0)
    chat: bool
    """Whether the turns are rendered in the model's chat template."""
    examples: tuple[MixedExample, ...]

    @property
    def digest(self) -> str:
        """The hash over what is mixed in and how; where an example stands in its file is no part of it."""
        return digest_of([self.ratio, self.chat, [[list(each.turns), each.completion] for each in self.examples]])


class TrainConfig(Record):
    """How a model is fine-tuned. Rates are per step; ``batch_size`` is the number of examples in one update, of which
    ``micro_batch_size`` are computed at once at most: the largest divisor of ``batch_size`` within it."""

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
