"""The resolution of a probe on a study: the smallest drift that it would show, known from the base model alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field

from passgap.probes._battery import asked_at_looks
from passgap.probes._samples import Answers, ModelSamples
from passgap.probes._together import DriftTest
from passgap.probes.base import Probe, Settings
from passgap.records import Estimate, Record
from passgap.records.units import FractionOf1, ToleranceSize
from passgap.spec import ToleranceUnit

if TYPE_CHECKING:
    from passgap.estimates import Counts


class ProbeResolution(Record):
    """The smallest drift that a probe would show as an alert with a power of 80 %, before anything is trained."""

    probe: str
    tolerance: ToleranceSize
    relative: bool = False
    """Whether tolerance and drift are shares of what the base model has."""
    smallest: float | None = Field(default=None, gt=0.0)
    """A fraction of 1; None where it is not known, or no drift would show."""
    error: FractionOf1
    """At which the one probe is tested: that of the battery over the number of its probes."""
    n: int = Field(ge=0)
    """Prompts or problems that can be scored."""
    answers: int = Field(ge=0)
    """To each of them, at the last look."""
    measured: bool = True
    """Whether it is known from the base model's answers, and not supposed."""
    needed: int | None = Field(default=None, gt=0)
    """About how many prompts or problems with so many answers would resolve the tolerance, where these do not."""
    reason: str = ""
    """Why the smallest drift is not known."""

    @property
    def resolves(self) -> bool:
        """Whether a drift of twice the tolerance would show."""
        return self.smallest is not None and self.smallest <= 2.0 * self.tolerance + 1e-9


def resolution_of(probe: Probe, base: ModelSamples, settings: Settings, testing: DriftTest) -> ProbeResolution:
    """The resolution of a probe, from the noise of the base model's own answers.

    Half of the answers to each prompt are compared with the other half: nothing drifted between them. Where a prompt
    has one answer, it is compared with that to the next prompt, which is noisier than another answer to the same one.
    Answers that are given greedily have no noise.

    Args:
        probe: of the battery.
        base: the base model's samples.
        settings: as the arm will be compared.
        testing: how the drift of the one probe is tested; at the last look there are more answers than these.
    """
    from passgap.estimates.drift_test import (  # noqa: PLC0415 - a study is checked without numerics
        needed_to_show,
        smallest_alerting,
        standard_error_of,
    )

    relative = probe.tolerance.unit is ToleranceUnit.SHARE_OF_BASE
    first, second = _halves(base)
    there, again = _fewest(probe, base), asked_at_looks(probe, base)
    last = there * testing.looks[-1] // testing.looks[base.looks_at(probe.prompts) - 1] if again else there
    known = ProbeResolution(
        probe=probe.name,
        tolerance=settings.tolerance,
        relative=relative,
        error=testing.error,
        n=0,
        answers=last,
    )
    drift = probe.compare(first, second, replace(settings, largest_k=max(1, settings.largest_k // 2))).drift
    if not isinstance(drift, Estimate):
        optional = getattr(probe, "optional", False)
        return known.model_copy(update={"n": drift.n, "reason": drift.insufficient, "measured": not optional})
    halved = there >= 2 and getattr(probe, "averages", True)
    variance = standard_error_of(drift) ** 2 / (2.0 if halved else 1.0) * (there / last if last else 1.0)
    error = testing.two_sided(probe.rule, looks=again)
    smallest = smallest_alerting(settings.tolerance, error, variance, drift.n, relative=relative)
    reason = "" if smallest is not None else "no drift would show on so few answers"
    found = known.model_copy(update={"n": drift.n, "smallest": smallest, "reason": reason})
    if found.resolves or drift.n < 2:
        return found
    needed = needed_to_show(settings.tolerance, error, variance, drift.n, relative=relative)
    return found.model_copy(update={"needed": needed})


def planned_resolution(
    probe: Probe, settings: Settings, testing: DriftTest, prompts: int, answers: int, *, greedy: bool
) -> ProbeResolution:
    """The same before the base model was asked, for a share of the answers to so many prompts of the battery.

    The probability of what is counted is supposed to be spread evenly over the prompts, between never and always.

    Args:
        probe: of the battery.
        settings: as the arm will be compared.
        testing: how the drift of the one probe is tested.
        prompts: how many it reads; 0 where it reads held-out samples.
        answers: to each at the first look.
        greedy: whether they are given greedily.
    """
    from passgap.estimates.drift_test import smallest_alerting  # noqa: PLC0415 - a study is checked without numerics

    relative = probe.tolerance.unit is ToleranceUnit.SHARE_OF_BASE
    answers = answers if greedy else answers * testing.looks[-1]
    known = ProbeResolution(
        probe=probe.name,
        tolerance=settings.tolerance,
        relative=relative,
        error=testing.error,
        n=prompts,
        answers=answers,
        measured=False,
    )
    if not prompts or relative:
        return known.model_copy(update={"reason": "known once the base model is measured"})
    variance = 0.0 if greedy else 2.0 * _EVENLY_SPREAD / (prompts * answers)
    error = testing.two_sided(probe.rule, looks=not greedy)
    smallest = smallest_alerting(settings.tolerance, error, variance, prompts)
    return known.model_copy(update={"smallest": smallest})


_EVENLY_SPREAD = 1.0 / 6.0
"""The mean variance of one answer where its probability is spread evenly between 0 and 1."""


def _fewest(probe: Probe, base: ModelSamples) -> int:
    return min((len(given) for given in base.read(probe.prompts).values()), default=0)


def _halves(base: ModelSamples) -> tuple[ModelSamples, ModelSamples]:
    """Two models that differ by chance alone."""
    heldout = _split(base.heldout, greedy=False)
    prompted = {key: _split(answers, greedy=key[0] in base.greedy) for key, answers in base.prompted.items()}

    def half(number: int) -> ModelSamples:
        answers = heldout[number]
        return replace(
            base,
            heldout=answers,
            counts=_counted(base, answers),
            prompted={key: each[number] for key, each in prompted.items()},
        )

    return half(0), half(1)


def _split(answers: Answers, *, greedy: bool) -> tuple[Answers, Answers]:
    if min((len(given) for given in answers.values()), default=0) >= 2:
        return _every_other(answers, 0), _every_other(answers, 1)
    if greedy:
        return answers, answers
    names = list(answers)
    return answers, dict(zip(names, (answers[name] for name in [*names[1:], *names[:1]]), strict=True))


def _every_other(answers: Answers, start: int) -> Answers:
    return {name: given[start : len(given) // 2 * 2 : 2] for name, given in answers.items()}


def _counted(base: ModelSamples, answers: Answers) -> Counts:
    """The counts of these answers."""
    from passgap.estimates import counts_from_columns  # noqa: PLC0415 - a study is checked without numerics

    difficulties = dict(zip(base.counts.ids, base.counts.difficulties, strict=True))
    names = [name for name in base.counts.ids if name in answers]
    scored = {name: [each.passed for each in answers[name] if each.passed is not None] for name in names}
    return counts_from_columns(
        names,
        [len(scored[name]) for name in names],
        [sum(scored[name]) for name in names],
        difficulties=[difficulties[name] for name in names],
    )
