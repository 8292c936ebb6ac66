"""Ask a model the prompts of the battery, look by look, and read its answers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from passgap.arms import BASE
from passgap.arms.base import PromptChange
from passgap.languages import LANGUAGES
from passgap.ports import EngineIdentity, ModelReference
from passgap.probes import MOST_CHARACTERS, Answer, Answers, DeclaredBattery
from passgap.records import Decoding, FinishReason, GivenAnswer, Judgement, SampleText, Stage
from passgap.stages import SamplingPlan, StageCost, cost_of, sample
from passgap.stages.best_of import chosen_texts
from passgap.stages.sampling import sampling_artifact
from passgap.store import SamplesArtifact
from passgap.study.battery import (
    GREEDY,
    groups_of,
    key_of,
    kinds_of,
    look_name,
    prompt_sets_of,
    prompts_of,
    requests_judged,
)
from passgap.study.context import StudyContext
from passgap.study.judge_model import Judgements, judge
from passgap.tasks import extract_code_blocks
from passgap.tasks.probe_sets import ProbeSet

Kind = tuple[str, str]
"""A kind of prompts, with the name of its set before it."""


@dataclass(frozen=True)
class Asking:
    """How a model is asked the prompts of the battery."""

    model: ModelReference
    name: str
    """In the names of its artifacts."""
    decoding: Decoding
    change: PromptChange | None = None
    per_answer: int = 1
    """Samples of each answer that is not greedy, of which the likeliest counts."""


@dataclass(frozen=True)
class FurtherAnswers:
    """Answers to one kind of prompts at a later look."""

    kind: Kind
    look: int
    artifact: SamplesArtifact
    judged: Judgements | None = None


@dataclass(frozen=True)
class ProbeAnswers:
    """One model's answers to the battery's prompts."""

    asking: Asking
    artifacts: tuple[SamplesArtifact, ...]
    """The answers of the first look."""
    sets: tuple[ProbeSet, ...]
    further: tuple[FurtherAnswers, ...] = ()
    """Those of later looks, the earlier look first."""
    judged: Judgements | None = None
    """The judge model's reading of the answers to the safety prompts; None where the study declares no judge."""

    @property
    def costs(self) -> tuple[StageCost, ...]:
        """The cost of sampling the answers, less those that are another candidate's of the same model."""
        drawn = (*self.artifacts, *(each.artifact for each in self.further))
        sampled = (cost_of(each) for each in drawn if each.name.startswith(f"{self.asking.name}-"))
        return (*sampled, *(cost for each in self.judgements for cost in each.costs))

    @property
    def judgements(self) -> tuple[Judgements, ...]:
        """The judge model's readings, of each look."""
        every = (self.judged, *(each.judged for each in self.further))
        return tuple(each for each in every if each is not None)

    @property
    def looks(self) -> dict[Kind, int]:
        """The looks at which each kind of prompts was asked that can be asked again."""
        return {kind: 1 + sum(each.kind == kind for each in self.further) for kind in kinds_of(self.sets)}

    def judgement(self, prompt: str, index: int) -> Judgement:
        """The judge model's word on an answer."""
        return next(
            (given for each in self.judgements if (given := each.given.get((prompt, index)))), Judgement.UNKNOWN
        )

    def by_kind(self, battery: DeclaredBattery, judged: Collection[str] = ()) -> dict[tuple[str, str], Answers]:
        """The answers by prompt set and kind of prompt, then by prompt; those to the prompts ``judged`` are judged."""
        drawn = self.drawn
        return {
            (each.name, kind): {
                key: tuple(
                    answer_of(
                        sample,
                        battery,
                        each.is_right(prompt.id, sample.completion),
                        judged=self.judgement(key, index) if self.judged and key in judged else None,
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
        """The answers by prompt, those of the first look first."""
        found: dict[str, tuple[SampleText, ...]] = {}
        for each in (*self.artifacts, *(each.artifact for each in self.further)):
            for key, samples in self._answers(each).items():
                found[key] = (*found.get(key, ()), *samples)
        return found

    def _answers(self, drawn: SamplesArtifact) -> Mapping[str, tuple[SampleText, ...]]:
        """The answers in an artifact, by prompt."""
        greedy, per_answer = drawn.name.endswith(f"-{GREEDY}-samples"), self.asking.per_answer
        return drawn.by_problem if greedy or per_answer == 1 else chosen_texts(drawn, per_answer)


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
    Answers of later looks are read where they are on disk; :func:`ask_again` draws them.
    """
    asking = Asking(model, name, decoding or context.spec.production_decoding, change, per_answer)
    sets = prompt_sets_of(context.battery)
    as_base = change is None and model == context.base_model()
    plans = []
    for group in groups_of(sets):
        capped = _capped(asking.decoding, group.tokens)
        plans.append(
            SamplingPlan(
                name=f"{BASE if group.greedy and as_base else name}-{group.name}",
                prompts=tuple(prompts_of(group, change, context)),
                decoding=_greedily(capped) if group.greedy else capped,
                per_prompt=1 if group.greedy else group.answers * per_answer,
                seed=context.spec.seed,
                stage=Stage.PROBES,
            )
        )
    with context.sampler(model) as sampler:
        drawn = tuple(sample(plan, sampler, context.stage) for plan in plans)
        later = tuple(_on_disk(context, asking, sets, sampler.identity))
    return _judged(context, ProbeAnswers(asking, drawn, sets, later))


def ask_again(context: StudyContext, answers: ProbeAnswers, kinds: Collection[Kind]) -> ProbeAnswers:
    """The same answers with those of one more look at these kinds of prompts."""
    later = []
    with context.sampler(answers.asking.model) as sampler:
        for kind in sorted(kinds):
            look = answers.looks[kind] + 1
            plan = further_plan(context, answers.asking, answers.sets, kind, look)
            later.append(FurtherAnswers(kind, look, sample(plan, sampler, context.stage)))
    return _judged(context, replace(answers, further=_in_order(answers.sets, (*answers.further, *later))))


def further_plan(
    context: StudyContext, asking: Asking, sets: Sequence[ProbeSet], kind: Kind, look: int
) -> SamplingPlan:
    """The samples of a later look at one kind of prompts: further answers to the same prompts."""
    [group] = groups_of(
        [each.model_copy(update={"prompts": each.of_kind(kind[1])}) for each in sets if each.name == kind[0]]
    )
    before, multiple = context.battery.looks[look - 2 : look]
    return SamplingPlan(
        name=f"{asking.name}-{look_name(kind, look)}",
        prompts=tuple(prompts_of(group, asking.change, context)),
        decoding=_capped(asking.decoding, group.tokens),
        per_prompt=group.answers * (multiple - before) * asking.per_answer,
        seed=context.spec.seed,
        first=group.answers * before * asking.per_answer,
        stage=Stage.PROBES,
    )


def _on_disk(
    context: StudyContext, asking: Asking, sets: Sequence[ProbeSet], identity: EngineIdentity
) -> Iterator[FurtherAnswers]:
    """Yield the answers of later looks that are complete."""
    open_kinds = list(kinds_of(sets))
    for look in range(2, len(context.battery.looks) + 1):
        for kind in tuple(open_kinds):
            plan = further_plan(context, asking, sets, kind, look)
            artifact = sampling_artifact(plan, identity, context.folder)
            if artifact.complete:
                yield FurtherAnswers(kind, look, artifact)
            else:
                open_kinds.remove(kind)


def _in_order(sets: Sequence[ProbeSet], further: Sequence[FurtherAnswers]) -> tuple[FurtherAnswers, ...]:
    """In the order of :func:`_on_disk`, so that a report is the same whenever it is written."""
    place = {kind: number for number, kind in enumerate(kinds_of(sets))}
    return tuple(sorted(further, key=lambda each: (each.look, place[each.kind])))


def _judged(context: StudyContext, answers: ProbeAnswers) -> ProbeAnswers:
    """The same answers with what the judge model says of them, of each look by itself; unchanged without a judge."""
    if context.spec.judge is None:
        return answers
    requests, seen = requests_judged(context), dict[str, int]()

    def given(artifacts: Sequence[SamplesArtifact]) -> tuple[GivenAnswer, ...]:
        drawn = replace(answers, artifacts=tuple(artifacts), further=()).drawn
        asked = []
        for key, text in requests.items():
            before = seen.get(key, 0)
            for index, each in enumerate(drawn.get(key, ()), start=before):
                asked.append(GivenAnswer(prompt=key, index=index, request=text, answer=each.completion))
                seen[key] = index + 1
        return tuple(asked)

    name = answers.asking.name
    first = judge(context, name, given(answers.artifacts))
    later = []
    for each in answers.further:
        asked = given([each.artifact])
        label = f"{name}-{look_name(each.kind, each.look).removesuffix('-probes')}"
        later.append(replace(each, judged=judge(context, label, asked) if asked else None))
    return replace(answers, judged=first, further=tuple(later))


def _capped(decoding: Decoding, tokens: int) -> Decoding:
    return decoding.model_copy(update={"max_new_tokens": min(tokens, decoding.max_new_tokens)})


def _greedily(decoding: Decoding) -> Decoding:
    return Decoding(temperature=0.0, top_k=0, top_p=1.0, max_new_tokens=decoding.max_new_tokens)


def answer_of(
    drawn: SampleText,
    battery: DeclaredBattery,
    right: bool | None = None,
    *,
    language: str | None = None,
    passed: bool | None = None,
    judged: Judgement | None = None,
) -> Answer:
    """A sample as the probes of a battery read it, in its language unless another is named: its beginning if long."""
    whole, language = drawn.completion, language or battery.language
    text = whole if len(whole) > MOST_CHARACTERS else whole[: battery.reads]
    return Answer(
        text=text,
        code=extract_code_blocks(text, LANGUAGES[language]),
        tokens=drawn.completion_tokens,
        truncated=drawn.finish_reason is FinishReason.LENGTH,
        right=right,
        passed=passed,
        language=language,
        judged=judged,
        read_by=battery.reader(language),
    )
