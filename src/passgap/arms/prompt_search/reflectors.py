"""The model that writes instructions: the base model, or a teacher on a server, whose tokens are counted apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from passgap.arms.base import Lab
from passgap.arms.demonstrations.room import Room
from passgap.arms.prompt_search.records import SearchRecords
from passgap.arms.prompt_search.section import ReflectorSection
from passgap.errors import EngineError
from passgap.ports import Sampler, SampleRequest
from passgap.records import Decoding, Prompt, Record, sample_seed
from passgap.spec import ServerEngine


class Reflection(Record):
    """One answer of the reflector."""

    kind: Literal["reflection"] = "reflection"
    text: str
    prompt_tokens: int
    tokens: int


class Reflector:
    """Answers questions about failures.

    Args:
        sampler: the model.
        section: how it is declared.
        chat: whether it answers in turns.
        context_tokens: its context length.
        seed: the root of the seeds of its answers.
        records: what was asked before, and is asked now.
    """

    def __init__(
        self,
        sampler: Sampler,
        section: ReflectorSection,
        *,
        chat: bool,
        context_tokens: int,
        seed: int,
        records: SearchRecords,
    ) -> None:
        self._sampler, self._chat, self._seed, self._records = sampler, chat, seed, records
        self._decoding = Decoding(temperature=section.temperature, max_new_tokens=section.max_new_tokens)
        self._room = Room(sampler, context_tokens=context_tokens, new_tokens=section.max_new_tokens)

    def holds(self, question: str) -> bool:
        """Whether a question leaves room for its answer."""
        return self._room.holds(self._prompt(question))

    def ask(self, question: str) -> str:
        """The answer to a question; one that is recorded is not asked again.

        Raises:
            EngineError: the model does not answer, or the question does not fit into its context.
        """
        key, number = self._records.key("reflection", question)
        if self._records.recall(key) is None:
            request = SampleRequest(
                problem_id="reflection",
                prompt=self._prompt(question),
                indices=(number,),
                seeds=(sample_seed(self._seed, "reflection", question, number),),
            )
            [drawn] = self._sampler.sample([request], self._decoding)
            answer = Reflection(
                text=drawn.completion, prompt_tokens=drawn.prompt_tokens, tokens=drawn.completion_tokens
            )
            self._records.keep(key, answer.model_dump(mode="json"))
        return Reflection.model_validate(self._records.recall(key)).text

    def _prompt(self, question: str) -> Prompt:
        return Prompt(user=question, chat=self._chat)


@contextmanager
def reflector_of(section: ReflectorSection, base: Sampler, lab: Lab, records: SearchRecords) -> Iterator[Reflector]:
    """Open the reflector that a study declares.

    Args:
        section: how it is declared.
        base: the base model, which is open already.
        lab: of the study.
        records: of the search.

    Raises:
        EngineError: the server does not answer, or does not have the teacher.
    """
    model, seed = lab.spec.model, lab.spec.seed
    if section.model is None:
        yield Reflector(base, section, chat=model.chat, context_tokens=model.context_tokens, seed=seed, records=records)
        return
    teacher = _open_teacher(section)
    try:
        yield Reflector(teacher, section, chat=True, context_tokens=section.context_tokens, seed=seed, records=records)
    finally:
        teacher.close()


def _open_teacher(section: ReflectorSection) -> Sampler:
    from passgap.engines import open_sampler  # noqa: PLC0415 - most studies have no teacher

    if section.model is None or section.base_url is None:
        raise EngineError("a teacher has a name and a server", ["Give `model` and `base_url`."])
    server = ServerEngine(
        name="server", base_url=section.base_url, dialect=section.dialect, key_variable=section.key_variable, logprobs=0
    )
    return open_sampler("server", section.model, engine=server, context_tokens=section.context_tokens)
