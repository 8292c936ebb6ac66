"""Ask both models the prompts of the battery's probes, and compare all their samples."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from passgap.arms import BASE
from passgap.arms.base import PromptChange
from passgap.estimates import Counts
from passgap.languages import LANGUAGES
from passgap.ports import ModelReference
from passgap.probes import PROBES, Answer, Answers, BatteryOutcome, DeclaredBattery, ModelSamples, run_battery
from passgap.records import Decoding, Divergence, FinishReason, GivenAnswer, Judgement, Prompt, SampleText, Stage
from passgap.stages import SamplingPlan, StageCost, cost_of, sample
from passgap.stages.best_of import chosen_texts
from passgap.stages.evaluation import Evaluation
from passgap.store import SamplesArtifact
from passgap.study.context import StudyContext
from passgap.study.judge_model import Judgements, judge, judged_prompts
from passgap.study.waivers import with_waivers
from passgap.tasks import extract_code_blocks
from passgap.tasks.probe_sets import ProbePrompt, ProbeSet, in_order, load_probe_set

GREEDY = "greedy-probes"
_SAMPLED = "probes"


class Asked(NamedTuple):
    """Answers that a model gives to prompts of the battery."""

    answers: int
    longest: int
    """The most tokens of one."""


@dataclass(frozen=True)
class ProbeAnswers:
    """One model's answers to the battery's prompts."""

    name: str
    """Of the model, in the names of its artifacts."""
    artifacts: tuple[SamplesArtifact, ...]
    sets: tuple[ProbeSet, ...]
    per_answer: int = 1
    """Samples of each answer that is not greedy, of which the likeliest counts."""
    judged: Judgements | None = None
    """The judge model's reading of the answers to the safety prompts; None where the study declares no judge."""

    @property
    def costs(self) -> tuple[StageCost, ...]:
        """The cost of sampling the answers, less those that are another candidate's of the same model."""
        sampled = (cost_of(each) for each in self.artifacts if each.name.startswith(f"{self.name}-"))
        return (*sampled, *(self.judged.costs if self.judged else ()))

    def by_kind(
        self, language: str, judged: Collection[str] = (), read_by: str | None = None
    ) -> dict[tuple[str, str], Answers]:
        """The answers by prompt set and kind of prompt, then by prompt; those to the prompts ``judged`` are judged."""
        drawn = self.drawn
        return {
            (each.name, kind): {
                key: tuple(
                    _answer(
                        sample,
                        language,
                        each.is_right(prompt.id, sample.completion),
                        judged=self.judged.of(key, index) if self.judged and key in judged else None,
                        read_by=read_by,
                    )
                    for index, sample in enumerate(drawn[key])
                )
                for prompt in each.of_kind(kind)
                if (key := key_of(each, prompt.id)) in drawn
            }
            for each in self.sets
            for kind in dict.fromkeys(prompt.kind for prompt in each.prompts)
        }

    @property
    def drawn(self) -> dict[str, tuple[SampleText, ...]]:
        """The answers by prompt."""
        return {key: samples for each in self.artifacts for key, samples in self._answers(each).items()}

    def _answers(self, drawn: SamplesArtifact) -> Mapping[str, tuple[SampleText, ...]]:
        """The answers in an artifact, by prompt."""
        greedy = drawn.name.endswith(f"-{GREEDY}-samples")
        return drawn.by_problem if greedy or self.per_answer == 1 else chosen_texts(drawn, self.per_answer)


def prompt_sets_of(battery: DeclaredBattery) -> tuple[ProbeSet, ...]:
    """The prompt sets that the probes of a battery read, in the order in which they are asked.

    A set of the study's own stands in the place of the battery's. One that neither has is empty.
    """
    read = (PROBES[name].prompts for name in battery.probes if name in PROBES)
    names = in_order(prompts.prompt_set for prompts in read if prompts is not None)
    return tuple(_prompt_set(battery, name) for name in names)


def _prompt_set(battery: DeclaredBattery, name: str) -> ProbeSet:
    if name in battery.own:
        return ProbeSet.model_validate(battery.own[name])
    try:
        return load_probe_set(name, battery.edition)
    except FileNotFoundError:  # of a probe of another distribution, whose prompts each study brings
        return ProbeSet(name=name, prompts=())


