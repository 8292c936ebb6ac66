"""The base of the probes that compare next-token distributions of both models on the base model's own samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from passgap.probes._outcome import ProbeOutcome
from passgap.probes._samples import ModelSamples
from passgap.probes.base import BaseProbe, Settings, same_prompts
from passgap.records import Insufficient
from passgap.records.likelihoods import Divergence, TokenProfile
from passgap.spec import ToleranceUnit


@dataclass(frozen=True, kw_only=True)
class ProfileProbe(BaseProbe):
    """The mean over completions of a quantity of a token profile, as a ratio or a difference."""

    value: Callable[[TokenProfile, int], float]
    """Of a profile and its number of positions, per position."""

    def compare(self, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
        """See :meth:`passgap.probes.Probe.compare`."""
        from passgap.estimates import (  # noqa: PLC0415 - a study is checked without loading numerics
            paired_mean_delta,
            paired_ratio,
        )
        from passgap.estimates.measured import positive_mean_interval  # noqa: PLC0415

        same_prompts(base.heldout, tuned.heldout)
        before, after = zip(*self._pairs(tuned), strict=True) if any(self._pairs(tuned)) else ((), ())
        if not before:
            unknown = nothing_compared()
            return self.outcome((unknown, unknown), unknown, settings)
        level = settings.level
        if self.tolerance.unit is ToleranceUnit.SHARE_OF_BASE:
            sides = (
                positive_mean_interval(before, level=level, unit="nats"),
                positive_mean_interval(after, level=level, unit="nats"),
            )
            return self.outcome(sides, paired_ratio(before, after, level=level), settings)
        paired = paired_mean_delta(before, after, level=level)
        return self.outcome((paired.base, paired.tuned), paired.delta, settings)

    def _pairs(self, tuned: ModelSamples) -> Iterator[tuple[float, float]]:
        for row in tuned.apart.values():
            if row.base_profile is not None and row.profile is not None:
                yield self.value(row.base_profile, row.positions), self.value(row.profile, row.positions)


def nothing_compared() -> Insufficient:
    """Why there is nothing to read."""
    return Insufficient(insufficient="next-token distributions of both models were not compared", n=0, m=0)


def rows_of(tuned: ModelSamples) -> list[Divergence]:
    """How far the model is from the base model, completion by completion."""
    return [tuned.apart[name] for name in sorted(tuned.apart)]
