"""Prompts that are worth asking again: those of probes that are undecided after a look."""

from __future__ import annotations

from collections.abc import Iterable

from passgap.probes._battery import PROBES, Comparing, asked_at_looks
from passgap.probes._outcome import ProbeOutcome, Rule
from passgap.probes._samples import ModelSamples
from passgap.records import Estimate


def asked_again(
    names: Iterable[str], comparing: Comparing, base: ModelSamples, tuned: ModelSamples
) -> frozenset[tuple[str, str]]:
    """The prompts to ask both models at the next look, by prompt set and kind; none where every probe is decided.

    Args:
        names: of the battery's probes.
        comparing: how they compare.
        base: the base model's answers to the battery's prompts.
        tuned: the tuned model's.
    """
    names = tuple(names)
    found = set[tuple[str, str]]()
    for name in names:
        if name not in PROBES or not asked_at_looks(probe := PROBES[name], base):
            continue
        assert probe.prompts is not None, "it reads prompts"
        outcome, p = comparing.of(name, base, tuned)
        if outcome.look < outcome.looks and undecided(outcome, p, comparing.testing.share(len(names)).error):
            keys = base.keys_of(probe.prompts)
            found.update(key for key in keys if min(_looks(base, key), _looks(tuned, key)) <= outcome.look)
    return frozenset(found)


def undecided(outcome: ProbeOutcome, p_value: float | None, error: float) -> bool:
    """Whether further answers may still show a drift of twice the tolerance.

    They will not where the interval of the drift leaves it out already, nor are they needed where the drift raises an
    alert whatever the other probes say.

    Args:
        outcome: of the probe at its last look.
        p_value: of "nothing drifted" over its looks.
        error: of the one probe: that of the battery over the number of its probes.
    """
    drift = outcome.drift
    if not isinstance(drift, Estimate) or (outcome.outside and p_value is not None and p_value <= error):
        return False
    centre = 1.0 if drift.unit == "ratio" else 0.0
    rises = outcome.rule is not Rule.FALL and drift.high >= centre + 2.0 * outcome.tolerance
    falls = outcome.rule is not Rule.RISE and drift.low <= centre - 2.0 * outcome.tolerance
    return rises or falls


def _looks(samples: ModelSamples, key: tuple[str, str]) -> int:
    return samples.looks.get(key, 1)