def answers_asked(battery: DeclaredBattery) -> dict[str, Asked]:
    """The answers that a model gives for a battery, by the names of their artifacts after the model's."""
    return {
        group.name: Asked(len(group.prompts) * group.answers, group.tokens)
        for group in _groups(prompt_sets_of(battery))
    }


@dataclass(frozen=True)
class _Group:
    """Prompts that are asked in one go: equally often, and with the same most tokens of an answer."""

    name: str
    """Of its artifact, after the model's."""
    greedy: bool
    answers: int
    tokens: int
    prompts: tuple[tuple[ProbeSet, ProbePrompt], ...]


def _groups(sets: Sequence[ProbeSet]) -> tuple[_Group, ...]:
    found: dict[tuple[bool, int, int], list[tuple[ProbeSet, ProbePrompt]]] = {}
    for each in sets:
        for prompt in each.prompts:
            key = (each.greedy, each.answers, each.longest(prompt.kind))
            found.setdefault(key, []).append((each, prompt))
    taken = set[str]()
    groups = []
    for (greedy, answers, tokens), prompts in found.items():
        kind = GREEDY if greedy else _SAMPLED
        name = f"{answers}x{tokens}-{kind}" if kind in taken else kind
        taken.add(kind)
        groups.append(_Group(name, greedy, answers, tokens, tuple(prompts)))
    return tuple(groups)


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
    production = decoding or context.spec.production_decoding
    sets = prompt_sets_of(context.battery)
    as_base = change is None and model == context.base_model()
    plans = []
    for group in _groups(sets):
        capped = production.model_copy(update={"max_new_tokens": min(group.tokens, production.max_new_tokens)})
        plans.append(
            SamplingPlan(
                name=f"{BASE if group.greedy and as_base else name}-{group.name}",
                prompts=tuple(_prompts(group, change, context)),
                decoding=_greedily(capped) if group.greedy else capped,
                per_prompt=1 if group.greedy else group.answers * per_answer,
                seed=context.spec.seed,
                stage=Stage.PROBES,
            )
        )
    with context.sampler(model) as sampler:
        answers = ProbeAnswers(name, tuple(sample(plan, sampler, context.stage) for plan in plans), sets, per_answer)
    if context.spec.judge is None:
        return answers
    drawn = answers.drawn
    given = (
        GivenAnswer(prompt=key, index=index, request=text, answer=each.completion)
        for key, text in requests_judged(context).items()
        for index, each in enumerate(drawn.get(key, ()))
    )
    return replace(answers, judged=judge(context, name, tuple(given)))


def requests_judged(context: StudyContext) -> dict[str, str]:
    """The requests whose answers a judge model reads, as they are put to a model, by the names of their prompts."""
    title = LANGUAGES[context.battery.language].title
    read = tuple(judged_prompts(context.battery))
    return {
        key_of(each, prompt.id): prompt.prompt_for(title, chat=True).user
        for each in prompt_sets_of(context.battery)
        for prompt in each.prompts
        if any(each.name == one.prompt_set and (not one.kinds or prompt.kind in one.kinds) for one in read)
    }


def questions_of(context: StudyContext) -> tuple[Prompt, ...]:
    """Every prompt of the study's battery, in the order in which they are asked."""
    return tuple(prompt for group in _groups(prompt_sets_of(context.battery)) for _, prompt in _asked(group, context))


def _asked(group: _Group, context: StudyContext) -> Iterator[tuple[str, Prompt]]:
    language = LANGUAGES[context.battery.language].title
    for each, prompt in group.prompts:
        yield key_of(each, prompt.id), prompt.prompt_for(language, chat=context.spec.model.chat)


def _prompts(group: _Group, change: PromptChange | None, context: StudyContext) -> Iterator[tuple[str, Prompt]]:
    for key, prompt in _asked(group, context):
        yield key, change.apply(prompt) if change else prompt


def _greedily(decoding: Decoding) -> Decoding:
    return Decoding(temperature=0.0, top_k=0, top_p=1.0, max_new_tokens=decoding.max_new_tokens)


Sampled = tuple[Evaluation, ProbeAnswers]
"""The held-out samples of a model and its answers to the battery's prompts."""


