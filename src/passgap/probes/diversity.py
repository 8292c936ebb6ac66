"""Diversity: mode collapse shows as pass@k falling at the largest k while pass@1 rises."""

from __future__ import annotations

from dataclasses import dataclass

from passgap.probes._outcome import ProbeOutcome, ProbeStatus, Rule, judge
from passgap.probes._samples import Answer, ModelSamples
from passgap.probes.base import BaseProbe, Settings
from passgap.records import Estimate, Measured
from passgap.spec import Tolerance, ToleranceUnit


@dataclass(frozen=True, kw_only=True)
class DiversityProbe(BaseProbe):
    """The difference of pass@k at the largest k.

    A fall of both pass@k and pass@1 is a worse model, not a narrower one: it is left unresolved, and the delta says it.
    """

    def per_prompt(self, samples: ModelSamples) -> dict[str, float]:
        """See :meth:`passgap.probes.BaseProbe.per_prompt`: whether any answer to a problem is right."""
        return {name: float(any(each.passed for each in answers)) for name, answers in samples.heldout.items()}

    def score_of(self, answer: Answer) -> float:
        """See :meth:`passgap.probes.BaseProbe.score_of`."""
        return float(bool(answer.passed))

    def compare(self, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
        """See :meth:`passgap.probes.Probe.compare`."""
        from passgap.estimates import paired_delta  # noqa: PLC0415 - a study is checked without loading numerics

        k, level = settings.largest_k, settings.level
        wide = paired_delta(base.counts, tuned.counts, k, level=level)
        narrow = paired_delta(base.counts, tuned.counts, 1, level=level).delta
        status = judge(wide.delta, settings.tolerance, self.rule)
        note = ""
        if status is ProbeStatus.ALERT and not rises(narrow):
            status = ProbeStatus.UNRESOLVED
            note = (
                f"pass@{k} fell beyond the tolerance, and pass@1 did not rise: the model lost ability, not only "
                f"diversity"
            )
        quantity = f"pass@{k} while pass@1 rises"
        return self.outcome((wide.base, wide.tuned), wide.delta, settings, quantity=quantity, status=status, note=note)


def rises(delta: Measured) -> bool:
    """Whether a change is above 0."""
    return isinstance(delta, Estimate) and delta.value > 0.0


PROBE = DiversityProbe(
    name="diversity",
    position=40,
    quantity="pass@k while pass@1 rises",
    in_words="problems solved in several tries",
    rule=Rule.FALL,
    collapse=True,
    averages=False,
    tolerance=Tolerance(
        key="diversity",
        default=0.02,
        unit=ToleranceUnit.DIFFERENCE,
        description="Largest fall of pass@k while pass@1 rises.",
    ),
)
