"""The rows of a supervised job as its own trainer would take a loss on them, and its settings in TRL's words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from passgap.errors import EngineError
from passgap.lazy_imports import imported, needed_for
from passgap.models.folders import from_folder
from passgap.ports import FineTuneJob, SupervisedJob
from passgap.recipes import examples_at_once, updates_of
from passgap.trainers.exports.base import write_lines
from passgap.trainers.supervised.encoding import IGNORED_LABEL, encode_examples
from passgap.trainers.supervised.mixed_examples import EncodedMix, encode_mix

DATA, TEXT = "data.jsonl", "examples.jsonl"

SCHEDULES = {"cosine": "cosine", "linear": "linear", "constant": "constant_with_warmup"}
"""The declared schedules, as transformers names them; all of them begin with the declared warm-up."""


@dataclass(frozen=True)
class Rows:
    """The rows that are trained on, with the tokenizer that they are of."""

    tokenizer: Any
    rows: tuple[dict[str, list[int]], ...]
    loss_tokens: int
    dropped_too_long: int
    mixed: int
    steps: int

    @property
    def counted(self) -> dict[str, str]:
        """Lines on the data for a page."""
        other = f", {self.mixed} of them instruction data that are mixed in" if self.mixed else ""
        return {
            "examples": f"{len(self.rows)}{other}; {self.dropped_too_long} longer ones were left out",
            "loss": f"{self.loss_tokens} tokens of one pass",
            "updates": str(self.steps),
        }

    def write(self, folder: Path) -> list[str]:
        """Write the token ids with their labels, and the same as text to read."""
        write_lines(folder / DATA, ({**row, "attention_mask": [1] * len(row["input_ids"])} for row in self.rows))
        write_lines(folder / TEXT, self._texts())
        return [DATA, TEXT]

    def _texts(self) -> Iterator[dict[str, Any]]:
        """The text of each row, in parts, with whether a loss is taken on them."""
        for row in self.rows:
            parts: list[tuple[bool, list[int]]] = []
            for token, label in zip(row["input_ids"], row["labels"], strict=True):
                learned = label != IGNORED_LABEL
                if not parts or parts[-1][0] is not learned:
                    parts.append((learned, []))
                parts[-1][1].append(token)
            yield {"segments": [{"label": learned, "text": decoded(self.tokenizer, ids)} for learned, ids in parts]}


def tokenizer_of(job: FineTuneJob) -> Any:
    """The base model's tokenizer.

    Raises:
        EngineError: it cannot be loaded.
    """
    with needed_for("an export", "passgap[local]", EngineError):
        return from_folder(imported("transformers:AutoTokenizer"), job.base)


def decoded(tokenizer: Any, tokens: list[int]) -> str:
    """The text of tokens, special ones included."""
    return str(tokenizer.decode(tokens, skip_special_tokens=False, clean_up_tokenization_spaces=False))


def rows_of(job: SupervisedJob) -> Rows:
    """Encode a job's examples, with what is mixed in.

    Raises:
        EngineError: the base model's tokenizer cannot be loaded, or nothing is short enough to be trained on.
    """
    tokenizer = tokenizer_of(job)
    encoded = encode_examples(tokenizer, job.examples, job.config.max_length)
    if not encoded.rows:
        raise EngineError(
            "there is nothing to train on",
            [
                f"{len(job.examples)} examples were given, {encoded.dropped_too_long} of them are longer than "
                f"{job.config.max_length} tokens. Raise `training.max_length`."
            ],
        )
    mixed = encode_mix(tokenizer, job.mix, len(encoded.rows), job.config.max_length) if job.mix else EncodedMix()
    rows = (*encoded.rows, *mixed.rows)
    return Rows(
        tokenizer=tokenizer,
        rows=rows,
        loss_tokens=encoded.loss_tokens + mixed.loss_tokens,
        dropped_too_long=encoded.dropped_too_long,
        mixed=len(mixed.rows),
        steps=updates_of(len(rows), job.config),
    )


def batches(job: SupervisedJob) -> tuple[int, int]:
    """Examples at once, and how many such batches make an update, on one device."""
    micro = examples_at_once(job.config)
    return micro, job.config.batch_size // micro
