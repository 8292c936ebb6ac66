"""Each situation of a verdict in a sentence, for readers who know none of the field's terms."""

from __future__ import annotations

from passgap.decisions.alternatives import Situation

_SENTENCES = {
    Situation.GAP: "In {tries} it solves problems that it misses in one: it knows answers that it seldom gives first.",
    Situation.WRONG_MODE: "Where only some of its tries succeed, its most frequent answer is mostly a wrong one, which "
    "training on unchecked samples would reinforce.",
    Situation.FLOOR: "Even {tries} solve hardly any problem: it does not know the answers, and its own samples cannot "
    "teach it what it does not know.",
    Situation.CEILING: "One try already solves nearly everything, so there is hardly anything to gain.",
    Situation.CONCENTRATED: "Beyond the first try, {tries} solve little: it already gives first what it knows.",
    Situation.RARE: "Beyond the first try, {tries} solve little: right answers exist, and are too rare to learn from "
    "unchecked.",
    Situation.DECODING: "Better decoding alone takes most of what there is to gain, and needs no training.",
    Situation.NO_SIGNAL: "No setting of sampling that was tried moves the model: its samples hold nothing to learn.",
    Situation.UNAFFORDABLE: "There is something to gain, and the declared budget does not pay for the training run.",
    Situation.FORETOLD: "Diagnostics that were right before foretell that it would solve fewer problems afterwards.",
    Situation.OPEN: "What {tries} solve beyond one may or may not be enough to train for: the interval reaches across "
    "the declared threshold.",
}
_UNMEASURED = "What it can do in several tries could not be measured: there are too few samples of each problem."


def because(situation: Situation, k: int | None) -> str:
    """The reason for a verdict.

    Args:
        situation: that the verdict is about.
        k: tries that decided it; None where none could be measured.
    """
    if situation is Situation.OPEN and k is None:
        return _UNMEASURED
    return _SENTENCES[situation].format(tries=f"{k} tries" if k else "several tries")
