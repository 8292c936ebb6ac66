"""Telling examples: the answers that moved a probe most, base and tuned model side by side."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.probes._outcome import ProbeOutcome, Rule
from passgap.probes._samples import Answer, ModelSamples
from passgap.probes.base import BaseProbe, Probe
from passgap.records import Record

MOST = 10
"""Examples of each probe."""

SHOWN = 600
"""Characters of an answer that are shown."""


class TellingExample(Record):
    """A prompt on which a probe moved, with an answer of each model."""

    probe: str
    asked: str
    """The prompt of the battery, or the name of the held-out problem."""
    base_score: float
    tuned_score: float
    base: str
    """An answer of the base model, its beginning where it is long."""
    tuned: str


def telling_examples(probe: Probe, base: ModelSamples, tuned: ModelSamples) -> tuple[TellingExample, ...]:
    """The prompts whose score moved most in the direction that counts, the farthest first.

    Of each, the answers are shown that are the most typical of their side: those whose own score is nearest to the
    prompt's. A probe without a score per prompt has no examples.
    """
    if not isinstance(probe, BaseProbe):
        return ()
    before, after = probe.per_prompt(base), probe.per_prompt(tuned)
    moved = {name: _moved(probe.rule, after[name] - before[name]) for name in before.keys() & after.keys()}
    farthest = sorted((name for name in moved if moved[name] > 0.0), key=lambda name: (-moved[name], name))[:MOST]
    sides = base.read(probe.prompts), tuned.read(probe.prompts)
    return tuple(
        TellingExample(
            probe=probe.name,
            asked=name,
            base_score=before[name],
            tuned_score=after[name],
            base=_typical(probe, sides[0][name], before[name]),
            tuned=_typical(probe, sides[1][name], after[name]),
        )
        for name in farthest
    )


def examples_first(outcomes: Sequence[ProbeOutcome]) -> list[str]:
    """The names of probes, those that alert first, then those that are unresolved."""
    order = {"alert": 0, "unresolved": 1, "within": 2, "insufficient": 3}
    return [each.probe for each in sorted(outcomes, key=lambda each: order[each.status.value])]


def _moved(rule: Rule, change: float) -> float:
    return {Rule.RISE: change, Rule.FALL: -change, Rule.CHANGE: abs(change)}[rule]


def _typical(probe: BaseProbe, answers: Sequence[Answer], score: float) -> str:
    def apart(answer: Answer) -> float:
        own = probe.score_of(answer)
        return 0.0 if own is None else abs(own - score)

    text = min(answers, key=apart).text
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} ..."
