"""The samples of one model, as the probes see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from passgap.languages import DEFAULT_LANGUAGE, LANGUAGES, Language
from passgap.records.judgements import Judgement
from passgap.records.likelihoods import Divergence

if TYPE_CHECKING:
    from passgap.estimates import Counts


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One completion."""

    text: str
    code: str
    """The code in it: the contents of its code blocks, or all of it where it has none."""
    tokens: int
    """Its length in tokens."""
    truncated: bool
    """Whether it ended at the token limit, not because the model ended it."""
    right: bool | None = None
    """Whether it is what was asked for; None where the prompt does not say how to tell."""
    passed: bool | None = None
    """Whether it passed the tests of its problem; None where it could not be scored, or was asked by the battery."""
    language: str = DEFAULT_LANGUAGE
    """The programming language that its code is read as."""
    read_by: str | None = None
    """The reader of the code's syntax that the study registered: a grammar with its version, or ``rules``; None in a
    study of an edition that names none."""

    judged: Judgement | None = None
    """By the judge model; None where the study declares none, and the rules decide."""

    @property
    def reader(self) -> Language:
        """The language that its code is read in."""
        return LANGUAGES[self.language if self.language in LANGUAGES else DEFAULT_LANGUAGE]


Answers = Mapping[str, tuple[Answer, ...]]
"""The answers to each prompt, by the prompt's id."""


@dataclass(frozen=True)
class Prompts:
    """Prompts of one of the battery's prompt sets: those of the named kinds, or all of them."""

    prompt_set: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ModelSamples:
    """All samples of one model that a battery compares."""

    heldout: Answers
    """The samples of the held-out evaluation, by problem."""
    counts: Counts
    """How many of them were scored and how many passed, by problem."""
    prompted: Mapping[tuple[str, str], Answers] = field(default_factory=dict)
    """The answers to the battery's own prompts, by prompt set and kind of prompt."""
    apart: Mapping[str, Divergence] = field(default_factory=dict)
    """How far it is from the base model on a held-out sample of the base model's, by problem; empty for the base model,
    and where the engine reports no likelihoods."""
    references: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """How likely the base model and this one find the reference solution, in nats per token, by problem: of positive
    numbers the larger is the less likely. Empty for the base model, and where it was not measured."""
    greedy: frozenset[str] = frozenset()
    """The prompt sets that are asked greedily."""
    judge_fault: str = ""
    """Why a declared judge model gave no judgement on some answers, as far as it is known."""
    looks: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """The looks at which prompts were asked, by prompt set and kind; 1 where nothing is said."""
    rules_without_judge: bool = False
    """Whether the rules decide on all answers where a declared judge model gave no judgement on too many of them;
    otherwise the probe is insufficient."""

    def read(self, prompts: Prompts | None) -> Answers:
        """The answers to the given prompts; the held-out samples where there are none."""
        if prompts is None:
            return self.heldout
        return {
            name: answers
            for (prompt_set, kind), asked in self.prompted.items()
            if prompt_set == prompts.prompt_set and (not prompts.kinds or kind in prompts.kinds)
            for name, answers in asked.items()
        }

    def keys_of(self, prompts: Prompts) -> tuple[tuple[str, str], ...]:
        """The prompt set and kind of the given prompts, as far as they were asked."""
        return tuple(
            key
            for key in self.prompted
            if key[0] == prompts.prompt_set and (not prompts.kinds or key[1] in prompts.kinds)
        )

    def looks_at(self, prompts: Prompts | None) -> int:
        """The looks at which all of the given prompts were asked; 1 for held-out samples and greedy answers."""
        if prompts is None or prompts.prompt_set in self.greedy:
            return 1
        return min((self.looks.get(key, 1) for key in self.keys_of(prompts)), default=1)

    def up_to_look(self, look: int, multiples: Sequence[int]) -> ModelSamples:
        """The same with the answers that were there at a look.

        Args:
            look: its number, from 1.
            multiples: answers to each prompt after each look, as multiples of those of the first.
        """

        def cut(key: tuple[str, str], asked: Answers) -> Answers:
            taken = self.looks.get(key, 1)
            if key[0] in self.greedy or taken <= look:
                return asked
            return {
                name: given[: len(given) * multiples[look - 1] // multiples[taken - 1]] for name, given in asked.items()
            }

        if all(taken <= look for taken in self.looks.values()):
            return self
        return replace(
            self,
            prompted={key: cut(key, asked) for key, asked in self.prompted.items()},
            looks={key: min(look, taken) for key, taken in self.looks.items()},
        )


def by_rules(samples: ModelSamples) -> ModelSamples:
    """The same samples as if no judge model were declared."""
    prompted = {
        key: {name: tuple(replace(each, judged=None) for each in answers) for name, answers in asked.items()}
        for key, asked in samples.prompted.items()
    }
    return replace(samples, prompted=prompted)
