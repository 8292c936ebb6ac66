"""The verdict in words: the hypothesis for the case at hand, and the paragraph that justifies the decision."""

from __future__ import annotations

from passgap.decisions.alternatives import Situation
from passgap.decisions.classify import Finding, Inputs, VerdictKind, gap_ks, mode_is_wrong
from passgap.decisions.evidence import Evidence, Look, Thresholds
from passgap.estimates import PASS_AT_1, GapAtK, Needed, PassAtK, Quantity
from passgap.formatting import level_of, stated, stated_sizes
from passgap.moves import Move
from passgap.records import Estimate, Insufficient, Measured

_UNMEASURED = Insufficient(insufficient="not in the results", n=0, m=0)


def overall(evidence: Evidence, quantity: Quantity) -> Measured:
    """A quantity over all problems; insufficient where the results do not hold it."""
    return evidence.table.overall_of(quantity) or _UNMEASURED


def hypothesis_of(evidence: Evidence, inputs: Inputs, finding: Finding, thresholds: Thresholds) -> str:
    """State the hypothesis that SSD bets on, for this model and these problems."""
    if inputs.k is None:
        return (
            "SSD bets that the model already samples correct programs and only fails to concentrate on them. Without "
            "pass@k for a k above 1 nothing can be said of that."
        )
    one, many, gap = (overall(evidence, each) for each in (PASS_AT_1, PassAtK(inputs.k), GapAtK(inputs.k)))
    measured = f"one try solves {stated(one)} of the problems, {inputs.k} tries solve {stated(many)}"
    match finding.situation:
        case Situation.OPEN:
            return (
                f"SSD bets that the model already samples correct programs and only fails to concentrate on them. Here "
                f"{measured}; the gap of {stated(gap)} may be enough to live on, or not."
            )
        case Situation.FLOOR:
            return (
                f"SSD bets that the model knows answers which it does not concentrate on. This model does not know "
                f"them: {measured}."
            )
        case Situation.CEILING:
            return f"SSD bets on answers that the model knows and misses. Here hardly any are missed: {measured}."
        case Situation.CONCENTRATED | Situation.RARE:
            return (
                f"SSD bets that the model fails because it does not concentrate on answers that it knows. Here it "
                f"does: {measured}, so up to {inputs.k} tries it knows little that it does not already give at once."
            )
        case _:
            return (
                f"The base model already samples correct programs that it does not settle on: {measured}. On that gap "
                f"of {stated(gap)} it fails not because it does not know the answers, but because it does not "
                f"concentrate enough mass on them."
            )


def justification_of(
    evidence: Evidence,
    inputs: Inputs,
    finding: Finding,
    thresholds: Thresholds,
    needed: Needed | None,
    *,
    underpowered: bool,
) -> str:
    """The paragraph that a decision stands on: the hypothesis, the numbers that decide, and what follows."""
    sentences = [hypothesis_of(evidence, inputs, finding, thresholds)]
    quantity = GapAtK(inputs.k) if inputs.k else None
    gap = overall(evidence, quantity) if quantity else _UNMEASURED
    if isinstance(gap, Estimate):
        sentences.append(
            f"The deciding number is {quantity} = {stated(gap)} ({stated_sizes(gap)}), {_side(gap, thresholds)}."
        )
    sentences.append(_conclusion(evidence, inputs, finding, thresholds, needed))
    if evidence.look is not None:
        sentences.append(_look(evidence.look, finding))
    if underpowered:
        sentences.append(
            f"This is underpowered: a verdict to act on needs at least {thresholds.problems} held-out problems."
        )
    return " ".join(sentences)


def _look(look: Look, finding: Finding) -> str:
    kind = "decided" if finding.kind is not VerdictKind.MEASURE_MORE else "left it open"
    return (
        f"Look {look.number} of {look.of} {kind}, at {look.problems} of at most {look.last} problems: the intervals of "
        f"a look are at {level_of(look.level_each)}, so that all looks together hold at {level_of(look.level)}."
    )


