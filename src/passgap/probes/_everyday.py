"""The base of the probes of everyday tasks, which are outside programming and whose answers are right or wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from passgap.probes._outcome import ProbeOutcome, Rule
from passgap.probes._samples import Answer, ModelSamples, Prompts
from passgap.probes.base import ScoreProbe, Settings
from passgap.records import Estimate, Measured
from passgap.spec import Tolerance, ToleranceUnit

OUT_OF_DOMAIN = Tolerance(
    key="out_of_domain",
    default=0.10,
    unit=ToleranceUnit.DIFFERENCE,
    description="Largest fall of the share of right answers to everyday tasks; 1 leaves these tasks out.",
    omitted_at_one=True,
)


@dataclass(frozen=True, kw_only=True)
class EverydayProbe(ScoreProbe):
    """The share of right answers to one kind of everyday task.

    The smallest drift that so many answers show with a power of 80 % is noted beside it.
    """

    def compare(self, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
        """See :meth:`passgap.probes.Probe.compare`."""
        found = super().compare(base, tuned, settings)
        return found.model_copy(update={"note": _resolution(found.drift)})


def everyday(name: str, position: float, quantity: str) -> EverydayProbe:
    """The probe of one kind of everyday task, which its prompts have as their kind."""
    return EverydayProbe(
        name=name,
        position=position,
        quantity=quantity,
        rule=Rule.FALL,
        tolerance=OUT_OF_DOMAIN,
        prompts=Prompts("everyday", (name,)),
        score=_share_right,
    )


def _share_right(answers: Sequence[Answer]) -> float | None:
    told = [answer.right for answer in answers if answer.right is not None]
    return sum(told) / len(told) if told else None


def _resolution(drift: Measured) -> str:
    from passgap.estimates.power import smallest_shown  # noqa: PLC0415 - a study is checked without loading numerics

    if not isinstance(drift, Estimate):
        return ""
    return f"{drift.n} answers show a drift of {100 * smallest_shown(drift):.1f} pp with a power of 80 %"
