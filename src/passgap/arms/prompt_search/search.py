"""Search for an instruction once, and keep what was found; a killed search goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from passgap.arms.base import Lab
from passgap.arms.demonstrations.room import Room
from passgap.arms.development import development_problems
from passgap.arms.prompt_search.instructions import Place
from passgap.arms.prompt_search.proposing import propose
from passgap.arms.prompt_search.records import SearchRecords
from passgap.arms.prompt_search.reflectors import Reflection, reflector_of
from passgap.arms.prompt_search.section import PromptSection
from passgap.arms.prompt_search.strategies import Means, Tried
from passgap.arms.prompt_search.trials import Trial, Trials
from passgap.errors import StudyError
from passgap.lazy_imports import imported, needed_for
from passgap.ports import Executor, Sampler
from passgap.records import Record, SearchManifest, Stage, digested
from passgap.stages import StageCost, cost_of
from passgap.stages.costs import metered, metered_seconds
from passgap.store import SearchArtifact, read_json, write_json

_FILE = "found.json"

Strategy = Callable[[PromptSection, Means], list[Tried]]


class Found(Record):
    """The result of a search."""

    instruction: str
    tried: tuple[Tried, ...]
    """Every instruction that was compared, the one that the search began with first."""


@dataclass(frozen=True)
class Search:
    """A finished search."""

    artifact: SearchArtifact

    @cached_property
    def found(self) -> Found:
        """The outcome of the search."""
        return Found.model_validate(read_json(self.artifact.path(_FILE)))

    @property
    def cost(self) -> StageCost:
        """The cost of all metric calls, and of a reflector that is the base model."""
        return cost_of(self.artifact)


def search(section: PromptSection, place: Place, registration: str, lab: Lab) -> Search:
    """Search for the instruction that solves the most development problems.

    Args:
        section: how the search is declared.
        place: where the instruction stands.
        registration: the hash of the ledger entry, which binds everything that the search reads.
        lab: of the study.

    Raises:
        StudyError: the library of the strategy is not installed.
        NotOnDiskError: the study is only read, and nothing was found yet.
        EngineError, ExecutionError, StoreError: a step failed; what was finished is kept.
    """
    with lab.sampler(lab.base_model()) as sampler:
        inputs = {"registration": registration, "engine": digested(sampler.identity)}
        artifact = lab.stage.folder.artifact("prompt-search", inputs, SearchArtifact)
        if not artifact.complete:
            artifact.begin()
            with needed_for("the search for a prompt", "passgap[prompt]", StudyError):
                strategy: Strategy = (
                    propose if section.strategy == "propose" else imported(f"{__package__}.evolving:evolve")
                )
            with lab.executor() as executor:
                _search(artifact, section, place, strategy, (sampler, executor), lab)
    return Search(artifact)


def _search(
    artifact: SearchArtifact,
    section: PromptSection,
    place: Place,
    strategy: Strategy,
    ports: tuple[Sampler, Executor],
    lab: Lab,
) -> None:
    sampler, executor = ports
    spec, pool = lab.spec, lab.splits.pool.problems
    problems = development_problems(pool, section.development, spec.seed)
    asked = dict(lab.splits.prompts(problems, chat=spec.model.chat))
    decoding = spec.production_decoding
    with (
        metered(artifact, lab.stage.clock) as meter,
        lab.stage.progress.task("searching for a prompt", section.max_metric_calls, unit="metric calls") as advance,
        SearchRecords(artifact) as records,
        reflector_of(section.reflector, sampler, lab, records) as reflector,
    ):

        def finished(calls: int) -> None:
            advance(calls)
            meter.tick()

        trials = Trials(
            sampler=sampler,
            executor=executor,
            prompts=asked,
            decoding=decoding,
            place=place,
            room=Room(sampler, context_tokens=spec.model.context_tokens, new_tokens=decoding.max_new_tokens),
            seed=spec.seed,
            records=records,
            advance=finished,
        )
        # Those that are chosen on are never shown to the reflector.
        means = Means(trials, reflector, problems[1::2], problems[0::2], asked, spec.seed)
        tried = strategy(section, means)
        records.finish()
    calls = [Trial.model_validate(each) for each in records.values("trial")]
    answers = [Reflection.model_validate(each) for each in records.values("reflection")]
    outside = answers if section.reflector.model is not None else []
    best = chosen(tried)
    write_json(artifact.path(_FILE), Found(instruction=best.instruction, tried=tuple(tried)).model_dump(mode="json"))
    artifact.finish(
        SearchManifest(
            stage=Stage.PROMPT_SEARCH,
            seconds=metered_seconds(artifact),
            samples=len(calls),
            tokens=sum(each.tokens for each in calls),
            prompt_tokens=sum(each.prompt_tokens for each in calls),
            unscored=sum(each.passed is None for each in calls),
            development=len(problems),
            reflections=len(answers),
            reflection_prompt_tokens=sum(each.prompt_tokens for each in answers),
            reflection_tokens=sum(each.tokens for each in answers),
            external_prompt_tokens=sum(each.prompt_tokens for each in outside),
            external_tokens=sum(each.tokens for each in outside),
        )
    )


def chosen(tried: list[Tried]) -> Tried:
    """The best instruction, and of several that are equally good the earliest: the first one costs nothing to keep."""
    return max(tried, key=lambda each: each.score)
