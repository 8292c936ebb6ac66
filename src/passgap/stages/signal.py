"""Measure the learning signal of sampling settings, from the model's logits on its own samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

from pydantic import JsonValue

from passgap.estimates import (
    LearningSignal,
    SignalBounds,
    bounded_learning_signal,
    learning_signal,
    position_signals,
    sorted_logprobs,
    top_token_signals,
)
from passgap.estimates.counts import FloatArray
from passgap.estimates.signal import PositionSignals
from passgap.ports import LogitSource, TopLogprobSource
from passgap.records import Decoding, Prompt, Record, SignalManifest, Stage, digest_of
from passgap.stages.context import StageContext
from passgap.stages.costs import metered, metered_seconds
from passgap.store import SignalArtifact, StudyFolder, read_json, write_json

_FILE = "signals.json"


class SignalPlan(Record):
    """The contexts to analyse, ``(problem, prompt, completion)`` of the base model, and up to which position."""

    contexts: tuple[tuple[str, Prompt, str], ...]
    settings: tuple[Decoding, ...]
    positions: int
    level: float


def signal_artifact(
    plan: SignalPlan, model_digest: str, folder: StudyFolder, *, known: int | None = None
) -> SignalArtifact:
    """The artifact of a plan on a model.

    Args:
        plan: the contexts and the settings.
        model_digest: the digest of the model.
        folder: the study's folder.
        known: the number of most likely tokens that the engine reports per position; None if it reports all.
    """
    inputs: dict[str, JsonValue] = {"model": model_digest, "plan": digest_of(plan)}
    bound = inputs if known is None else {**inputs, "known": known}
    return folder.artifact("base-signal", bound, SignalArtifact)


def measure_signal(
    plan: SignalPlan,
    source: LogitSource | TopLogprobSource,
    artifact: SignalArtifact,
    context: StageContext,
    *,
    devices: int = 1,
) -> SignalArtifact:
    """Compute the signal of every setting on the same contexts, and return the complete artifact.

    If only the most likely tokens are known, a signal is known within bounds, and its interval covers them.

    Raises:
        EngineError: the model could not be run.
    """
    artifact.begin()
    reading: _Reading[Any] = _AllTokens(source) if isinstance(source, LogitSource) else _TopTokens(source)
    found: list[dict[str, list[Any]]] = [{} for _ in plan.settings]
    tokens = 0
    with (
        metered(artifact, context.clock, devices) as meter,
        context.progress.task("learning signal", len(plan.contexts), unit="contexts") as advance,
    ):
        for problem_id, prompt, completion in plan.contexts:
            logprobs = reading.logprobs(prompt, completion, plan.positions)
            if len(logprobs):
                tokens += len(logprobs)
                for setting, by_problem in zip(plan.settings, found, strict=True):
                    by_problem.setdefault(problem_id, []).append(reading.signals(logprobs, setting))
            advance(1)
            meter.tick()
    signals = [
        reading.averaged(by_problem, setting, plan.level)
        for setting, by_problem in zip(plan.settings, found, strict=True)
    ]
    write_json(artifact.path(_FILE), [signal.model_dump(mode="json") for signal in signals])
    artifact.finish(
        SignalManifest(stage=Stage.SIGNAL, seconds=metered_seconds(artifact), tokens=tokens, samples=len(plan.contexts))
    )
    return artifact


Signals = TypeVar("Signals")


class _Reading(Protocol[Signals]):
    """The step from a model's log-probabilities to the signals of one setting."""

    def logprobs(self, prompt: Prompt, completion: str, limit: int) -> FloatArray: ...

    def signals(self, logprobs: FloatArray, setting: Decoding) -> Signals: ...

    def averaged(
        self, by_problem: Mapping[str, Sequence[Signals]], setting: Decoding, level: float
    ) -> LearningSignal: ...


class _AllTokens:
    """The source reports the logits of all tokens."""

    def __init__(self, source: LogitSource) -> None:
        self._source = source

    def logprobs(self, prompt: Prompt, completion: str, limit: int) -> FloatArray:
        return sorted_logprobs(self._source.next_token_logits(prompt, completion, limit).astype("float64"))

    def signals(self, logprobs: FloatArray, setting: Decoding) -> PositionSignals:
        return position_signals(logprobs, setting)

    def averaged(
        self, by_problem: Mapping[str, Sequence[PositionSignals]], setting: Decoding, level: float
    ) -> LearningSignal:
        return learning_signal(by_problem, setting, level=level)


class _TopTokens:
    """The source reports the most likely tokens only."""

    def __init__(self, source: TopLogprobSource) -> None:
        self._source = source

    def logprobs(self, prompt: Prompt, completion: str, limit: int) -> FloatArray:
        return self._source.top_logprobs(prompt, completion, limit)

    def signals(self, logprobs: FloatArray, setting: Decoding) -> SignalBounds:
        return top_token_signals(logprobs, setting, self._source.vocabulary)

    def averaged(
        self, by_problem: Mapping[str, Sequence[SignalBounds]], setting: Decoding, level: float
    ) -> LearningSignal:
        return bounded_learning_signal(by_problem, setting, level=level)


def signals_of(artifact: SignalArtifact) -> Sequence[LearningSignal]:
    """Read the signals of a complete artifact, in the order of the plan's settings."""
    return [LearningSignal.model_validate(each) for each in read_json(artifact.path(_FILE))]
