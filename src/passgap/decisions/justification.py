"""The verdict in words: the hypothesis for the case at hand, and the paragraph that justifies the decision."""

from __future__ import annotations

from passgap.decisions.alternatives import Situation
from passgap.decisions.classify import Finding, Inputs, VerdictKind, gap_ks, mode_is_wrong
from passgap.decisions.evidence import Evidence, Look, Thresholds
from passgap.estimates import PASS_AT_1, GapAtK, Needed, PassAtK, Quantity
from passgap.formatting import budgeted, level_of, points, predicted, stated, stated_sizes
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
            "SSD assumes that the model already samples correct programs and only fails to concentrate on them. That "
            "cannot be assessed without pass@k for a k above 1."
        )
    one, many, gap = (overall(evidence, each) for each in (PASS_AT_1, PassAtK(inputs.k), GapAtK(inputs.k)))
    measured = f"one try solves {stated(one)} of the problems, {inputs.k} tries solve {stated(many)}"
    match finding.situation:
        case Situation.OPEN:
            return (
                f"SSD assumes that the model already samples correct programs and only fails to concentrate on them. "
                f"Here {measured}; the gap of {stated(gap)} may or may not be large enough."
            )
        case Situation.FLOOR:
            return (
                f"SSD assumes that the model already samples correct programs and only fails to concentrate on them. "
                f"This model hardly samples any: {measured}."
            )
        case Situation.CEILING:
            return f"SSD assumes that the model misses problems it could solve. Here it hardly misses any: {measured}."
        case Situation.CONCENTRATED | Situation.RARE:
            return (
                f"SSD assumes that the model fails because it does not concentrate on the correct programs it samples. "
                f"Here it does: {measured}, so {inputs.k} tries solve little that one try does not."
            )
        case _:
            return (
                f"The base model already samples correct programs without concentrating on them: {measured}. On that "
                f"gap of {stated(gap)} it fails not because it cannot write a correct program, but because it gives "
                f"it too little probability."
            )


def justification_of(
    evidence: Evidence,
    inputs: Inputs,
    finding: Finding,
    thresholds: Thresholds,
    needed: Needed | None,
    *,
    few: bool,
) -> str:
    """The paragraph that a decision stands on: the hypothesis, the numbers that decide, and what follows."""
    sentences = [hypothesis_of(evidence, inputs, finding, thresholds)]
    quantity = GapAtK(inputs.k) if inputs.k else None
    gap = overall(evidence, quantity) if quantity else _UNMEASURED
    if isinstance(gap, Estimate):
        sentences.append(
            f"The deciding estimate is {quantity} = {stated(gap)} ({stated_sizes(gap)}), {_side(gap, thresholds)}."
        )
    sentences.append(_conclusion(evidence, inputs, finding, thresholds, needed))
    if evidence.look is not None:
        sentences.append(_look(evidence.look, finding))
    if few:
        sentences.append(
            f"This verdict is underpowered: acting on one takes at least {thresholds.problems} held-out problems."
        )
    elif evidence.rehearsal:
        sentences.append("The study was declared a rehearsal, so this verdict is no basis for a decision.")
    return " ".join(sentences)


def _look(look: Look, finding: Finding) -> str:
    kind = "decided" if finding.kind is not VerdictKind.MEASURE_MORE else "was inconclusive"
    return (
        f"Interim analysis {look.number} of {look.of} {kind}, at {look.problems} of at most {look.last} problems: the "
        f"intervals of each have the level {level_of(look.level_each)}, so that those of all hold together at "
        f"{level_of(look.level)}."
    )


def _side(gap: Estimate, thresholds: Thresholds) -> str:
    threshold = f"threshold of {points(thresholds.gap)}"
    if gap.low >= thresholds.gap:
        return f"entirely at or above the {threshold}"
    if gap.high < thresholds.gap:
        return f"entirely below the {threshold}"
    return f"with the {threshold} inside its interval"


