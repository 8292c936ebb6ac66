"""How likely a candidate finds the reference solutions of held-out problems, beside the base model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from passgap.arms import ARMS
from passgap.errors import EngineError, NotOnDiskError
from passgap.languages import LANGUAGES
from passgap.ports import ModelReference, TextLikelihoodSource
from passgap.records import GivenText, Likelihood
from passgap.stages.text_likelihood import TextLikelihoodPlan, measure_text_likelihoods, text_likelihoods_artifact
from passgap.study.candidates import MeasuredCandidate
from passgap.study.context import StudyContext
from passgap.tasks.splits import Splits

PROBE = "reference code"
"""The probe that reads it; a study that does not declare it measures nothing for it."""
PROBLEMS = 150
"""The most solutions, of problems in even steps."""
POSITIONS = 512
"""The most tokens of one."""


def with_references(context: StudyContext, splits: Splits, one: MeasuredCandidate) -> MeasuredCandidate:
    """The candidate with the likelihoods of reference solutions, where it is a model of its own and they can be had."""
    if PROBE not in context.probes or not ARMS[one.arm].trains:
        return one
    texts = _texts(context, splits)
    if not texts:
        return one
    name = one.repetition.name if one.repetition else one.arm
    try:
        base = _measured(context, "base-references-heldout", texts, context.base_model())
        own = _measured(context, f"base-references-{name}-heldout", texts, one.candidate.model)
    except (EngineError, NotOnDiskError):
        return one
    both = {key: (-base[key].per_token, -own[key].per_token) for key in base.keys() & own.keys()}
    return replace(one, references=both)


def solutions_of(context: StudyContext, splits: Splits) -> int:
    """How many reference solutions are read with each model."""
    return len(_texts(context, splits))


def _texts(context: StudyContext, splits: Splits) -> tuple[GivenText, ...]:
    """The reference solutions as answers: a fenced block, which the prompt may have begun."""
    chat = context.spec.model.chat
    prompts = dict(splits.prompts(splits.heldout.problems, chat=chat))
    solved = [each for each in splits.heldout.problems if each.reference and each.reference.strip()]
    chosen = solved[:: max(1, -(-len(solved) // PROBLEMS))]
    found = []
    for each in sorted(chosen, key=lambda problem: problem.id):
        prompt, program = prompts[each.id], (each.reference or "").strip()
        if prompt.suffix is not None:
            continue  # what stands between two parts is not a whole program
        fence = LANGUAGES[each.language].labels[0]
        begun = not chat or prompt.prefix.rstrip().endswith(("```", fence))
        text = program if begun else f"```{fence}\n{program}\n```"
        found.append(GivenText(problem_id=each.id, prompt=prompt, text=text))
    return tuple(found)


def _measured(
    context: StudyContext, name: str, texts: tuple[GivenText, ...], model: ModelReference
) -> Mapping[str, Likelihood]:
    """The likelihoods under a model; none where its engine does not report them."""
    plan = TextLikelihoodPlan(name=name, texts=texts, positions=POSITIONS)
    with context.sampler(model) as sampler:
        artifact = text_likelihoods_artifact(plan, sampler.identity, context.folder)
        if not artifact.complete:
            if not isinstance(sampler, TextLikelihoodSource):
                return {}
            measure_text_likelihoods(plan, sampler, artifact, context.stage, devices=sampler.devices)
    return {each.problem_id: each for each in artifact.rows}
