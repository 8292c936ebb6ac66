"""The battery: a table of probes, and every declared one run on the samples of base and tuned model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from passgap.probes._outcome import BatteryOutcome, ProbeOutcome, ProbeStatus, Rule
from passgap.probes._samples import ModelSamples
from passgap.probes.base import Probe, Settings
from passgap.records import Insufficient
from passgap.registry import Registry
from passgap.spec import Tolerance, tolerances_of

PROBES: Registry[Probe] = Registry(package="passgap.probes", attribute="PROBE", group="passgap.probes", noun="probe")

FIRST_PROBES = (
    "repetition",
    "self-bleu",
    "length",
    "diversity",
    "comments",
    "docstrings",
    "refusals",
    "unsafe compliance",
    "unsafe code",
    "format",
)
"""The battery of studies that were declared before a declaration named its probes. Never add to it."""


def probe_tolerances() -> dict[str, Tolerance]:
    """The tolerances of all probes, by key."""
    return tolerances_of(probe.tolerance for probe in PROBES.values())


def tolerances_by_probe() -> dict[str, Tolerance]:
    """The tolerance of each probe, by the probe's name."""
    return {name: probe.tolerance for name, probe in PROBES.items()}


def battery_of_study(tolerances: Mapping[str, float]) -> tuple[str, ...]:
    """The names of the probes of a study that is declared now: all there are, less those that it leaves out.

    Args:
        tolerances: as declared, by key.
    """
    left_out = left_out_of_study(tolerances)
    return tuple(name for name in PROBES.names() if name not in left_out)


def left_out_of_study(tolerances: Mapping[str, float]) -> tuple[str, ...]:
    """The names of the probes that a study leaves out by their tolerance."""
    return tuple(
        name
        for name, probe in PROBES.items()
        if probe.tolerance.omitted_at_one and tolerances.get(probe.tolerance.key, probe.tolerance.default) >= 1.0
    )


def run_battery(
    *,
    arm: str,
    base: ModelSamples,
    tuned: ModelSamples,
    tolerances: Mapping[str, float],
    largest_k: int,
    level: float,
    probes: Sequence[str] | None = None,
) -> BatteryOutcome:
    """Compare the tuned model's samples with the base model's, probe by probe.

    Args:
        arm: whose battery it is.
        base: samples of the base model.
        tuned: samples of the tuned model, on the same prompts.
        tolerances: as declared before training, by key; a key that is not there is at its default.
        largest_k: the k at which diversity is read.
        level: of the intervals.
        probes: the names of the probes, as declared before training; by default all there are. A declared probe that
            is not installed is insufficient, never left out.

    Raises:
        ValueError: the two models were not sampled on the same prompts.
    """
    names = PROBES.names() if probes is None else probes

    def outcome(name: str) -> ProbeOutcome:
        if name not in PROBES:
            return _not_installed(name, tolerances.get(name, 0.0))
        probe = PROBES[name]
        tolerance = tolerances.get(probe.tolerance.key, probe.tolerance.default)
        return probe.compare(base, tuned, Settings(tolerance=tolerance, level=level, largest_k=largest_k))

    return BatteryOutcome(arm=arm, outcomes=tuple(map(outcome, names)))


def _not_installed(name: str, tolerance: float) -> ProbeOutcome:
    unknown = Insufficient(insufficient="the probe is not installed here", n=0, m=0)
    return ProbeOutcome(
        probe=name,
        quantity="declared, and defined by a distribution that is not installed here",
        base=unknown,
        tuned=unknown,
        drift=unknown,
        tolerance=tolerance,
        rule=Rule.CHANGE,
        status=ProbeStatus.INSUFFICIENT,
    )