def _side(gap: Estimate, thresholds: Thresholds) -> str:
    line = f"{100 * thresholds.gap:.1f} pp"
    if gap.low >= thresholds.gap:
        return f"all of it at or above the {line} that SSD needs"
    if gap.high < thresholds.gap:
        return f"all of it below the {line} that SSD needs"
    return f"which reaches across the {line} that SSD needs"


def _conclusion(
    evidence: Evidence, inputs: Inputs, finding: Finding, thresholds: Thresholds, needed: Needed | None
) -> str:
    match finding.kind:
        case VerdictKind.GO_SSD:
            first = f"Run minimal SSD first, against the declared comparator ({evidence.comparator})."
            return f"{first} {sentence_on_mode(evidence, inputs)}"
        case VerdictKind.GO_VERIFIER_AWARE_SSD:
            follow = "A verifier is at hand, so filter the samples with it before training on them."
            return f"{sentence_on_mode(evidence, inputs)} {follow}"
        case VerdictKind.MEASURE_MORE:
            return f"{_what_settles(inputs, needed)} Until then neither a recipe nor its absence is justified."
        case VerdictKind.GO_OTHER:
            return _instead(evidence, inputs, finding, thresholds)


def _instead(evidence: Evidence, inputs: Inputs, finding: Finding, thresholds: Thresholds) -> str:
    assert finding.choice is not None
    move = finding.choice.other
    instead = "Keep the base model" if move is Move.DO_NOTHING else "Do this instead"
    do = f"{instead}: {move.label}, because {finding.choice.why}."
    match finding.situation:
        case Situation.WRONG_MODE:
            return f"{sentence_on_mode(evidence, inputs)} No verifier is at hand. {do}"
        case Situation.DECODING:
            lift = evidence.decode_lift or _UNMEASURED
            return (
                f"Better decoding alone lifts pass@1 by {stated(lift)} on problems that it was not chosen on, which "
                f"leaves less than {100 * thresholds.gap:.1f} pp to train for. {do}"
            )
        case Situation.NO_SIGNAL:
            return f"Yet no sampling setting of the sweep moves the model, so its samples teach it nothing. {do}"
        case Situation.UNAFFORDABLE:
            assert evidence.budget is not None and evidence.budget.needed_hours is not None
            return (
                f"Spending it needs about {evidence.budget.needed_hours:.1f} device-hours, and "
                f"{evidence.budget.available_hours:.1f} are at hand. {do}"
            )
        case Situation.RARE:
            beyond = GapAtK(max(gap_ks(evidence.table)))
            return f"Only with {beyond.k} tries does it show more: {beyond} = {stated(overall(evidence, beyond))}. {do}"
        case _:
            return f"SSD is unlikely to deliver here. {do}"


def _what_settles(inputs: Inputs, needed: Needed | None) -> str:
    assert needed is not None
    if inputs.gap is None:
        return f"Draw {needed.samples} samples for each of at least {needed.problems} problems."
    note = f" ({needed.note})" if needed.note else ""
    return (
        f"About {needed.problems} problems with {needed.samples} samples each would settle it if the truth is where "
        f"the estimate is{note}."
    )


def sentence_on_mode(evidence: Evidence, inputs: Inputs) -> str:
    """The most frequent behaviour, whether it is the right one, and what sharpening onto it would do."""
    modes = evidence.modes
    if modes is None:
        return "Whether the most frequent behaviour is the right one was not measured."
    if not modes.contested:
        return "No problem is solved only sometimes, so there is no mode to get right or wrong."
    found = (
        f"On the {modes.contested} problems that are solved sometimes, the most frequent behaviour is the right one in "
        f"{stated(modes.plurality)}; giving it always would change pass@1 by {stated(modes.sharpening)}"
    )
    if mode_is_wrong(inputs):
        return f"{found}: sharpening would fix the wrong behaviour."
    if inputs.sharpening is not None and inputs.sharpening.low > 0.0 and modes.grouping.can_show_right:
        return f"{found}: sharpening pays."
    if not modes.grouping.can_show_wrong:
        return f"{found}; both are lower bounds, because different wrong answers could not be told apart."
    return f"{found}: that does not rule minimal SSD out."
