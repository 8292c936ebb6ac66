"""The decode-only control as a study declares it (R8): the settings that the base model is decoded at.

Decoding is the cheapest thing that could be changed instead of the weights, so it is swept before anybody trains.
"""

from __future__ import annotations

import itertools
from typing import Annotated

from pydantic import Field

from passgap.records import Decoding
from passgap.spec.section import Section

TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 1.0)
"""From greedy to the model's own distribution."""

SAMPLES = 4
"""The whole default sweep takes 17 samples a problem: about what measuring the base model at 16 takes."""

Temperature = Annotated[float, Field(ge=0.0, le=10.0, allow_inf_nan=False)]
TopK = Annotated[int, Field(ge=0)]
TopP = Annotated[float, Field(gt=0.0, le=1.0)]


class SettingSection(Section):
    """One setting of the sweep. Its token limit is that of production decoding, or lengths would be compared."""

    temperature: Temperature = Field(description="How sharply tokens are drawn; 0 is greedy.", examples=[0.6])
    top_k: TopK = Field(default=0, description="Keep the k most likely tokens; 0 keeps all.")
    top_p: TopP = Field(default=1.0, description="Keep the smallest set of this probability.")


class DecodeOnlySection(Section):
    """The sweep: a grid of temperatures and truncations, or a list of settings. Production decoding always joins it."""

    temperatures: tuple[Temperature, ...] = Field(
        default=TEMPERATURES, min_length=1, description="Temperatures of the grid; 0 is greedy.", examples=["[0, 0.4]"]
    )
    top_k: tuple[TopK, ...] = Field(
        default=(),
        description="top-k of the grid, each with each temperature; empty takes that of production decoding.",
        examples=["[0, 20]"],
    )
    top_p: tuple[TopP, ...] = Field(
        default=(),
        description="top-p of the grid, each with each temperature; empty takes that of production decoding.",
        examples=["[0.9, 1.0]"],
    )
    settings: tuple[SettingSection, ...] = Field(
        default=(),
        description="The settings one by one, in place of the grid.",
        examples=["[{temperature: 0.6, top_p: 0.95}, {temperature: 0}]"],
    )
    samples: int = Field(
        default=SAMPLES, ge=1, description="Samples for each problem at each setting; greedy decoding needs one."
    )

    @property
    def mixed(self) -> bool:
        """Whether a grid and a list were both given: nobody could say which one was meant."""
        return bool(self.settings) and bool(self.model_fields_set & {"temperatures", "top_k", "top_p"})

    def sweep(self, production: Decoding) -> dict[str, Decoding]:
        """The settings to be sampled by their labels, each once; production decoding, measured anyway, is not one."""
        if self.settings:
            points = [(each.temperature, each.top_k, each.top_p) for each in self.settings]
        else:
            grid = (self.temperatures, self.top_k or (production.top_k,), self.top_p or (production.top_p,))
            points = list(itertools.product(*grid))
        decodings = [
            Decoding(temperature=temperature, top_k=top_k, top_p=top_p, max_new_tokens=production.max_new_tokens)
            for temperature, top_k, top_p in points
        ]
        return {each.label: each for each in decodings if each.label != production.label}

    def samples_at(self, decoding: Decoding) -> int:
        """How many samples a problem gets at a setting: greedy decoding would only repeat its first one."""
        return 1 if decoding.greedy else self.samples
