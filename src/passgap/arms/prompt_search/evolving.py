"""Instructions are evolved by reflection on failures: the library gepa (arXiv 2507.19457) on metric calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gepa.api import optimize
from gepa.core.adapter import EvaluationBatch, GEPAAdapter
from gepa.core.result import GEPAResult
from gepa.strategies.instruction_proposal import InstructionProposalSignature

from passgap.arms.prompt_search.section import PromptSection
from passgap.arms.prompt_search.strategies import EXCERPTS, Means, Tried, excerpt
from passgap.arms.prompt_search.trials import Trial
from passgap.errors import PassgapError
from passgap.records import Problem

COMPONENT = "instruction"
"""The one text that is evolved, by the name that gepa has for it."""


class Adapter(GEPAAdapter[Problem, Trial, str]):
    """Tries instructions with metric calls."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def evaluate(
        self, batch: list[Problem], candidate: dict[str, str], capture_traces: bool = False
    ) -> EvaluationBatch[Trial, str]:
        """Try an instruction on problems. One that does not fit into the context scores 0, and nothing is drawn."""
        instruction = candidate[COMPONENT].strip()
        if not self._means.trials.fits(instruction):
            trials = [_too_long(instruction, problem) for problem in batch]
        else:
            trials = self._means.trials.measure(instruction, batch)
        return EvaluationBatch(
            outputs=[each.completion for each in trials],
            scores=[each.score for each in trials],
            trajectories=trials if capture_traces else None,
        )

    def make_reflective_dataset(
        self, candidate: dict[str, str], eval_batch: EvaluationBatch[Trial, str], components_to_update: list[str]
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Show the reflector what was asked, written and found out, cut so far that the question fits its context."""
        shown: list[dict[str, str]] = []
        for most in EXCERPTS:
            shown = [self._example(each, most) for each in eval_batch.trajectories or []]
            said = {"current_instruction_doc": candidate[COMPONENT], "dataset_with_feedback": shown}
            question = InstructionProposalSignature.prompt_renderer(said)
            if self._means.reflector.holds(str(question)):
                break
        return {name: shown for name in components_to_update}

    def _example(self, trial: Trial, most: int) -> dict[str, str]:
        said = "All tests pass." if trial.passed else f"{trial.outcome}: {trial.reason}"
        return {
            "Inputs": excerpt(self._means.asked[trial.problem].user, most),
            "Generated Outputs": excerpt(trial.completion, most),
            "Feedback": excerpt(said, most),
        }


class Stop:
    """Implements ``gepa.utils.StopperProtocol``: stops before a step that might not be covered, or after a failure.

    Args:
        most: metric calls.
        step: the most that one step can take.
    """

    def __init__(self, most: int, step: int) -> None:
        self._most, self._step = most, step
        self.failure: PassgapError | None = None
        """The error of the reflector; gepa itself would go on without it."""

    def __call__(self, gepa_state: Any) -> bool:
        return self.failure is not None or int(gepa_state.total_num_evals) + self._step > self._most


class Quiet:
    """Implements ``gepa.logging.LoggerProtocol``: what happened is in the records."""

    def log(self, message: str) -> None:
        """Say nothing."""
        del message


def evolve(section: PromptSection, means: Means) -> list[Tried]:
    """Evolve instructions for as long as the metric calls last.

    Returns:
        Every instruction that was compared on ``choose_on`` with its score, the first one first.

    Raises:
        EngineError, ExecutionError: a model or the sandbox failed; what was finished is kept.
    """
    chosen_on = len(means.choose_on)
    minibatch = min(section.minibatch, len(means.reflect_on))
    stop = Stop(section.max_metric_calls, 2 * minibatch + chosen_on)

    def reflect(prompt: str | list[dict[str, Any]]) -> str:
        assert isinstance(prompt, str), "no problem has images"
        try:
            return means.reflector.ask(prompt)
        except PassgapError as error:
            stop.failure = error
            raise

    found: GEPAResult[str, Any] = optimize(
        seed_candidate={COMPONENT: section.instruction},
        trainset=list(means.reflect_on),
        valset=list(means.choose_on),
        adapter=Adapter(means),
        reflection_lm=reflect,
        reflection_minibatch_size=minibatch,
        stop_callbacks=stop,
        logger=Quiet(),
        seed=means.seed,
    )
    if stop.failure is not None:
        raise stop.failure
    pairs = zip(found.candidates, found.val_aggregate_scores, strict=True)
    return [
        Tried(instruction=candidate[COMPONENT].strip(), score=score, samples=chosen_on) for candidate, score in pairs
    ]


def _too_long(instruction: str, problem: Problem) -> Trial:
    return Trial(
        instruction=instruction,
        problem=problem.id,
        passed=False,
        outcome="refused",
        reason="the instruction is too long for the model's context",
        completion="",
        prompt_tokens=0,
        tokens=0,
    )
