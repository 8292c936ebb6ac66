"""The resolution of a study's battery, stated before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from passgap.arms import BASE
from passgap.errors import NotOnDiskError
from passgap.formatting import points, share
from passgap.probes import PROBES, DriftTest, Probe, ProbeResolution, Settings, planned_resolution, resolution_of
from passgap.stages.evaluation import Evaluation
from passgap.study.battery import prompt_sets_of
from passgap.study.battery_answers import ProbeAnswers, ask_again, ask_probes
from passgap.study.battery_compared import samples_of_model, testing_of
from passgap.study.battery_further import room_for
from passgap.study.context import StudyContext
from passgap.study.read_only import read_only


def measured_resolutions(context: StudyContext, evaluation: Evaluation, seeds: int = 1) -> tuple[ProbeResolution, ...]:
    """The resolution of each probe, from what the base model says; its answers to the battery are asked where need be.

    With one answer to each prompt, the noise of an answer is known too large. Where a probe would not resolve its
    tolerance with it, the base model is asked its prompts at the second look as well, which candidates may need anyway.

    Args:
        context: the study.
        evaluation: the base model on the held-out problems.
        seeds: how many models of the arm share the error of one battery.
    """
    answers = ask_probes(context, context.base_model(), BASE)
    found = _measured(context, evaluation, answers, seeds)
    kinds = set() if context.read_only else set(_too_noisy(context, answers, found))
    if not kinds or not room_for(context, (answers, kinds)):
        return found
    return _measured(context, evaluation, ask_again(context, answers, kinds), seeds)


def _measured(
    context: StudyContext, evaluation: Evaluation, answers: ProbeAnswers, seeds: int
) -> tuple[ProbeResolution, ...]:
    base = samples_of_model(context, (evaluation, answers), evaluation.counts)
    testing = _testing(context, seeds)
    return tuple(resolution_of(probe, base, settings, testing) for probe, settings in _declared(context))


def _too_noisy(
    context: StudyContext, answers: ProbeAnswers, found: Sequence[ProbeResolution]
) -> Iterator[tuple[str, str]]:
    """Yield the kinds of prompts that were asked once, of probes that do not resolve their tolerance with that."""
    if len(context.battery.looks) < 2:
        return
    once = [kind for kind, looks in answers.looks.items() if looks == 1]
    for each in found:
        prompts = PROBES[each.probe].prompts
        if prompts is not None and each.n and not each.resolves:
            yield from (
                kind
                for kind in once
                if kind[0] == prompts.prompt_set and (not prompts.kinds or kind[1] in prompts.kinds)
            )


def planned_resolutions(context: StudyContext, seeds: int = 1) -> tuple[ProbeResolution, ...]:
    """The resolution of each probe as far as it is known without any measurement."""
    sets = {each.name: each for each in prompt_sets_of(context.battery)}
    testing, found = _testing(context, seeds), []
    for probe, settings in _declared(context):
        read = sets[probe.prompts.prompt_set] if probe.prompts is not None else None
        kinds = probe.prompts.kinds if probe.prompts is not None else ()
        prompts = [each for each in read.prompts if not kinds or each.kind in kinds] if read else []
        answers, greedy = (read.answers, read.greedy) if read is not None else (0, False)
        found.append(planned_resolution(probe, settings, testing, len(prompts), answers, greedy=greedy))
    return tuple(found)


def known_resolutions(context: StudyContext, evaluation: Evaluation | None) -> tuple[ProbeResolution, ...]:
    """The resolution of each probe as far as it is known; nothing is measured for it."""
    if not context.battery.judged_together:
        return ()
    if evaluation is not None:
        try:
            return measured_resolutions(read_only(context), evaluation)
        except NotOnDiskError:
            pass
    return planned_resolutions(context)


def unresolving(resolutions: Sequence[ProbeResolution]) -> Iterator[str]:
    """Yield a sentence on each probe that was measured not to resolve its tolerance."""
    for each in resolutions:
        if each.measured and not each.n:
            yield f"{each.probe} cannot be measured: {each.reason}"
        elif each.measured and not each.resolves:
            shown = "no drift" if each.smallest is None else f"a drift of {_size(each.smallest, each)} or more"
            yield (
                f"{each.probe} shows {shown} with a power of 80 %, and its tolerance is "
                f"{_size(each.tolerance, each)}: it cannot resolve it on {each.n} {_read(each)}"
                + (f"; about {each.needed:,} would" if each.needed else "")
            )


def _read(resolution: ProbeResolution) -> str:
    """The things that a probe reads, with the answers to each."""
    probe = PROBES[resolution.probe]
    things = "problems" if probe.prompts is None else "prompts"
    return f"{things} with {resolution.answers} answer{'' if resolution.answers == 1 else 's'} to each"


def _size(size: float, resolution: ProbeResolution) -> str:
    rounded = round(size, 3)  # a tenth of a point: the figure is an estimate
    return share(rounded) if resolution.relative else points(rounded)


def _declared(context: StudyContext) -> Iterator[tuple[Probe, Settings]]:
    spec, k = context.spec, max(context.spec.diagnostics.k)
    for name in context.probes:
        if name in PROBES:
            probe = PROBES[name]
            tolerance = spec.battery.get(probe.tolerance.key, probe.tolerance.default)
            yield probe, Settings(tolerance=tolerance, level=spec.thresholds.level, largest_k=k)


def _testing(context: StudyContext, seeds: int) -> DriftTest:
    """Of the one probe."""
    return testing_of(context).share(seeds * max(1, len(context.probes)))
