"""The battery: a table of probes, and every declared one run on the samples of base and tuned model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from passgap.languages import DEFAULT_LANGUAGE
from passgap.probes._declared import MOST_CHARACTERS
from passgap.probes._outcome import BatteryOutcome, ProbeOutcome, ProbeStatus, Rule
from passgap.probes._reading import missing_reader, readers_of, told
from passgap.probes._samples import ModelSamples, by_rules
from passgap.probes._together import DriftTest, judged_together
from passgap.probes.base import Probe, Settings
from passgap.records import Insufficient, Judgement
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


def battery_of_study(
    tolerances: Mapping[str, float], language: str = DEFAULT_LANGUAGE, able: Collection[str] = ()
) -> tuple[str, ...]:
    """The names of the probes of a study that is declared now.

    They are all there are, less those that it leaves out, that cannot read its language, or that need what is not here.

    Args:
        tolerances: as declared, by key.
        language: the first of the task family.
        able: what there is of what probes need.
    """
    left_out = left_out_of_study(tolerances)
    return tuple(name for name, probe in PROBES.items() if name not in left_out and not _unfit(probe, language, able))


def _unfit(probe: Probe, language: str, able: Collection[str]) -> bool:
    languages, needs = getattr(probe, "languages", ()), getattr(probe, "needs", "")
    return bool(languages and language not in languages) or bool(needs and needs not in able)


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
    testing: DriftTest | None = None,
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
        testing: how drifts are tested for being beyond chance; None lets the value of a drift alone raise an alert, as
            in the first edition. Prompts are read up to the last look at which both models were asked them.

    Raises:
        ValueError: the two models were not sampled on the same prompts.
    """
    names = PROBES.names() if probes is None else probes
    comparing = Comparing(tolerances, largest_k, level, testing or DriftTest(error=0.0))
    compared = {name: comparing.of(name, base, tuned) for name in names}
    outcomes = tuple(outcome for outcome, _ in compared.values())
    if testing is not None:
        p_values = {name: p for name, (_, p) in compared.items() if p is not None}
        outcomes = judged_together(outcomes, testing.error, p_values)
    return BatteryOutcome(arm=arm, outcomes=outcomes)


@dataclass(frozen=True)
class Comparing:
    """How two models are compared by a probe."""

    tolerances: Mapping[str, float]
    largest_k: int
    level: float
    testing: DriftTest

    def of(self, name: str, base: ModelSamples, tuned: ModelSamples) -> tuple[ProbeOutcome, float | None]:
        """The outcome of a probe at its last look, and the p-value of "nothing drifted" over all that were taken."""
        if name not in PROBES:
            return _not_installed(name, self.tolerances.get(name, 0.0)), None
        probe = PROBES[name]
        declared = self.testing.looks if asked_at_looks(probe, base) else (1,)
        taken = min(len(declared), *(side.looks_at(probe.prompts) for side in (base, tuned)))
        found = [
            self._at(probe, base.up_to_look(look, declared), tuned.up_to_look(look, declared))
            if len(declared) > 1
            else self._at(probe, base, tuned)
            for look in range(1, taken + 1)
        ]
        p = self.testing.p_value([each.drift for each in found], probe.rule, declared)
        last = found[-1]
        if len(declared) > 1:
            told = f"look {taken} of {len(declared)}"
            note = "; ".join(filter(None, (last.note, told)))
            last = last.model_copy(update={"look": taken, "looks": len(declared), "note": note})
        return last, p

    def _at(self, probe: Probe, base: ModelSamples, tuned: ModelSamples) -> ProbeOutcome:
        """The outcome on the answers that are there."""
        tolerance = self.tolerances.get(probe.tolerance.key, probe.tolerance.default)
        if reason := _unasked(probe, base) or _unreadable(probe, base, tuned):
            return _insufficient(probe, tolerance, reason)
        settings = Settings(tolerance=tolerance, level=self.level, largest_k=self.largest_k)
        if getattr(probe, "reads_syntax", False):
            return _read(probe, base, tuned, settings)
        if not (reason := _unjudged(probe, base, tuned)):
            return probe.compare(base, tuned, settings)
        if not base.rules_without_judge:
            return _insufficient(probe, tolerance, reason)
        found = probe.compare(by_rules(base), by_rules(tuned), settings)
        note = "; ".join(filter(None, (found.note, f"by the rules, as declared: {reason}")))
        return found.model_copy(update={"note": note})


def asked_at_looks(probe: Probe, samples: ModelSamples) -> bool:
    """Whether a probe reads prompts that can be asked again: not held-out samples, nor greedy answers."""
    return probe.prompts is not None and probe.prompts.prompt_set not in samples.greedy


def _read(probe: Probe, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
    """The outcome of a probe of syntax, with the reader of both models' code; insufficient where that is not here."""
    answers = (answer for side in (base, tuned) for given in side.read(probe.prompts).values() for answer in given)
    readers = readers_of(answers)
    missing = "; ".join(filter(None, (missing_reader(language, reader) for language, reader in readers.items())))
    if missing:
        return _insufficient(probe, settings.tolerance, missing)
    found = probe.compare(base, tuned, settings)
    return found.model_copy(update={"note": "; ".join(filter(None, (found.note, told(readers))))})


def _not_installed(name: str, tolerance: float) -> ProbeOutcome:
    quantity = "declared, and defined by a distribution that is not installed here"
    return _row(name, quantity, tolerance, Rule.CHANGE, "the probe is not installed here")


def _insufficient(probe: Probe, tolerance: float, reason: str) -> ProbeOutcome:
    return _row(probe.name, probe.quantity, tolerance, probe.rule, reason)


def _row(name: str, quantity: str, tolerance: float, rule: Rule, reason: str) -> ProbeOutcome:
    unknown = Insufficient(insufficient=reason, n=0, m=0)
    return ProbeOutcome(
        probe=name,
        quantity=quantity,
        base=unknown,
        tuned=unknown,
        drift=unknown,
        tolerance=tolerance,
        rule=rule,
        status=ProbeStatus.INSUFFICIENT,
    )


MOST_UNJUDGED = 0.02
"""The largest share of answers without a judgement of a declared judge at which the others still count."""


def _unasked(probe: Probe, base: ModelSamples) -> str:
    """Why a probe has no answers to read; empty where it has, or reads none of prompts."""
    prompts = probe.prompts
    if prompts is None or base.read(prompts):
        return ""
    kinds = f" of the kind {' or '.join(map(repr, prompts.kinds))}" if prompts.kinds else ""
    return f"the prompt set `{prompts.prompt_set}` has no prompts{kinds}"


def _unreadable(probe: Probe, *sides: ModelSamples) -> str:
    """Why a probe cannot read the answers; empty where it can."""
    answers = [answer for side in sides for given in side.read(probe.prompts).values() for answer in given]
    longest = max((len(answer.text) for answer in answers), default=0)
    if longest > MOST_CHARACTERS:
        return f"an answer has {longest:,} characters, and no probe reads more than {MOST_CHARACTERS:,}"
    return ""


def _unjudged(probe: Probe, *sides: ModelSamples) -> str:
    """Why a declared judge model's judgements do not suffice for a probe; empty where they do, or none are declared."""
    for side in sides:
        answers = [answer for given in side.read(probe.prompts).values() for answer in given]
        unjudged = sum(answer.judged is Judgement.UNKNOWN for answer in answers)
        if unjudged > MOST_UNJUDGED * len(answers):
            said = f"the judge model gave no judgement on {unjudged} of {len(answers)} answers of a model"
            return f"{said}: {side.judge_fault}" if side.judge_fault else said
    return ""
