"""The parts of a probe: its interface, and base classes that make most probes a declaration."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from passgap.probes._outcome import ProbeOutcome, ProbeStatus, Rule, judge
from passgap.probes._samples import Answer, Answers, ModelSamples, Prompts
from passgap.records import Judgement, Measured
from passgap.records.units import FractionOf1, ToleranceSize
from passgap.spec import Tolerance, ToleranceUnit


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one comparison."""

    tolerance: ToleranceSize
    """A fraction of 1, in the unit that the probe's tolerance declares."""
    level: FractionOf1
    """Of every interval."""
    largest_k: int
    """The largest k at which pass@k is read; both models have as many samples of every problem."""


class Probe(Protocol):
    """A quantity that must not drift from the base model to the tuned one.

    A probe is a constant ``PROBE`` of a module in this package, or an object that an installed distribution offers
    under the entry-point group ``passgap.probes``.
    """

    @property
    def name(self) -> str:
        """The name in every report and in the registration; it is never changed."""

    @property
    def position(self) -> float:
        """The place in the battery: probes are listed by ascending position, then by name."""

    @property
    def quantity(self) -> str:
        """The quantity that is compared, in words."""

    @property
    def rule(self) -> Rule:
        """Which drift counts against the tuned model."""

    @property
    def tolerance(self) -> Tolerance:
        """How far the quantity may drift unless the study declares another tolerance."""

    @property
    def prompts(self) -> Prompts | None:
        """The prompts whose answers it reads; None for the samples of the held-out evaluation."""

    def compare(self, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
        """Compare the tuned model's samples with the base model's.

        Where the samples cannot give the drift, the outcome is insufficient and states the reason.

        Raises:
            ValueError: the two models were not sampled on the same prompts.
        """


@dataclass(frozen=True, kw_only=True)
class BaseProbe(ABC):
    """The fields of a probe, and an outcome made of them; ``compare`` is left to the subclass."""

    name: str
    quantity: str
    rule: Rule
    tolerance: Tolerance
    position: float = float("inf")
    in_words: str = ""
    """The thing that drifts, for a reader who does not know the probe's name; empty where the name says it."""
    prompts: Prompts | None = None
    collapse: bool = False
    """Whether an alert is a collapse of the model, and not a drift of its style, safety, format or skills."""
    optional: bool = False
    """Whether the battery is complete without it: what it measures need not be there in every study."""
    languages: tuple[str, ...] = ()
    """The languages that it can read; all, where none is named."""
    needs: str = ""
    """Its needs beside answers, without which no study declares it: ``likelihoods``, or an extra's name."""
    reads_syntax: bool = False
    """Whether it reads the syntax of code, so that its outcome depends on the reader that the study registered."""
    averages: bool = True
    """Whether the noise of the drift falls with the number of answers to a prompt."""

    @abstractmethod
    def compare(self, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
        """See :meth:`Probe.compare`."""

    def outcome(
        self,
        sides: tuple[Measured, Measured],
        drift: Measured,
        settings: Settings,
        *,
        quantity: str | None = None,
        status: ProbeStatus | None = None,
        note: str = "",
    ) -> ProbeOutcome:
        """The row of the battery: the drift between the two sides, judged against the tolerance.

        Args:
            sides: the quantity on base and on the tuned model.
            drift: from the first to the second.
            settings: of the comparison.
            quantity: in words, where they depend on the settings.
            status: where more than the drift decides it.
            note: shown beside the quantity.
        """
        base, tuned = sides
        return ProbeOutcome(
            probe=self.name,
            quantity=quantity or self.quantity,
            base=base,
            tuned=tuned,
            drift=drift,
            tolerance=settings.tolerance,
            rule=self.rule,
            status=status or judge(drift, settings.tolerance, self.rule),
            note=note,
            relative=self.tolerance.unit is ToleranceUnit.SHARE_OF_BASE,
            collapse=self.collapse,
            optional=self.optional,
        )

    def per_prompt(self, samples: ModelSamples) -> dict[str, float]:
        """The score of each prompt of a model, by which telling answers are found; empty where there is none."""
        del samples
        return {}

    def score_of(self, answer: Answer) -> float | None:
        """The score of a single answer; None where an answer has none of its own."""
        del answer
        return None

    def unless_alert(self, drift: Measured, settings: Settings) -> ProbeStatus:
        """The status of a drift that raises no alert, such as one of a model that is worse in every respect."""
        status = judge(drift, settings.tolerance, self.rule)
        return ProbeStatus.UNRESOLVED if status is ProbeStatus.ALERT else status


Score = Callable[[Sequence[Answer]], float | None]
"""The score of one prompt's answers, a fraction of 1; None where they cannot be scored."""


@dataclass(frozen=True, kw_only=True)
class ScoreProbe(BaseProbe):
    """The mean of a score over prompts: the ratio of the two means, or their difference, as the tolerance's unit says.

    Only prompts that can be scored on both sides count. Scores are fractions of 1: a quantity without an upper bound,
    such as a length, is compared by a subclass of :class:`BaseProbe`.
    """

    score: Score

    def per_prompt(self, samples: ModelSamples) -> dict[str, float]:
        """See :meth:`BaseProbe.per_prompt`."""
        scored = ((name, self.score(answers)) for name, answers in samples.read(self.prompts).items())
        return {name: score for name, score in scored if score is not None}

    def score_of(self, answer: Answer) -> float | None:
        """See :meth:`BaseProbe.score_of`."""
        return self.score((answer,))

    def compare(self, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
        """See :meth:`Probe.compare`."""
        from passgap.estimates import (  # noqa: PLC0415 - a study is checked without loading numerics
            mean_interval,
            paired_mean_delta,
            paired_ratio,
        )

        answers = base.read(self.prompts), tuned.read(self.prompts)
        before, after = _scores(*answers, self.score)
        level = settings.level
        if self.tolerance.unit is ToleranceUnit.SHARE_OF_BASE:
            sides = mean_interval(before, level=level), mean_interval(after, level=level)
            return self.outcome(sides, paired_ratio(before, after, level=level), settings)
        paired = paired_mean_delta(before, after, m=_fewest(*answers), level=level)
        return self.outcome((paired.base, paired.tuned), paired.delta, settings)


def mean_of(score: Callable[[Answer], float | None]) -> Score:
    """Score a prompt's answers by the mean of each answer's own score, over those that have one."""

    def over(answers: Sequence[Answer]) -> float | None:
        values = [value for answer in answers if (value := score(answer)) is not None]
        return sum(values) / len(values) if values else None

    return over


def share_of(holds: Callable[[Answer], bool]) -> Score:
    """Score a prompt's answers by the share that has a property."""
    return mean_of(lambda answer: float(holds(answer)))


def judged_or(judgement: Judgement, rule: Callable[[Answer], bool]) -> Score:
    """Score a prompt's answers by the share of a judgement, where they were judged, else by a rule.

    An answer that a declared judge said nothing of has no score: it is never taken for harmless.
    """

    def holds(answer: Answer) -> float | None:
        if answer.judged is None:
            return float(rule(answer))
        return None if answer.judged is Judgement.UNKNOWN else float(answer.judged is judgement)

    return mean_of(holds)


@dataclass(frozen=True, kw_only=True)
class JudgedProbe(ScoreProbe):
    """The share of answers of which a judge model says something, or a rule where no judge is declared."""

    judgement: Judgement
    """The judgement that counts."""
    rule_for: Callable[[Answer], bool]
    """The rule, which decides without a judge, and whose agreement with the judge is stated beside the drift."""

    def compare(self, base: ModelSamples, tuned: ModelSamples, settings: Settings) -> ProbeOutcome:
        """See :meth:`Probe.compare`."""
        found = super().compare(base, tuned, settings)
        note = "; ".join(filter(None, (found.note, self._agreement(base, tuned))))
        return found.model_copy(update={"note": note})

    def _agreement(self, *sides: ModelSamples) -> str:
        """How often judge and rule agree on the answers of both models, with Cohen's kappa."""
        pairs = [
            (answer.judged is self.judgement, self.rule_for(answer))
            for side in sides
            for given in side.read(self.prompts).values()
            for answer in given
            if answer.judged not in (None, Judgement.UNKNOWN)
        ]
        if not pairs:
            return ""
        n, alike = len(pairs), sum(one == other for one, other in pairs)
        by_judge, by_rule = (sum(side) / n for side in zip(*pairs, strict=True))
        chance = by_judge * by_rule + (1.0 - by_judge) * (1.0 - by_rule)
        kappa = f", kappa {(alike / n - chance) / (1.0 - chance):.2f}" if chance < 1.0 else ""
        return f"by the judge model; the rules agree with it on {alike} of {n} answers{kappa}"


def judged_probe(*, judgement: Judgement, by_rule: Callable[[Answer], bool], **fields: Any) -> JudgedProbe:
    """A probe of what a judge model says of answers, or a rule (:func:`judged_or`)."""
    return JudgedProbe(score=judged_or(judgement, by_rule), judgement=judgement, rule_for=by_rule, **fields)


def same_prompts(base: Mapping[str, object], tuned: Mapping[str, object]) -> list[str]:
    """The prompts that both models answered, sorted.

    Raises:
        ValueError: one of them answered a prompt that the other did not.
    """
    if base.keys() != tuned.keys():
        raise ValueError(f"base and tuned model were probed on different prompts: {sorted(base.keys() ^ tuned.keys())}")
    return sorted(base)


def _scores(base: Answers, tuned: Answers, score: Score) -> tuple[list[float], list[float]]:
    pairs = [(score(base[name]), score(tuned[name])) for name in same_prompts(base, tuned)]
    kept = [(before, after) for before, after in pairs if before is not None and after is not None]
    return [before for before, _ in kept], [after for _, after in kept]


def _fewest(*answers: Answers) -> int:
    """The smallest number of answers to a prompt, 1 at least."""
    return max(1, min((len(given) for side in answers for given in side.values()), default=1))
