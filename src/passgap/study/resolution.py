"""The resolution of a study's battery, stated before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from passgap.arms import BASE
from passgap.errors import NotOnDiskError
from passgap.formatting import points, share
from passgap.probes import PROBES, Probe, ProbeResolution, Settings, planned_resolution, resolution_of
from passgap.stages.evaluation import Evaluation
from passgap.study.battery import ask_probes, prompt_sets_of, samples_of_model
from passgap.study.context import StudyContext
from passgap.study.read_only import read_only


def measured_resolutions(context: StudyContext, evaluation: Evaluation, seeds: int = 1) -> tuple[ProbeResolution, ...]:
    """The resolution of each probe, from what the base model says; its answers to the battery are asked where need be.

    Args:
        context: the study.
        evaluation: the base model on the held-out problems.
        seeds: how many models of the arm share the error of one battery.
    """
    answers = ask_probes(context, context.base_model(), BASE)
    base = samples_of_model(context, (evaluation, answers), evaluation.counts)
    return tuple(resolution_of(probe, base, settings, _error(context, seeds)) for probe, settings in _declared(context))


def planned_resolutions(context: StudyContext, seeds: int = 1) -> tuple[ProbeResolution, ...]:
    """The resolution of each probe as far as it is known without any measurement."""
    sets = {each.name: each for each in prompt_sets_of(context.battery)}
    found = []
    for probe, settings in _declared(context):
        read = sets[probe.prompts.prompt_set] if probe.prompts is not None else None
        kinds = probe.prompts.kinds if probe.prompts is not None else ()
        prompts = [each for each in read.prompts if not kinds or each.kind in kinds] if read else []
        found.append(
            planned_resolution(
                probe,
                settings,
                _error(context, seeds),
                len(prompts),
                read.answers if read else 0,
                greedy=read is not None and read.greedy,
            )
        )
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
                f"{_size(each.tolerance, each)}: it cannot resolve it on {each.n} prompts or problems"
            )


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


def _error(context: StudyContext, seeds: int) -> float:
    return (1.0 - context.spec.thresholds.level) / seeds / max(1, len(context.probes))
