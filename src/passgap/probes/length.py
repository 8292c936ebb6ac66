"""Length: the typical length of a problem's completions, compared over problems."""

from __future__ import annotations

from dataclasses import dataclass

from passgap.probes._outcome import ProbeOutcome, Rule
from passgap.probes._samples import Answer, ModelSamples
from passgap.probes.base import BaseProbe, Settings, same_prompts
from passgap.spec import Tolerance, ToleranceUnit


@dataclass(frozen=True, kw_only=True)
class LengthProbe(BaseProbe):
    """The ratio of the median lengths in tokens, each the median over problems of a problem's median completion.

    The 95th percentiles over all completions are noted beside it.
    """

    def per_prompt(self, samples: ModelSamples) -> dict[str, float]:
        """See :meth:`passgap.probes.BaseProbe.per_prompt`."""
        return {
            name: float(sorted(answer.tokens for answer in answers)[len(answers) // 2])
            for name, answers in samples.heldout.items()
            if answers
        }

    def score_of(self, answer: Answer) -> float:
        """See :meth:`passgap.probes.BaseProbe.score_of`."""
        return float(answer.tokens)

    def compare(self, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
        """See :meth:`passgap.probes.Probe.compare`."""
        import numpy as np  # noqa: PLC0415 - a study is checked without loading numerics

        from passgap.estimates import mean_interval, paired_median_ratio  # noqa: PLC0415

        names = same_prompts(base.heldout, tuned.heldout)
        lengths = [{name: [answer.tokens for answer in side.heldout[name]] for name in names} for side in (base, tuned)]
        before, after = ([float(np.median(side[name])) for name in names] for side in lengths)
        longest = max([*before, *after, 1.0])
        tails = [np.percentile([length for name in names for length in side[name]], 95) for side in lengths if names]
        level = settings.level
        return self.outcome(
            (
                mean_interval(before, longest, level=level, unit="tokens"),
                mean_interval(after, longest, level=level, unit="tokens"),
            ),
            paired_median_ratio(before, after, level=level),
            settings,
            note=f"95th percentile over all completions: {tails[0]:.0f} and {tails[1]:.0f} tokens" if names else "",
        )


PROBE = LengthProbe(
    name="length",
    position=30,
    quantity="tokens of a problem's median completion",
    in_words="the length of its answers",
    rule=Rule.CHANGE,
    collapse=True,
    tolerance=Tolerance(
        key="length",
        default=0.25,
        unit=ToleranceUnit.SHARE_OF_BASE,
        description="Largest relative drift of the median output length.",
    ),
)
