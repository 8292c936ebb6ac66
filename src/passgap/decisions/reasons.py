"""The verdict in words: the hypothesis for the case at hand, the paragraph, and one sentence for each input."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.decisions.alternatives import Other, Situation
from passgap.decisions.classify import Finding, Inputs, VerdictKind, gap_ks, mode_is_wrong
from passgap.decisions.evidence import Evidence, Look, Thresholds
from passgap.decisions.wording import listed, percent, points, sizes
from passgap.estimates import Needed
from passgap.records import Estimate, Insufficient, Measured

_UNMEASURED = Insufficient(insufficient="not in the results", n=0, m=0)


def _overall(evidence: Evidence, name: str) -> Measured:
    return evidence.table.overall.get(name, _UNMEASURED)


def hypothesis_of(evidence: Evidence, inputs: Inputs, finding: Finding, thresholds: Thresholds) -> str:
    """State the hypothesis that SSD bets on, for this model and these problems."""
    if inputs.k is None:
        return (
            "SSD bets that the model already samples correct programs and only fails to concentrate on them. Without "
            "pass@k for a k above 1 nothing can be said of that."
        )
    one, many, gap = (_overall(evidence, name) for name in ("pass@1", f"pass@{inputs.k}", f"gap@{inputs.k}"))
    measured = f"one try solves {percent(one)} of the problems, {inputs.k} tries solve {percent(many)}"
    match finding.situation:
        case Situation.OPEN:
            return (
                f"SSD bets that the model already samples correct programs and only fails to concentrate on them. Here "
                f"{measured}; the gap of {points(gap)} may be enough to live on, or not."
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
                f"of {points(gap)} it fails not because it does not know the answers, but because it does not "
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
    """The paragraph of deliverable A: the hypothesis, the numbers that decide, and what follows."""
    gap = _overall(evidence, f"gap@{inputs.k}")
    sentences = [hypothesis_of(evidence, inputs, finding, thresholds)]
    if isinstance(gap, Estimate):
        sentences.append(
            f"The deciding number is gap@{inputs.k} = {points(gap)} ({sizes(gap)}), {_side(gap, thresholds)}."
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
        f"a look are at {100 * look.level_each:.4g} %, so that all looks together hold at {100 * look.level:.4g} %."
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
            return f"{first} {_mode(evidence, inputs)}"
        case VerdictKind.GO_VERIFIER_AWARE_SSD:
            follow = "A verifier is at hand, so filter the samples with it before training on them."
            return f"{_mode(evidence, inputs)} {follow}"
        case VerdictKind.MEASURE_MORE:
            return f"{_what_settles(inputs, needed)} Until then neither a recipe nor its absence is justified."
        case VerdictKind.GO_OTHER:
            return _instead(evidence, inputs, finding, thresholds)


def _instead(evidence: Evidence, inputs: Inputs, finding: Finding, thresholds: Thresholds) -> str:
    assert finding.choice is not None
    idle = finding.choice.other is Other.DO_NOTHING
    do = (
        f"{'Keep the base model' if idle else 'Do this instead'}: {finding.choice.other}, because {finding.choice.why}."
    )
    match finding.situation:
        case Situation.WRONG_MODE:
            return f"{_mode(evidence, inputs)} No verifier is at hand. {do}"
        case Situation.DECODING:
            lift = evidence.decode_lift or _UNMEASURED
            return (
                f"Better decoding alone lifts pass@1 by {points(lift)} on problems that it was not chosen on, which "
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
            beyond = max(gap_ks(evidence.table))
            return (
                f"Only with {beyond} tries does it show more: gap@{beyond} = "
                f"{points(_overall(evidence, f'gap@{beyond}'))}. {do}"
            )
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


def _mode(evidence: Evidence, inputs: Inputs) -> str:
    modes = evidence.modes
    if modes is None:
        return "Whether the most frequent behaviour is the right one was not measured."
    if not modes.contested:
        return "No problem is solved only sometimes, so there is no mode to get right or wrong."
    found = (
        f"On the {modes.contested} problems that are solved sometimes, the most frequent behaviour is the right one in "
        f"{percent(modes.plurality)}; giving it always would change pass@1 by {points(modes.sharpening)}"
    )
    if mode_is_wrong(inputs):
        return f"{found}: sharpening would fix the wrong behaviour."
    if inputs.sharpening is not None and inputs.sharpening.low > 0.0 and modes.grouping.can_show_right:
        return f"{found}: sharpening pays."
    if not modes.grouping.can_show_wrong:
        return f"{found}; both are lower bounds, because different wrong answers could not be told apart."
    return f"{found}: that does not rule minimal SSD out."


def reasons_of(evidence: Evidence, inputs: Inputs, finding: Finding, thresholds: Thresholds) -> Iterator[str]:
    """One sentence for each thing that was weighed."""
    for k in gap_ks(evidence.table):
        gap = _overall(evidence, f"gap@{k}")
        use = (
            "decides" if k == inputs.k else ("beyond the feasible k" if k > thresholds.largest_k else "for the record")
        )
        yield f"gap@{k} = {points(gap)} ({use})."
    yield _mode(evidence, inputs)
    yield from _slices(evidence, inputs, thresholds)
    yield from _signal(evidence)
    if evidence.decode_lift is not None:
        yield f"The best decode-only setting changes pass@1 by {points(evidence.decode_lift)} on test problems."
    if evidence.budget is not None and evidence.budget.needed_hours is not None:
        yield (
            f"The minimal arm needs about {evidence.budget.needed_hours:.1f} of {evidence.budget.available_hours:.1f} "
            f"device-hours."
        )
    if finding.kind in (VerdictKind.GO_SSD, VerdictKind.GO_VERIFIER_AWARE_SSD):
        yield f"The declared comparator is {evidence.comparator}: SSD has to beat it per device-hour."


def _slices(evidence: Evidence, inputs: Inputs, thresholds: Thresholds) -> Iterator[str]:
    """Gains concentrate on hard problems (P4): where the gap lies, with all slices holding at once."""
    above, floors = [], []
    for name, row in evidence.table.simultaneous.items():
        gap, best = row.get(f"gap@{inputs.k}"), row.get(f"pass@{inputs.k}")
        if isinstance(gap, Estimate) and gap.low >= thresholds.gap:
            above.append(f"{name} ({points(gap)})")
        if isinstance(best, Estimate) and best.high < thresholds.gap:
            floors.append(f"{name} (pass@{inputs.k} {percent(best)})")
    if above:
        yield f"The gap is shown in {listed(above)}, with intervals that hold for all slices at once."
    elif evidence.table.simultaneous and inputs.k is not None:
        yield "No single slice shows the gap with intervals that hold for all slices at once."
    if floors:
        yield f"SSD cannot help at the floor: {listed(floors)}."


def _signal(evidence: Evidence) -> Iterator[str]:
    signal, proposal = evidence.signal, evidence.proposal
    if signal is not None:
        if signal.zero_signal:
            yield "The declared sampling is T = 1 without truncation: a fixed point, its expected gradient is zero."
        else:
            yield (
                f"The declared sampling moves {percent(signal.moved)} of the probability at a token and removes "
                f"{percent(signal.removed)}."
            )
    if proposal is not None and proposal.decoding is not None:
        yield f"Proposed sampling: {proposal.decoding.label}; {proposal.why}."


def caveats_of(evidence: Evidence, inputs: Inputs, finding: Finding, thresholds: Thresholds, n: int) -> Iterator[str]:
    """Yield the caveats that a reader must know before acting on the verdict."""
    if n < thresholds.problems:
        yield f"Only {n} problems: below the {thresholds.problems} that a verdict to act on needs."
    if evidence.rehearsal:
        yield "A rehearsal: too small to decide anything."
    if not evidence.contamination_checked:
        yield "The problems have not been checked for contamination."
    if evidence.before_cutoff:
        yield (
            f"{evidence.before_cutoff} of the {n} problems are dated before the model's cutoff: it may have been "
            f"trained on them, and what is measured on them may be memory."
        )
    if evidence.table.unscored:
        yield f"{evidence.table.unscored} samples could not be scored and are in no denominator."
    decided = finding.kind is not VerdictKind.MEASURE_MORE
    if decided and inputs.k is not None and evidence.modes is None:
        yield "Mode correctness was not measured: the results carry no behaviour."
    if evidence.signal is not None and evidence.signal.next_to_none and finding.kind is VerdictKind.GO_SSD:
        yield "The declared sampling setting carries next to no learning signal: change it before training."
    levels = {each.level for each in evidence.table.overall.values() if isinstance(each, Estimate)}
    if levels and max(abs(level - thresholds.level) for level in levels) > 1e-9:
        shown = ", ".join(f"{100 * level:.4g} %" for level in sorted(levels))
        yield f"The intervals have the level {shown}, not the declared {100 * thresholds.level:.4g} %."
