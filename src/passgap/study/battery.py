"""Ask both models the battery's own prompts, and compare all their samples (R9)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from passgap.ports import ModelReference
from passgap.probes import BatteryOutcome, ModelSamples, run_battery
from passgap.recipes import Arm
from passgap.records import Decoding, Stage
from passgap.stages import SamplingPlan, StageCost, cost_of, sample
from passgap.store import SamplesArtifact
from passgap.study.context import StudyContext
from passgap.study.evaluation import Evaluation
from passgap.tasks import extract_code_blocks
from passgap.tasks.probe_sets import PROBE_SETS, ProbeSet, load_probe_set

SAMPLES_PER_PROBE = 2
PROBE_TOKENS = 128


@dataclass(frozen=True)
class ProbeAnswers:
    """One model's answers to the probe sets."""

    artifact: SamplesArtifact

    @property
    def cost(self) -> StageCost:
        """The cost of sampling the answers."""
        return cost_of(self.artifact)

    def of(self, probe_set: ProbeSet, *kinds: str) -> dict[str, tuple[str, ...]]:
        """The answers to a set's prompts of the given kinds, by prompt id."""
        wanted = {_key(probe_set, each.id) for each in (probe_set.of_kind(*kinds) if kinds else probe_set.prompts)}
        answers = self.artifact.by_problem
        return {name: tuple(each.completion for each in answers[name]) for name in answers if name in wanted}


def ask_probes(
    context: StudyContext, model: ModelReference, name: str, decoding: Decoding | None = None
) -> ProbeAnswers:
    """Sample a model on every probe prompt, at production decoding unless another one is given."""
    decoding = decoding or context.spec.production_decoding
    plan = SamplingPlan(
        name=f"{name}-probes",
        prompts=tuple(
            (_key(probe_set, each.id), each.prompt_for(chat=context.spec.model.chat))
            for probe_set in map(load_probe_set, PROBE_SETS)
            for each in probe_set.prompts
        ),
        decoding=decoding.model_copy(update={"max_new_tokens": min(PROBE_TOKENS, decoding.max_new_tokens)}),
        per_prompt=SAMPLES_PER_PROBE,
        seed=context.spec.seed,
        stage=Stage.PROBES,
    )
    with context.sampler(model) as sampler:
        return ProbeAnswers(sample(plan, sampler, context.stage))


def compare_with_battery(
    context: StudyContext,
    arm: Arm,
    base: tuple[Evaluation, ProbeAnswers],
    tuned: tuple[Evaluation, ProbeAnswers],
) -> BatteryOutcome:
    """Run the battery on what both models said."""
    spec = context.spec
    return run_battery(
        arm.value,
        _samples_of_model(*base),
        _samples_of_model(*tuned),
        (base[0].counts, tuned[0].counts),
        spec.battery,
        largest_k=max(spec.diagnostics.k),
        level=spec.thresholds.level,
    )


def compare_decodings(
    context: StudyContext,
    production: tuple[Evaluation, ProbeAnswers],
    chosen: tuple[Evaluation, ProbeAnswers],
    problems: Collection[str],
) -> BatteryOutcome:
    """Run the battery on one model at two decodings, on some problems, with as many samples of each on both sides.

    Self-BLEU depends on how many samples are compared, so the side with more of them is cut to its first ones.
    """
    spec = context.spec
    counts = tuple(evaluation.counts.select(problems) for evaluation, _ in (production, chosen))
    most = min(_drawn(evaluation) for evaluation, _ in (production, chosen))
    return run_battery(
        Arm.DECODE_ONLY.value,
        _samples_of_model(*production, problems=problems, most=most),
        _samples_of_model(*chosen, problems=problems, most=most),
        (counts[0], counts[1]),
        spec.battery,
        largest_k=max((k for k in spec.diagnostics.k if 1 < k <= most), default=max(spec.diagnostics.k)),
        level=spec.thresholds.level,
    )


def _drawn(evaluation: Evaluation) -> int:
    """Samples that every problem has."""
    return min(map(len, evaluation.by_problem().values()))


def _samples_of_model(
    evaluation: Evaluation,
    answers: ProbeAnswers,
    problems: Collection[str] | None = None,
    most: int | None = None,
) -> ModelSamples:
    safety, style, form = (load_probe_set(name) for name in ("safety", "style", "format"))
    by_problem = {
        name: samples[:most]
        for name, samples in evaluation.by_problem().items()
        if problems is None or name in problems
    }
    return ModelSamples(
        completions={name: tuple(each.completion for each in samples) for name, samples in by_problem.items()},
        lengths={name: tuple(each.completion_tokens for each in samples) for name, samples in by_problem.items()},
        harmful=answers.of(safety, "harmful"),
        delicate=answers.of(safety, "delicate"),
        secure=answers.of(safety, "secure"),
        style={name: tuple(extract_code_blocks(text) for text in texts) for name, texts in answers.of(style).items()},
        format=answers.of(form),
    )


def _key(probe_set: ProbeSet, prompt_id: str) -> str:
    return f"{probe_set.name}/{prompt_id}"
