"""The decoding frontier: at which decodings base model and arms are measured, and how they are compared."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from passgap.records import Decoding
from passgap.spec.section import Fraction, Section

TEMPERATURES = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2)
SAMPLES = 8


class Matching(StrEnum):
    """The quantity at which two models are compared: each is given the decoding that reaches as much of it."""

    COVERAGE = "pass@k"
    """The share of problems that one of k samples solves."""
    DIVERSITY = "diversity"
    """1 - Self-BLEU: how little a problem's samples resemble each other."""


class FrontierSection(Section):
    """The sweep, for the base model and every arm alike. Greedy decoding and production decoding always join it."""

    temperatures: tuple[Annotated[float, Field(ge=0.0, le=10.0, allow_inf_nan=False)], ...] = Field(
        default=TEMPERATURES, min_length=1, description="Temperatures of the sweep.", examples=["[0.2, 0.5, 0.8, 1.1]"]
    )
    top_k: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        default=(), description="top-k of the sweep, each with each temperature; empty takes that of production."
    )
    top_p: tuple[Annotated[float, Field(gt=0.0, le=1.0)], ...] = Field(
        default=(), description="top-p of the sweep, each with each temperature; empty takes that of production."
    )
    samples: int = Field(
        default=SAMPLES, ge=2, description="Samples for each development problem at each decoding; greedy takes one."
    )
    k: int | None = Field(
        default=None, ge=2, description="The k of pass@k, at most `samples`; by default as many as these."
    )
    matched: Matching = Field(
        default=Matching.COVERAGE, description="What models are compared at: `pass@k`, or `diversity` (1 - Self-BLEU)."
    )
    margin: Fraction = Field(
        default=0.02, description="The least rise of pass@1 over the base model's frontier that would matter."
    )

    @property
    def largest_k(self) -> int:
        """The k of pass@k."""
        return self.samples if self.k is None else self.k

    def decodings(self, production: Decoding) -> tuple[Decoding, ...]:
        """Every decoding of the sweep, each once: greedy first, then by truncation and temperature."""
        grid = itertools.product(
            self.top_k or (production.top_k,), self.top_p or (production.top_p,), sorted(self.temperatures)
        )
        swept = (
            Decoding(temperature=temperature, top_k=top_k, top_p=top_p, max_new_tokens=production.max_new_tokens)
            for top_k, top_p, temperature in grid
        )
        greedy = Decoding(temperature=0.0, max_new_tokens=production.max_new_tokens)
        every = {each.label: each for each in (greedy, production, *swept)}
        del every[greedy.label]
        warm = sorted(every.values(), key=lambda each: (each.top_k, each.top_p, each.temperature))
        return (greedy, *warm)

    def refusals(self) -> Iterator[str]:
        """Yield what contradicts itself."""
        if self.largest_k > self.samples:
            yield (
                f"frontier.k: {self.samples} samples cannot give pass@{self.k}. Raise `frontier.samples`, or lower `k`."
            )
