"""Divergence: KL(base || tuned) per token on the base model's own samples, which predicts what is forgotten."""

from __future__ import annotations

from dataclasses import dataclass

from passgap.probes._outcome import ProbeOutcome, Rule
from passgap.probes._samples import ModelSamples
from passgap.probes._tokenwise import nothing_compared, rows_of
from passgap.probes.base import BaseProbe, Settings, same_prompts
from passgap.spec import Tolerance, ToleranceUnit


@dataclass(frozen=True, kw_only=True)
class DivergenceProbe(BaseProbe):
    """The mean divergence over completions; its drift is its own size, since the base model has none from itself."""

    def compare(self, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
        """See :meth:`passgap.probes.Probe.compare`."""
        from passgap.estimates.measured import positive_mean_interval  # noqa: PLC0415 - checked without numerics

        same_prompts(base.heldout, tuned.heldout)
        values = [row.divergence / row.positions for row in rows_of(tuned)]
        if not values:
            unknown = nothing_compared()
            return self.outcome((unknown, unknown), unknown, settings)
        none, apart = (
            positive_mean_interval(each, level=settings.level, unit="nats") for each in ([0.0] * len(values), values)
        )
        return self.outcome((none, apart), apart, settings)


PROBE = DivergenceProbe(
    name="divergence",
    position=120,
    quantity="KL(base || tuned) per token on the base model's samples",
    in_words="the distance of its predictions from the base model's",
    rule=Rule.RISE,
    tolerance=Tolerance(
        key="divergence",
        default=0.5,
        unit=ToleranceUnit.NATS,
        description="Largest divergence from the base model, in nats per token.",
    ),
    optional=True,
    needs="likelihoods",
)
