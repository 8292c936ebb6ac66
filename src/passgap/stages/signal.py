"""Measure what a sampling setting would teach: the model's own logits on its own samples, setting by setting (R2b)."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from passgap.estimates import LearningSignal, learning_signal, position_signals, sorted_logprobs
from passgap.estimates.signal import PositionSignals
from passgap.ports import Clock, LogitSource
from passgap.records import Decoding, Prompt, Record, digest_of
from passgap.stages.progress import ProgressReporter
from passgap.store import Artifact, StudyFolder, read_json, write_json

_FILE = "signals.json"


class SignalPlan(Record):
    """Which contexts to look at: ``(problem, prompt, completion)`` of the base model, ``positions`` tokens of each."""

    contexts: tuple[tuple[str, Prompt, str], ...]
    settings: tuple[Decoding, ...]
    positions: int
    level: float


def signal_artifact(plan: SignalPlan, model_digest: str, folder: StudyFolder) -> Artifact:
    """The artifact of a plan on a model."""
    inputs: dict[str, JsonValue] = {"model": model_digest, "plan": digest_of(plan)}
    return folder.artifact("base-signal", inputs)


def measure_signal(
    plan: SignalPlan,
    source: LogitSource,
    model_digest: str,
    folder: StudyFolder,
    clock: Clock,
    progress: ProgressReporter,
) -> Artifact:
    """Compute every setting's signal on the same contexts and return the complete artifact.

    Raises:
        EngineError: the model could not be run.
    """
    artifact = signal_artifact(plan, model_digest, folder)
    if artifact.complete:
        return artifact
    artifact.begin()
    began = clock.monotonic()
    found: list[dict[str, list[PositionSignals]]] = [{} for _ in plan.settings]
    tokens = 0
    with progress.task("learning signal", len(plan.contexts), unit="contexts") as advance:
        for problem_id, prompt, completion in plan.contexts:
            logits = source.next_token_logits(prompt, completion, plan.positions)
            if len(logits):
                tokens += len(logits)
                logprobs = sorted_logprobs(logits.astype("float64"))
                for setting, by_problem in zip(plan.settings, found, strict=True):
                    by_problem.setdefault(problem_id, []).append(position_signals(logprobs, setting))
            advance(1)
    signals = [
        learning_signal(by_problem, setting, level=plan.level)
        for setting, by_problem in zip(plan.settings, found, strict=True)
    ]
    write_json(artifact.path(_FILE), [signal.model_dump(mode="json") for signal in signals])
    artifact.finish({"seconds": clock.monotonic() - began, "tokens": tokens, "samples": len(plan.contexts)})
    return artifact


def signals_of(artifact: Artifact) -> Sequence[LearningSignal]:
    """The signals of a complete artifact, in the order of the plan's settings."""
    return [LearningSignal.model_validate(each) for each in read_json(artifact.path(_FILE))]
