"""How the base model is measured, and the least that a verdict needs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from passgap.spec.section import Section

REQUIRED_KS = (1, 4, 8, 16)
"""The k of pass@k that a verdict needs."""


MINIMUM_HELDOUT = 200
"""The held-out problems below which no verdict is given."""


class DecodingSection(Section):
    """How tokens are drawn: temperature, then top-k, then top-p."""

    temperature: float = Field(
        ge=0.0, le=10.0, allow_inf_nan=False, description="How sharply tokens are drawn; 0 is greedy.", examples=[0.8]
    )
    top_k: int = Field(default=0, ge=0, description="Keep the k most likely tokens; 0 keeps all.")
    top_p: float = Field(default=1.0, gt=0.0, le=1.0, description="Keep the smallest set of this probability.")
    max_new_tokens: int = Field(
        ge=1, description="The most tokens of a completion; longer ones are cut and counted.", examples=[256]
    )


class DiagnosticsSection(Section):
    """How the base model is measured."""

    samples: int = Field(
        ge=1,
        description="Samples drawn for each held-out problem; pass@k needs at least k.",
        examples=[16],
    )
    k: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        min_length=1, description="The k of pass@k: 1, 4, 8 and 16 at least.", examples=["[1, 4, 8, 16]"]
    )
    decoding: DecodingSection = Field(
        description="Production decoding, at which base and tuned model are both measured.",
        examples=["{temperature: 0.8, top_p: 0.95, max_new_tokens: 256}"],
    )
    likelihoods: int = Field(
        default=64,
        ge=0,
        description="The most problems with right and wrong samples whose samples' likelihood is measured, to predict "
        "what sharpening does; 0 measures none.",
        examples=[64],
    )
    track_record: tuple[str, ...] = Field(
        default=(),
        description="Folders of finished studies whose ledgers say how often each diagnostic was right, relative to "
        "this file; the verdict weights the diagnostics by it.",
        examples=["[../studies/autocomplete, ../studies/tests]"],
    )
