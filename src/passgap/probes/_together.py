"""All probes of a battery at once: an alert is a drift outside its tolerance that is beyond chance over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from passgap.formatting import p_value
from passgap.probes._outcome import ProbeOutcome, ProbeStatus, Rule
from passgap.records import Estimate, Measured


@dataclass(frozen=True)
class DriftTest:
    """How drifts are tested for being beyond chance."""

    error: float
    """The probability with which a model that has not drifted may raise an alert: any of the battery, or that of one
    probe where this is the :meth:`share` of one."""
    looks: tuple[int, ...] = (1,)
    """Answers to each of the battery's prompts after each declared look, as multiples of those of the first."""
    directed: bool = False
    """Whether a drift is tested in the direction that counts alone, as from the fourth edition on."""

    def share(self, parts: int) -> DriftTest:
        """The same with an equal part of the error."""
        return replace(self, error=self.error / parts)

    def p_value(self, drifts: Sequence[Measured], rule: Rule, looks: Sequence[int]) -> float | None:
        """The p-value of "nothing drifted" over the looks that were taken; None where the last gave no drift.

        Args:
            drifts: one for each look that was taken, of all the answers up to it.
            rule: the drift that counts.
            looks: those that were declared for what the probe reads.
        """
        from passgap.estimates.drift_test import drift_p_value, one_sided_p_value  # noqa: PLC0415 - without numerics
        from passgap.estimates.sequential import sequential_p_value  # noqa: PLC0415

        last = drifts[-1]
        if not isinstance(last, Estimate):
            return None
        if not self.directed:
            return drift_p_value(last)
        fractions = [each / looks[-1] for each in looks]
        sides = {Rule.RISE: (True,), Rule.FALL: (False,), Rule.CHANGE: (True, False)}[rule]

        def over_looks(rise: bool) -> float:
            each = [one_sided_p_value(one, rise=rise) if isinstance(one, Estimate) else 1.0 for one in drifts]
            return sequential_p_value(each, fractions)

        return min(1.0, len(sides) * min(map(over_looks, sides)))

    def two_sided(self, rule: Rule, *, looks: bool) -> float:
        """The error of a two-sided test with the same bounds, at the last look alone.

        Args:
            rule: the drift that counts.
            looks: whether what the probe reads is asked at several.
        """
        from passgap.estimates.sequential import last_error  # noqa: PLC0415 - a study is checked without numerics

        if not self.directed:
            return self.error
        one_sided = self.error / 2.0 if rule is Rule.CHANGE else self.error
        return 2.0 * last_error(one_sided, [each / self.looks[-1] for each in self.looks] if looks else [1.0])


def judged_together(
    outcomes: Sequence[ProbeOutcome], error: float, p_values: Mapping[str, float] | None = None
) -> tuple[ProbeOutcome, ...]:
    """The same outcomes, whose alerts hold together.

    Each drift has a p-value of "nothing drifted", adjusted by Holm over all probes that could be measured. Where it is
    above ``error``, a drift outside its tolerance is unresolved. So a model that has not drifted raises any alert with
    a probability of at most ``error``, whatever the probes have to do with each other.

    Args:
        outcomes: of all probes.
        error: of the battery.
        p_values: of "nothing drifted", by probe; None reads them off the intervals, in both directions.
    """
    from passgap.estimates.drift_test import drift_p_value  # noqa: PLC0415 - a study is checked without numerics
    from passgap.estimates.multiplicity import holm  # noqa: PLC0415

    if p_values is None:
        p_values = {each.probe: drift_p_value(each.drift) for each in outcomes if isinstance(each.drift, Estimate)}
    adjusted = holm(p_values)
    return tuple(_judged(each, adjusted.get(each.probe), error) for each in outcomes)


def _judged(outcome: ProbeOutcome, adjusted: float | None, error: float) -> ProbeOutcome:
    if adjusted is None or outcome.status is not ProbeStatus.ALERT:
        return outcome.model_copy(update={"p_value": adjusted})
    told = f"p = {p_value(adjusted)} over all probes (Holm)"
    if adjusted <= error:
        return outcome.model_copy(update={"p_value": adjusted, "note": _joined(outcome.note, told)})
    note = _joined(outcome.note, f"outside its tolerance, which may be chance: {told}")
    return outcome.model_copy(update={"p_value": adjusted, "note": note, "status": ProbeStatus.UNRESOLVED})


def _joined(*notes: str) -> str:
    return "; ".join(filter(None, notes))
