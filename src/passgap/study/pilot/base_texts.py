"""The base model on the development problems of a search: what every tuned model is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from passgap.arms import BASE
from passgap.arms.development import Point, measure_points
from passgap.errors import StudyError
from passgap.ports import LikelihoodSource, ModelReference, Sampler
from passgap.records import GivenTokens, Problem, Prompt, Sample, SampleKey
from passgap.spec.pilot import PilotSection
from passgap.stages.evaluation import Evaluation
from passgap.stages.likelihood import given_by
from passgap.stages.tempered import TemperedPlan, curves_of, measure_tempered, tempered_artifact
from passgap.study.battery_answers import ProbeAnswers, ask_probes
from passgap.study.lab import StudyLab
from passgap.study.pilot.pricing import KL_PROBLEMS


@dataclass(frozen=True)
class BaseTexts:
    """The base model's samples of the development problems, and its right ones with their likelihoods."""

    evaluation: Evaluation
    answers: ProbeAnswers
    right: tuple[GivenTokens, ...]
    """Right samples, at most so many of each problem as are declared."""
    drawn: tuple[GivenTokens, ...]
    """One sample of each of the first problems, on which the divergence from the base model is taken."""
    curves: Mapping[str, Sequence[float]]
    """Of each problem with a right sample, the mean log-probability of a token at each temperature."""


def measure_base_texts(lab: StudyLab, search: PilotSection, problems: Sequence[Problem], label: str) -> BaseTexts:
    """Sample the base model on the development problems; what is on disk is not done again.

    Raises:
        StudyError: too few problems have a right sample, or the engine reports no likelihoods of given tokens.
    """
    point = Point.at(f"{label}-base", lab.spec.production_decoding, search.base_samples)
    [evaluation] = measure_points(lab.base_model(), [point], problems, lab)
    passed = _right(evaluation)
    prompts = dict(lab.splits.prompts(tuple(problems), chat=lab.spec.model.chat))
    samples = sorted((each for part in evaluation.samples for each in part.samples()), key=lambda each: each.key)
    right = _given(_first_of_each(samples, search.texts, passed), prompts)
    _require_enough(len({each.problem_id for each in right}), search, len(problems))
    first = {problem.id for problem in problems[:KL_PROBLEMS]}
    drawn = _given((each for each in _first_of_each(samples, 1) if each.problem_id in first), prompts)
    curves = tempered_curves(lab, lab.base_model(), f"{label}-base", right)
    return BaseTexts(evaluation, ask_probes(lab.context, lab.base_model(), BASE), right, drawn, curves)


def tempered_curves(
    lab: StudyLab, model: ModelReference, name: str, texts: tuple[GivenTokens, ...]
) -> dict[str, tuple[float, ...]]:
    """How likely a model finds given answers at each temperature, by problem, per token."""
    plan = TemperedPlan(name=name, texts=texts)
    with lab.sampler(model) as sampler:
        artifact = tempered_artifact(plan, sampler.identity, lab.stage.folder)
        if not artifact.complete:
            measure_tempered(plan, likelihoods_of(sampler), artifact, lab.stage, devices=sampler.devices)
    return curves_of(artifact)


def likelihoods_of(sampler: Sampler) -> LikelihoodSource:
    """The sampler as a source of likelihoods.

    Raises:
        StudyError: its engine reports none of given tokens.
    """
    if isinstance(sampler, LikelihoodSource):
        return sampler
    raise StudyError(
        f"the engine `{sampler.identity.engine}` reports no likelihoods of given tokens, on which recipes are compared",
        ["engine.name: a search for a recipe needs one that does, such as `local`."],
    )


def _right(evaluation: Evaluation) -> set[SampleKey]:
    """The samples that passed all tests of their problem."""
    return {each.key for each in evaluation.outcomes if each.passed}


def _first_of_each(samples: Sequence[Sample], most: int, among: set[SampleKey] | None = None) -> Iterator[Sample]:
    """The first samples of each problem, of those that are wanted."""
    taken: dict[str, int] = {}
    for each in samples:
        if (among is None or each.key in among) and taken.get(each.problem_id, 0) < most:
            taken[each.problem_id] = taken.get(each.problem_id, 0) + 1
            yield each


def _given(samples: Iterator[Sample], prompts: Mapping[str, Prompt]) -> tuple[GivenTokens, ...]:
    given = given_by(samples, prompts)
    if given is None:
        raise StudyError(
            "the engine does not report the tokens of its samples, on which recipes are compared",
            ["engine.name: a search for a recipe needs one that does, such as `local`."],
        )
    return given


def _require_enough(found: int, search: PilotSection, problems: int) -> None:
    if found < search.least_problems:
        raise StudyError(
            f"the base model solves too few development problems to compare recipes on: {found} of {problems}",
            [
                f"pilot.least_problems: {search.least_problems} with a right sample are needed, among "
                f"{search.base_samples} of each. In a new study folder, raise `pilot.base_samples`, or the problems of "
                f"the last rung and of `development`. Nothing was trained."
            ],
        )
