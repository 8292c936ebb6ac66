"""The special tokens by which models are asked to fill in the middle of a text, one set per family of models.

Sources: Bavarian et al. 2022 (arXiv 2207.14255) for the two orders; the model cards and tokenizers of Qwen2.5-Coder,
StarCoder and StarCoder2, DeepSeek-Coder, and CodeLlama.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from passgap.records import Prompt, Record


class FillOrder(StrEnum):
    """The order in which a model reads the two sides."""

    PSM = "psm"
    """Prefix, suffix, middle."""
    SPM = "spm"
    """Suffix, prefix, middle: the middle is written right behind the prefix."""


class FillMarks(Record):
    """The marks of one family, in one order."""

    family: str
    prefix: str
    suffix: str
    middle: str
    ends: tuple[str, ...] = ()
    """Tokens other than the end of the text that a model may write behind a middle."""
    order: FillOrder = FillOrder.PSM

    @property
    def label(self) -> str:
        """The family and the order, for people."""
        return f"{self.family}'s tokens, {self.order.value.upper()}"

    def prompt(self, before: str, after: str) -> Prompt:
        """The text that a model continues with the middle; without marks, the two sides for a server."""
        if not self.middle:
            return Prompt(user=before, suffix=after, chat=False)
        if self.order is FillOrder.PSM:
            text = f"{self.prefix}{before}{self.suffix}{after}{self.middle}"
        else:
            text = f"{self.prefix}{self.suffix}{after}{self.middle}{before}"
        return Prompt(user=text, chat=False, stop=self.ends)


_FAMILIES = (
    FillMarks(
        family="qwen",
        prefix="<|fim_prefix|>",
        suffix="<|fim_suffix|>",
        middle="<|fim_middle|>",
        ends=("<|fim_pad|>", "<|file_sep|>", "<|repo_name|>", "<|cursor|>"),
    ),
    FillMarks(
        family="starcoder",
        prefix="<fim_prefix>",
        suffix="<fim_suffix>",
        middle="<fim_middle>",
        ends=("<fim_pad>",),
    ),
    FillMarks(
        family="deepseek",
        prefix="<｜fim▁begin｜>",  # noqa: RUF001 - these marks are written with full-width lines
        suffix="<｜fim▁hole｜>",  # noqa: RUF001
        middle="<｜fim▁end｜>",  # noqa: RUF001
        ends=("<|EOT|>",),
    ),
    FillMarks(family="codellama", prefix="▁<PRE>", suffix="▁<SUF>", middle="▁<MID>", ends=("▁<EOT>",)),
)
FILL_MARKS = {each.family: each for each in _FAMILIES}
"""The marks by family, in PSM order."""
BY_SERVER = FillMarks(family="suffix", prefix="", suffix="", middle="")
"""Stands for marks that a server puts around the two sides by itself."""


def marks_among(tokens: Collection[str]) -> FillMarks | None:
    """The marks that a tokenizer has all of, by its added tokens; None where it has none."""
    known = set(tokens)
    return next((each for each in _FAMILIES if {each.prefix, each.suffix, each.middle} <= known), None)
