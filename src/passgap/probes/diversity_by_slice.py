"""Diversity by slice: pass@k falls while pass@1 rises in the problems of one difficulty, where the whole hides it."""

from __future__ import annotations

from dataclasses import dataclass

from passgap.probes._outcome import ProbeOutcome, Rule
from passgap.probes._samples import ModelSamples
from passgap.probes.base import BaseProbe, Settings
from passgap.probes.diversity import rises
from passgap.records import Estimate, Measured
from passgap.spec import Tolerance, ToleranceUnit

FEWEST = 20
"""Problems below which a slice is not read."""


@dataclass(frozen=True, kw_only=True)
class SliceDiversityProbe(BaseProbe):
    """The difference of pass@k at the largest k in the slice where it fell most while pass@1 rose.

    The intervals of all slices hold together (Bonferroni), so that the worst of them may be read.
    """

    def compare(self, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
        """See :meth:`passgap.probes.Probe.compare`."""
        from passgap.estimates import paired_delta  # noqa: PLC0415 - a study is checked without loading numerics

        k, slices = settings.largest_k, _slices(base)
        each_level = 1.0 - (1.0 - settings.level) / len(slices)
        compared = {}
        for name, problems in slices.items():
            before, after = base.counts.select(problems), tuned.counts.select(problems)
            compared[name] = [paired_delta(before, after, tries, level=each_level) for tries in (k, 1)]
        # A slice whose pass@1 fell too became worse, not narrower; it is read where no other is left.
        worst = min(compared, key=lambda name: (not rises(compared[name][1].delta), _value(compared[name][0].delta)))
        wide, narrow = compared[worst]
        sides = (_at(wide.base, settings.level), _at(wide.tuned, settings.level))
        drift = _at(wide.delta, settings.level)
        return self.outcome(
            sides,
            drift,
            settings,
            quantity=f"pass@{k} while pass@1 rises, in the worst of {len(slices)} slices",
            status=None if rises(narrow.delta) else self.unless_alert(drift, settings),
            note=f"the slice `{worst}`",
        )


def _slices(base: ModelSamples) -> dict[str, list[str]]:
    """The problems of each difficulty that has enough of them; all problems where none has."""
    found: dict[str, list[str]] = {}
    for name, difficulty in zip(base.counts.ids, base.counts.difficulties, strict=True):
        found.setdefault(difficulty, []).append(name)
    large = {name: problems for name, problems in found.items() if len(problems) >= FEWEST}
    return large or {"all": list(base.counts.ids)}


def _value(delta: Measured) -> float:
    return delta.value if isinstance(delta, Estimate) else 0.0


def _at(measured: Measured, level: float) -> Measured:
    """The same interval under the level at which those of all slices hold together."""
    if not isinstance(measured, Estimate) or measured.level == level:
        return measured
    return measured.model_copy(update={"level": level, "method": f"{measured.method}, for all slices together"})


PROBE = SliceDiversityProbe(
    name="diversity by slice",
    position=41,
    quantity="pass@k while pass@1 rises, in the worst slice",
    in_words="problems of one difficulty solved in several tries",
    rule=Rule.FALL,
    collapse=True,
    averages=False,
    tolerance=Tolerance(
        key="slice_diversity",
        default=0.05,
        unit=ToleranceUnit.DIFFERENCE,
        description="Largest fall of pass@k in a slice while pass@1 rises there.",
    ),
)