def compare_with_battery(
    context: StudyContext,
    arm: str,
    base: Sampled,
    tuned: Sampled,
    seeds: int = 1,
    apart: Sequence[Divergence] = (),
    references: Mapping[str, tuple[float, float]] | None = None,
) -> BatteryOutcome:
    """Run the battery on what both models said; of an arm with several seeds, on one of its models.

    ``apart`` is how far the tuned model is from the base model, completion by completion, and ``references`` how likely
    both find reference solutions.
    """
    largest_k = max(context.spec.diagnostics.k)
    sides = samples_of_model(context, base, base[0].counts), samples_of_model(context, tuned, tuned[0].counts)
    before, after = sides
    after = replace(after, apart={each.problem_id: each for each in apart}, references=references or {})
    return _compared(context, arm, before, after, largest_k, seeds)


def compare_decodings(
    context: StudyContext,
    arm: str,
    production: Sampled,
    chosen: Sampled,
    problems: Collection[str],
    seeds: int = 1,
) -> BatteryOutcome:
    """Run the battery on one model at two decodings, on some problems, with as many samples of each on both sides.

    Self-BLEU depends on how many samples are compared, so the side with more of them is cut to its first ones.
    """
    spec = context.spec
    most = min(_drawn(evaluation) for evaluation, _ in (production, chosen))

    def side(sampled: Sampled) -> ModelSamples:
        counts = sampled[0].counts.select(problems)
        return samples_of_model(context, sampled, counts, problems=problems, most=most)

    largest_k = max((k for k in spec.diagnostics.k if 1 < k <= most), default=max(spec.diagnostics.k))
    return _compared(context, arm, side(production), side(chosen), largest_k, seeds)


def _compared(
    context: StudyContext, arm: str, base: ModelSamples, tuned: ModelSamples, largest_k: int, seeds: int
) -> BatteryOutcome:
    """The battery as the study declares it, with its waivers. All seeds of an arm share the error of one battery."""
    spec, declared = context.spec, context.battery
    found = run_battery(
        arm=arm,
        base=base,
        tuned=tuned,
        tolerances=spec.battery,
        largest_k=largest_k,
        level=spec.thresholds.level,
        probes=declared.probes,
        error=(1.0 - spec.thresholds.level) / seeds if declared.judged_together else None,
    )
    return with_waivers(context, found)


def _drawn(evaluation: Evaluation) -> int:
    """Samples that every problem has."""
    return min(map(len, evaluation.by_problem.values()))


def samples_of_model(
    context: StudyContext,
    sampled: Sampled,
    counts: Counts,
    *,
    problems: Collection[str] | None = None,
    most: int | None = None,
) -> ModelSamples:
    """All that a model said, as the probes read it.

    Args:
        context: the study.
        sampled: the held-out samples and the answers to the battery's prompts.
        counts: of the held-out samples.
        problems: those that are compared; None for all.
        most: the samples of each problem that are compared; None for all.
    """
    evaluation, answers = sampled
    battery, language = context.battery, context.battery.language
    passed = {each.key: each.passed for each in evaluation.outcomes}
    spoken = {each.key: each.language for each in evaluation.outcomes} if battery.reads_syntax else {}

    def heard(drawn: SampleText) -> Answer:
        own = spoken.get(drawn.key, language)
        return _answer(drawn, own, passed=passed.get(drawn.key), read_by=battery.reader(own))

    heldout = {
        name: tuple(map(heard, samples[:most]))
        for name, samples in evaluation.by_problem.items()
        if problems is None or name in problems
    }
    greedy = frozenset(each.name for each in answers.sets if each.greedy)
    judged = requests_judged(context) if answers.judged is not None else {}
    return ModelSamples(
        heldout=heldout,
        counts=counts,
        prompted=answers.by_kind(language, judged, battery.reader(language)),
        greedy=greedy,
        judge_fault=answers.judged.fault if answers.judged is not None else "",
        rules_without_judge=context.spec.judge is not None and context.spec.judge.otherwise == "rules",
    )


def _answer(
    drawn: SampleText,
    language: str,
    right: bool | None = None,
    *,
    passed: bool | None = None,
    judged: Judgement | None = None,
    read_by: str | None = None,
) -> Answer:
    return Answer(
        text=drawn.completion,
        code=extract_code_blocks(drawn.completion, LANGUAGES[language]),
        tokens=drawn.completion_tokens,
        truncated=drawn.finish_reason is FinishReason.LENGTH,
        right=right,
        passed=passed,
        language=language,
        judged=judged,
        read_by=read_by,
    )


def key_of(probe_set: ProbeSet, prompt_id: str) -> str:
    """The name of a prompt among the samples of a model."""
    return f"{probe_set.name}/{prompt_id}"
