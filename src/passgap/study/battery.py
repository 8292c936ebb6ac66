"""Ask both models the prompts of the battery's probes, and compare all their samples."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from passgap.arms import BASE
from passgap.arms.base import PromptChange
from passgap.estimates import Counts
from passgap.ports import ModelReference
from passgap.probes import PROBES, Answer, Answers, BatteryOutcome, ModelSamples, run_battery
from passgap.records import Decoding, FinishReason, Prompt, SampleText, Stage
from passgap.stages import SamplingPlan, StageCost, cost_of, sample
from passgap.stages.best_of import chosen_texts
from passgap.stages.evaluation import Evaluation
from passgap.store import SamplesArtifact
from passgap.study.context import StudyContext
from passgap.study.waivers import with_waivers
from passgap.tasks import extract_code_blocks
from passgap.tasks.probe_sets import ProbeSet, in_order, load_probe_set

SAMPLES_PER_PROBE = 2
PROBE_TOKENS = 128

GREEDY = "greedy-probes"
_ASKED = {False: "probes", True: GREEDY}
"""The artifacts of the answers, by whether they are drawn greedily."""


@dataclass(frozen=True)
class ProbeAnswers:
    """One model's answers to the battery's prompts."""

    name: str
    """Of the model, in the names of its artifacts."""
    artifacts: tuple[SamplesArtifact, ...]
    sets: tuple[ProbeSet, ...]
    per_answer: int = 1
    """Samples of each answer that is not greedy, of which the likeliest counts."""

    @property
    def costs(self) -> tuple[StageCost, ...]:
        """The cost of sampling the answers, less those that are another candidate's of the same model."""
        return tuple(cost_of(each) for each in self.artifacts if each.name.startswith(f"{self.name}-"))

    def by_kind(self) -> dict[tuple[str, str], Answers]:
        """The answers by prompt set and kind of prompt, then by prompt."""
        drawn = {key: samples for each in self.artifacts for key, samples in self._answers(each).items()}
        return {
            (each.name, kind): {
                key: tuple(_answer(sample, each.is_right(prompt.id, sample.completion)) for sample in drawn[key])
                for prompt in each.of_kind(kind)
                if (key := _key(each, prompt.id)) in drawn
            }
            for each in self.sets
            for kind in dict.fromkeys(prompt.kind for prompt in each.prompts)
        }

    def _answers(self, drawn: SamplesArtifact) -> Mapping[str, tuple[SampleText, ...]]:
        """The answers in an artifact, by prompt."""
        greedy = drawn.name.endswith(f"-{_ASKED[True]}-samples")
        return drawn.by_problem if greedy or self.per_answer == 1 else chosen_texts(drawn, self.per_answer)


def prompt_sets_of(probes: Sequence[str]) -> tuple[ProbeSet, ...]:
    """The prompt sets that the named probes read, in the order in which they are asked."""
    read = (PROBES[name].prompts for name in probes if name in PROBES)
    return tuple(map(load_probe_set, in_order(prompts.prompt_set for prompts in read if prompts is not None)))


def answers_asked(probes: Sequence[str]) -> dict[str, int]:
    """How many answers a model gives for the named probes, by the names of their artifacts after the model's."""
    asked = dict.fromkeys(_ASKED.values(), 0)
    for each in prompt_sets_of(probes):
        asked[_ASKED[each.greedy]] += len(each.prompts) * (1 if each.greedy else SAMPLES_PER_PROBE)
    return {name: answers for name, answers in asked.items() if answers}


def ask_probes(
    context: StudyContext,
    model: ModelReference,
    name: str,
    decoding: Decoding | None = None,
    change: PromptChange | None = None,
    per_answer: int = 1,
) -> ProbeAnswers:
    """Sample a model on every prompt of the study's probes, at production decoding unless another one is given.

    With ``per_answer`` samples of each answer, the likeliest counts.

    Prompts that are asked greedily do not depend on the decoding: the base model, asked as it is, answers them once.
    """
    decoding = decoding or context.spec.production_decoding
    decoding = decoding.model_copy(update={"max_new_tokens": min(PROBE_TOKENS, decoding.max_new_tokens)})
    sets = prompt_sets_of(context.probes)
    as_base = change is None and model == context.base_model()
    plans = []
    for greedy in dict.fromkeys(each.greedy for each in sets):
        asked = tuple(each for each in sets if each.greedy is greedy)
        plans.append(
            SamplingPlan(
                name=f"{BASE if greedy and as_base else name}-{_ASKED[greedy]}",
                prompts=tuple(_prompts(asked, change, chat=context.spec.model.chat)),
                decoding=_greedily(decoding) if greedy else decoding,
                per_prompt=1 if greedy else SAMPLES_PER_PROBE * per_answer,
                seed=context.spec.seed,
                stage=Stage.PROBES,
            )
        )
    with context.sampler(model) as sampler:
        return ProbeAnswers(name, tuple(sample(plan, sampler, context.stage) for plan in plans), sets, per_answer)


def _prompts(sets: Sequence[ProbeSet], change: PromptChange | None, *, chat: bool) -> Iterator[tuple[str, Prompt]]:
    for each in sets:
        for prompt in each.prompts:
            asked = prompt.prompt_for(chat=chat)
            yield _key(each, prompt.id), change.apply(asked) if change else asked


def _greedily(decoding: Decoding) -> Decoding:
    return Decoding(temperature=0.0, top_k=0, top_p=1.0, max_new_tokens=decoding.max_new_tokens)


Sampled = tuple[Evaluation, ProbeAnswers]
"""The held-out samples of a model and its answers to the battery's prompts."""


def compare_with_battery(context: StudyContext, arm: str, base: Sampled, tuned: Sampled) -> BatteryOutcome:
    """Run the battery on what both models said."""
    largest_k = max(context.spec.diagnostics.k)
    sides = _samples_of_model(base, base[0].counts), _samples_of_model(tuned, tuned[0].counts)
    return _compared(context, arm, *sides, largest_k)


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

    largest_k = max((k for k in spec.diagnostics.k if 1 < k <= most), default=max(spec.diagnostics.k))
    return _compared(context, arm, side(production), side(chosen), largest_k)


def _compared(
    context: StudyContext, arm: str, base: ModelSamples, tuned: ModelSamples, largest_k: int
) -> BatteryOutcome:
    """The battery as the study declares it, with its waivers."""
    spec = context.spec
    found = run_battery(
        arm=arm,
        base=base,
        tuned=tuned,
        tolerances=spec.battery,
        largest_k=largest_k,
        level=spec.thresholds.level,
        probes=context.probes,
    )
    return with_waivers(context, found)


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


def _answer(drawn: SampleText, right: bool | None = None) -> Answer:
    return Answer(
        text=drawn.completion,
        code=extract_code_blocks(drawn.completion),
        tokens=drawn.completion_tokens,
        truncated=drawn.finish_reason is FinishReason.LENGTH,
        right=right,
    )


def _key(probe_set: ProbeSet, prompt_id: str) -> str:
    return f"{probe_set.name}/{prompt_id}"
