"""Reference code: how likely the model finds the problems' reference solutions, which people wrote.

A model that learns from its own programs alone may find those of people ever less likely.
"""

from __future__ import annotations

from dataclasses import dataclass

from passgap.probes._outcome import ProbeOutcome, Rule
from passgap.probes._samples import ModelSamples
from passgap.probes.base import BaseProbe, Settings, same_prompts
from passgap.records import Insufficient
from passgap.spec import Tolerance, ToleranceUnit


@dataclass(frozen=True, kw_only=True)
class ReferenceCodeProbe(BaseProbe):
    """The ratio of the mean log-perplexities, of each problem's solution behind the problem's prompt."""

    def compare(self, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
        """See :meth:`passgap.probes.Probe.compare`."""
        from passgap.estimates import paired_ratio  # noqa: PLC0415 - a study is checked without loading numerics
        from passgap.estimates.measured import positive_mean_interval  # noqa: PLC0415

        same_prompts(base.heldout, tuned.heldout)
        if not tuned.references:
            reason = (
                "the likelihood of reference solutions was not measured: the problems have none, the engine cannot, or "
                "the weights are the base model's"
            )
            unknown = Insufficient(insufficient=reason, n=0, m=0)
            return self.outcome((unknown, unknown), unknown, settings)
        pairs = [tuned.references[name] for name in sorted(tuned.references)]
        before, after = ([pair[side] for pair in pairs] for side in (0, 1))
        level = settings.level
        sides = (
            positive_mean_interval(before, level=level, unit="nats"),
            positive_mean_interval(after, level=level, unit="nats"),
        )
        return self.outcome(sides, paired_ratio(before, after, level=level), settings)


PROBE = ReferenceCodeProbe(
    name="reference code",
    position=128,
    quantity="log-perplexity of the problems' reference solutions, in nats per token",
    rule=Rule.RISE,
    tolerance=Tolerance(
        key="reference_code",
        default=0.2,
        unit=ToleranceUnit.SHARE_OF_BASE,
        description="Largest relative rise of the log-perplexity of the problems' reference solutions.",
    ),
    optional=True,
    needs="likelihoods",
)
