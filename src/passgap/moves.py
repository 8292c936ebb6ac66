"""The moves that could come next for a model: one list for intake, comparator, verdict and report.

Each is carried out by the arm of the same name (:mod:`passgap.arms`); keeping the base model is the arm ``base``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema


class Move(StrEnum):
    """A move by its name, as it is written in ``study.yaml``, on the command line and in code."""

    DO_NOTHING = "do-nothing"
    DECODE_ONLY = "decode-only"
    SFT_EXTERNAL = "sft-external"
    REJECTION_SAMPLING = "rejection-sampling"
    DPO = "dpo"
    IPO = "ipo"
    GRPO = "grpo"
    RETRIEVAL = "retrieval"
    SSD = "ssd"
    SSD_VERIFIED = "ssd-verified"

    @classmethod
    def _missing_(cls, value: object) -> Move | None:
        """Read the name that an earlier version gave a move."""
        return _FORMER.get(value) if isinstance(value, str) else None

    @property
    def arm(self) -> str:
        """The name of the arm that carries it out."""
        return "base" if self is Move.DO_NOTHING else self.value

    @property
    def caption(self) -> str:
        """The move in words."""
        return _CAPTIONS[self]

    @property
    def in_short(self) -> str:
        """The caption without its explanation."""
        return self.caption.split(": ")[0].split(", ")[0]

    @property
    def label(self) -> str:
        """How verdicts and reports write it, the same since the first version."""
        return _LABELS.get(self, self.value)


_CAPTIONS = {
    Move.DO_NOTHING: "keeping the base model",
    Move.DECODE_ONLY: "another decoding of the base model, with nothing trained",
    Move.SFT_EXTERNAL: "supervised fine-tuning on curated data, which imports knowledge",
    Move.REJECTION_SAMPLING: "fine-tuning on samples that pass the pool's tests, which harvests rare successes",
    Move.DPO: "preference optimisation (DPO) on pairs of a better and a worse answer",
    Move.IPO: "preference optimisation with the IPO loss",
    Move.GRPO: "reinforcement learning (GRPO) with a verifier",
    Move.RETRIEVAL: "retrieval: what the model lacks is put into its prompt",
    Move.SSD: "minimal self-distillation: fine-tuning on the model's own samples, unfiltered",
    Move.SSD_VERIFIED: "verifier-aware self-distillation",
}

_FORMER = {"verified-ssd": Move.SSD_VERIFIED}
"""Moves by names that earlier versions wrote into ledgers and reports."""

_LABELS = {Move.SFT_EXTERNAL: "SFT-external", Move.DPO: "DPO", Move.IPO: "IPO", Move.GRPO: "GRPO"}

COMPARATORS = tuple(each for each in Move if each not in (Move.SSD, Move.SSD_VERIFIED))
"""The moves that a study can declare as its comparator: the alternative to self-distillation."""


def _by_name_or_label(value: object) -> object:
    former = _FORMER.get(value) if isinstance(value, str) else None
    return former or next((each for each in Move if value in (each.value, each.label)), value)


LabelledMove = Annotated[
    Move,
    BeforeValidator(_by_name_or_label),
    PlainSerializer(lambda each: each.label, when_used="json"),
    WithJsonSchema({"type": "string", "enum": [each.label for each in Move], "description": "A move, by its label."}),
]
"""A move in a record whose JSON writes labels; names are read as well."""
