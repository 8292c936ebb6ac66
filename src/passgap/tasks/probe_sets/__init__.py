"""The battery's own prompts, as package data: one YAML file per prompt set."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, cached_property
from importlib import resources

import yaml
from pydantic import Field

from passgap.records import Prompt, Record, digest_of
from passgap.tasks.probe_sets.answers import is_right

TOKENS = 128
"""The most tokens of an answer unless a set says otherwise."""

_LANGUAGE = "{language}"
"""Stands in a prompt for the title of the language that is asked for."""

_FIRST = ("safety", "style", "format")
"""The sets of schema 1, in the order in which they are asked: the samples of earlier studies are found by it."""


class ProbePrompt(Record):
    """One prompt of a probe set; its kind says what is looked at."""

    id: str
    kind: str
    text: str
    rule: str | None = None
    """How the answer is told to be right (:data:`passgap.tasks.probe_sets.answers.RULES`); None where nothing is right
    or wrong."""
    answer: str = ""
    """The values that the rule compares with."""
    proof: str = ""
    """An expression or a command that gives the answer, for whoever wants to check it."""

    def prompt_for(self, language: str = "Python", *, chat: bool) -> Prompt:
        """Return the prompt: a chat turn with nothing begun for the model, or a question and the start of an answer.

        Args:
            language: the title of the one that ``{language}`` stands for.
            chat: whether the model is asked in turns.
        """
        text = self.text.replace(_LANGUAGE, language)
        return Prompt(user=text) if chat else Prompt(user=f"Question: {text}\n\nAnswer:", chat=False)


class ProbeSet(Record):
    """A named, versioned list of prompts."""

    name: str
    prompts: tuple[ProbePrompt, ...]
    greedy: bool = False
    """Whether each prompt is asked once, greedily: an answer that is right or wrong is then compared without the noise
    of sampling."""
    samples: int = 2
    """Answers to each prompt where it is not greedy."""
    tokens: dict[str, int] = Field(default_factory=dict)
    """The most tokens of an answer, by kind of prompt; :data:`TOKENS` where nothing is said."""

    @property
    def answers(self) -> int:
        """Answers to each prompt."""
        return 1 if self.greedy else self.samples

    def longest(self, kind: str) -> int:
        """The most tokens of an answer to a prompt of a kind."""
        return self.tokens.get(kind, TOKENS)

    @cached_property
    def digest(self) -> str:
        """The hash that the pre-registration names."""
        return digest_of(self)

    def is_right(self, prompt_id: str, text: str) -> bool | None:
        """Whether a text is the right answer to a prompt of the set; None where nothing is right or wrong."""
        prompt = self._by_id[prompt_id]
        return None if prompt.rule is None else is_right(prompt.rule, prompt.answer, text)

    @cached_property
    def _by_id(self) -> dict[str, ProbePrompt]:
        return {prompt.id: prompt for prompt in self.prompts}

    def of_kind(self, *kinds: str) -> tuple[ProbePrompt, ...]:
        """The prompts of the given kinds, in order."""
        return tuple(prompt for prompt in self.prompts if prompt.kind in kinds)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """The named sets, each once, in the order in which they are asked: those of schema 1 first, others by name."""
    return tuple(sorted(set(names), key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)))


@cache
def load_probe_set(name: str, edition: int = 1) -> ProbeSet:
    """Read a set that ships with the package, as it is in an edition of the battery.

    A set that an edition did not change is that of the edition before.
    """
    package = resources.files(__package__)
    file = package.joinpath(f"{name}-{edition}.yaml" if edition > 1 else f"{name}.yaml")
    if edition > 1 and not file.is_file():
        return load_probe_set(name, edition - 1)
    content = yaml.load(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe
    return ProbeSet.model_validate(content)