def _conclusion(
    evidence: Evidence, inputs: Inputs, finding: Finding, thresholds: Thresholds, needed: Needed | None
) -> str:
    match finding.kind:
        case VerdictKind.GO_SSD:
            first = f"Run minimal SSD first, against the declared comparator ({evidence.comparator})."
            return f"{first} {sentence_on_mode(evidence, inputs)}"
        case VerdictKind.GO_VERIFIER_AWARE_SSD if finding.situation is Situation.FORETOLD:
            follow = "A verifier is available: filter the samples with it before training on them."
            return f"{sentence_on_foretold(evidence)} {follow}"
        case VerdictKind.GO_VERIFIER_AWARE_SSD:
            follow = "A verifier is available: filter the samples with it before training on them."
            return f"{sentence_on_mode(evidence, inputs)} {follow}"
        case VerdictKind.MEASURE_MORE:
            return f"{_what_settles(inputs, needed)} Until then, neither running nor dismissing SSD is justified."
        case VerdictKind.GO_OTHER:
            return _instead(evidence, inputs, finding, thresholds)


def _instead(evidence: Evidence, inputs: Inputs, finding: Finding, thresholds: Thresholds) -> str:
    assert finding.choice is not None
    move = finding.choice.other
    instead = "Keep the base model" if move is Move.DO_NOTHING else "Do this instead"
    do = f"{instead}: {move.label}, because {finding.choice.why}."
    match finding.situation:
        case Situation.WRONG_MODE | Situation.FORETOLD as found:
            of_mode = found is Situation.WRONG_MODE
            said = sentence_on_mode(evidence, inputs) if of_mode else sentence_on_foretold(evidence)
            return f"{said} No verifier is available. {do}"
        case Situation.DECODING:
            lift = evidence.decode_lift or _UNMEASURED
            return (
                f"Better decoding alone lifts pass@1 by {stated(lift)} on problems that it was not chosen on, which "
                f"leaves less than {points(thresholds.gap)} to gain by training. {do}"
            )
        case Situation.NO_SIGNAL:
            return f"However, no sampling setting of the sweep carries a learning signal, so training cannot help. {do}"
        case Situation.UNAFFORDABLE:
            assert evidence.budget is not None and evidence.budget.needed_hours is not None
            return (
                f"The minimal arm needs about {predicted(evidence.budget.needed_hours)} device-hours, and "
                f"{budgeted(evidence.budget.available_hours)} are available. {do}"
            )
        case Situation.RARE:
            beyond = GapAtK(max(gap_ks(evidence.table)))
            return f"Only {beyond.k} tries solve more: {beyond} = {stated(overall(evidence, beyond))}. {do}"
        case _:
            return f"SSD is unlikely to help here. {do}"


def _what_settles(inputs: Inputs, needed: Needed | None) -> str:
    assert needed is not None
    if inputs.gap is None:
        return f"Draw {needed.samples} samples for each of at least {needed.problems} problems."
    note = f" ({needed.note})" if needed.note else ""
    return (
        f"About {needed.problems} problems with {needed.samples} samples each would settle it if the true gap is the "
        f"estimated one{note}."
    )


def sentence_on_foretold(evidence: Evidence) -> str:
    """The diagnostics' joint prediction, and what their weights rest on."""
    told = evidence.foretold
    assert told is not None
    rests = "track records" if told.has_record else "a prior alone, as none of them has a track record"
    return (
        f"Of minimal SSD, {len(told.voices)} diagnostics that the table does not read otherwise foretell a rise of "
        f"pass@1 with a probability of {told.up:.2f}, a fall with {told.down:.2f}, by weights that rest on {rests}."
    )


def sentence_on_mode(evidence: Evidence, inputs: Inputs) -> str:
    """The most frequent behaviour, whether it is the right one, and what sharpening onto it would do."""
    modes = evidence.modes
    if modes is None:
        return "Whether the most frequent behaviour is correct was not measured."
    if not modes.contested:
        return "No problem is solved by some samples and missed by others, so there is no mode to judge."
    found = (
        f"On the {modes.contested} problems that some samples solve and others miss, the most frequent behaviour is "
        f"correct in {stated(modes.plurality)}; always giving it would change pass@1 by {stated(modes.sharpening)}"
    )
    if mode_is_wrong(inputs):
        return f"{found}: sharpening would reinforce the wrong behaviour."
    if inputs.sharpening is not None and inputs.sharpening.low > 0.0 and modes.grouping.can_show_right:
        return f"{found}: sharpening helps."
    if not modes.grouping.can_show_wrong:
        return f"{found}; both are lower bounds, because different wrong answers could not be told apart."
    return f"{found}: this does not rule minimal SSD out."
