"""Ask both models the prompts of the battery's probes, and compare all their samples."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from passgap.arms.base import PromptChange
from passgap.estimates import Counts
from passgap.ports import ModelReference
from passgap.probes import PROBES, Answer, Answers, BatteryOutcome, ModelSamples, run_battery
from passgap.records import Decoding, FinishReason, Prompt, SampleText, Stage
from passgap.stages import SamplingPlan, StageCost, cost_of, sample
from passgap.stages.evaluation import Evaluation
from passgap.store import SamplesArtifact
from passgap.study.context import StudyContext
from passgap.tasks import extract_code_blocks
from passgap.tasks.probe_sets import ProbeSet, in_order, load_probe_set

SAMPLES_PER_PROBE = 2
PROBE_TOKENS = 128


@dataclass(frozen=True)
class ProbeAnswers:
    """One model's answers to the battery's prompts."""

    artifact: SamplesArtifact
    sets: tuple[ProbeSet, ...]

    @property
    def cost(self) -> StageCost:
        """The cost of sampling the answers."""
        return cost_of(self.artifact)

    def by_kind(self) -> dict[tuple[str, str], Answers]:
        """The answers by prompt set and kind of prompt, then by prompt."""
        answers = _answers(self.artifact.by_problem)
        return {
            (each.name, kind): {
                key: answers[key] for prompt in each.of_kind(kind) if (key := _key(each, prompt.id)) in answers
            }
            for each in self.sets
            for kind in dict.fromkeys(prompt.kind for prompt in each.prompts)
        }


def prompt_sets_of(probes: Sequence[str]) -> tuple[ProbeSet, ...]:
    """The prompt sets that the named probes read, in the order in which they are asked."""
    read = (PROBES[name].prompts for name in probes if name in PROBES)
    return tuple(map(load_probe_set, in_order(prompts.prompt_set for prompts in read if prompts is not None)))


def prompts_asked(probes: Sequence[str]) -> int:
    """How many prompts a model is asked for the named probes."""
    return sum(len(each.prompts) for each in prompt_sets_of(probes))


def ask_probes(
    context: StudyContext,
    model: ModelReference,
    name: str,
    decoding: Decoding | None = None,
    change: PromptChange | None = None,
) -> ProbeAnswers:
    """Sample a model on every prompt of the study's probes, at production decoding unless another one is given."""
    decoding = decoding or context.spec.production_decoding
    sets = prompt_sets_of(context.probes)

    def asked(prompt: Prompt) -> Prompt:
        return change.apply(prompt) if change else prompt

    plan = SamplingPlan(
        name=f"{name}-probes",
        prompts=tuple(
            (_key(each, prompt.id), asked(prompt.prompt_for(chat=context.spec.model.chat)))
            for each in sets
            for prompt in each.prompts
        ),
        decoding=decoding.model_copy(update={"max_new_tokens": min(PROBE_TOKENS, decoding.max_new_tokens)}),
        per_prompt=SAMPLES_PER_PROBE,
        seed=context.spec.seed,
        stage=Stage.PROBES,
    )
    with context.sampler(model) as sampler:
        return ProbeAnswers(sample(plan, sampler, context.stage), sets)


Sampled = tuple[Evaluation, ProbeAnswers]
"""The held-out samples of a model and its answers to the battery's prompts."""


def compare_with_battery(context: StudyContext, arm: str, base: Sampled, tuned: Sampled) -> BatteryOutcome:
    """Run the battery on what both models said."""
    spec = context.spec
    return run_battery(
        arm=arm,
        base=_samples_of_model(base, base[0].counts),
        tuned=_samples_of_model(tuned, tuned[0].counts),
        tolerances=spec.battery,
        largest_k=max(spec.diagnostics.k),
        level=spec.thresholds.level,
        probes=context.probes,
    )


def compare_decodings(
    context: StudyContext, arm: str, production: Sampled, chosen: Sampled, problems: Collection[str]
) -> BatteryOutcome:
    """Run the battery on one model at two decodings, on some problems, with as many samples of each on both sides.

    Self-BLEU depends on how many samples are compared, so the side with more of them is cut to its first ones.
    """
    spec = context.spec
    most = min(_drawn(evaluation) for evaluation, _ in (production, chosen))

    def side(sampled: Sampled) -> ModelSamples:
        return _samples_of_model(sampled, sampled[0].counts.select(problems), problems=problems, most=most)

    return run_battery(
        arm=arm,
        base=side(production),
        tuned=side(chosen),
        tolerances=spec.battery,
        largest_k=max((k for k in spec.diagnostics.k if 1 < k <= most), default=max(spec.diagnostics.k)),
        level=spec.thresholds.level,
        probes=context.probes,
    )


def _drawn(evaluation: Evaluation) -> int:
    """Samples that every problem has."""
    return min(map(len, evaluation.by_problem.values()))


def _samples_of_model(
    sampled: Sampled, counts: Counts, *, problems: Collection[str] | None = None, most: int | None = None
) -> ModelSamples:
    evaluation, answers = sampled
    kept = {
        name: samples[:most] for name, samples in evaluation.by_problem.items() if problems is None or name in problems
    }
    return ModelSamples(heldout=_answers(kept), counts=counts, prompted=answers.by_kind())


def _answers(samples: Mapping[str, Sequence[SampleText]]) -> Answers:
    return {name: tuple(map(_answer, drawn)) for name, drawn in samples.items()}


def _answer(drawn: SampleText) -> Answer:
    return Answer(
        text=drawn.completion,
        code=extract_code_blocks(drawn.completion),
        tokens=drawn.completion_tokens,
        truncated=drawn.finish_reason is FinishReason.LENGTH,
    )


def _key(probe_set: ProbeSet, prompt_id: str) -> str:
    return f"{probe_set.name}/{prompt_id}"
