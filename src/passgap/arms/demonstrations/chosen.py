"""Choose the demonstrations of all questions once and keep the choice, so that reading a study takes no tokenizer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import JsonValue

from passgap.arms.base import Lab
from passgap.arms.demonstrations.retriever import Retriever
from passgap.arms.demonstrations.room import Room, estimated_tokens
from passgap.ports import Sampler
from passgap.records import Prompt, PromptsManifest, Record, Stage, digest_of
from passgap.stages import StageCost, cost_of
from passgap.stages.costs import metered, metered_seconds
from passgap.store import PromptsArtifact, read_json, write_json

RULES = 1
"""The version of the rules by which demonstrations are chosen. It rises when a question may get others."""

_FILE = "chosen.json"


class ChosenFor(Record):
    """The demonstrations of one question."""

    shown: tuple[str, ...]
    """Ids of the solved problems, in the order in which they are shown."""
    near_duplicates: int
    no_room: int
    tokens: int
    """Of the prompt with its demonstrations."""
    asked_tokens: int
    """Of the prompt without."""


@dataclass(frozen=True)
class Chosen:
    """The demonstrations of the questions of a study."""

    artifact: PromptsArtifact
    retriever: Retriever
    context_tokens: int
    """That prompt and completion have to fit into."""
    new_tokens: int

    @cached_property
    def _choices(self) -> Mapping[str, ChosenFor]:
        return {name: ChosenFor.model_validate(each) for name, each in read_json(self.artifact.path(_FILE)).items()}

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {each.id: place for place, each in enumerate(self.retriever.documents)}

    @property
    def cost(self) -> StageCost:
        """The cost of searching."""
        return cost_of(self.artifact)

    def of(self, questions: Iterable[Prompt]) -> list[ChosenFor]:
        """The choices for some of the questions."""
        return [self._choices[digest_of(each)] for each in questions]

    def change(self, question: Prompt) -> Prompt:
        """The question with its demonstrations.

        For a question that was not foreseen they are chosen now, on an estimate of its length from above.
        """
        known = self._choices.get(digest_of(question))
        if known is not None:
            return self.retriever.apply(question, [self._places[name] for name in known.shown])
        most = self.context_tokens - self.new_tokens
        found = self.retriever.retrieve(question, lambda prompt: estimated_tokens(prompt) <= most)
        return self.retriever.apply(question, found.shown)


def choose_demonstrations(name: str, questions: Sequence[Prompt], retriever: Retriever, lab: Lab) -> Chosen:
    """Choose the demonstrations of every question; what is on disk is not chosen again.

    Args:
        name: of the artifact, less its kind.
        questions: as the base model is asked.
        retriever: searches the solved problems.
        lab: of the study.

    Raises:
        EngineError: a prompt cannot be rendered.
        NotOnDiskError: the study is only read, and nothing was chosen yet.
    """
    new_tokens, declared = lab.spec.production_decoding.max_new_tokens, lab.spec.model.context_tokens
    with lab.sampler(lab.base_model()) as sampler:
        inputs: dict[str, JsonValue] = {
            "documents": digest_of(list(retriever.documents)),
            "questions": digest_of(list(questions)),
            "most": retriever.most,
            "style": retriever.style.value,
            "model": sampler.identity.model_digest,
            "context_tokens": declared,
            "new_tokens": new_tokens,
            "rules": RULES,
        }
        artifact = lab.stage.folder.artifact(f"{name}-prompts", inputs, PromptsArtifact)
        if not artifact.complete:
            artifact.begin()
            _search(artifact, questions, retriever, sampler, lab)
    return Chosen(artifact, retriever, declared, new_tokens)


def _search(
    artifact: PromptsArtifact, questions: Sequence[Prompt], retriever: Retriever, sampler: Sampler, lab: Lab
) -> None:
    room = Room(
        sampler,
        context_tokens=lab.spec.model.context_tokens,
        new_tokens=lab.spec.production_decoding.max_new_tokens,
    )
    choices: dict[str, ChosenFor] = {}
    with (
        metered(artifact, lab.stage.clock) as meter,
        lab.stage.progress.task(f"searching for {artifact.name}", len(questions), unit="prompts") as advance,
    ):
        for question in questions:
            found = retriever.retrieve(question, room.holds)
            choices[digest_of(question)] = ChosenFor(
                shown=tuple(retriever.documents[place].id for place in found.shown),
                near_duplicates=found.near_duplicates,
                no_room=found.no_room,
                tokens=room.tokens(retriever.apply(question, found.shown)),
                asked_tokens=room.tokens(question),
            )
            advance(1)
            meter.tick()
    write_json(artifact.path(_FILE), {name: each.model_dump(mode="json") for name, each in choices.items()})
    artifact.finish(
        PromptsManifest(
            stage=Stage.RETRIEVAL,
            seconds=metered_seconds(artifact),
            samples=len(choices),
            documents=len(retriever.documents),
            found=sum(bool(each.shown) for each in choices.values()),
            near_duplicates=sum(each.near_duplicates for each in choices.values()),
            no_room=sum(each.no_room for each in choices.values()),
            estimated=room.estimated,
        )
    )
