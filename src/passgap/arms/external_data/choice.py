"""Which examples of external data are trained on: the same for everybody who has the data and the study's seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from passgap.arms.base import DeclaredStudy
from passgap.recipes import in_mixing_order
from passgap.records import MixedExample, Problem, Prompt, TrainExample, digest_of
from passgap.tasks import ExampleSet, kind_of

CURATED_TARGET = (
    "the answer as the data have it, and what ends an answer of the model: the token that its chat template puts after "
    "one, else its end of text"
)
REFERENCE_TARGET = (
    "the reference solution in the shape of the model's own answers: behind the prompt that it is asked with, ended as "
    "an answer to that prompt ends; one that would not be read back as the same program is left out"
)
"""The rules of the training target in words, as registered."""

CHOICE_RULE = (
    "less what is too close to a held-out problem; in an order fixed by the study's seed, at most `per_problem` with "
    "the same prompt and `limit` of all"
)


@dataclass(frozen=True)
class Choice:
    """The examples that are trained on, and how many were left out for which reason."""

    data: ExampleSet
    examples: tuple[TrainExample, ...]
    given: int
    removed: int
    """Too close to a held-out problem."""
    beyond_cap: int
    beyond_limit: int
    inexpressible: int
    """References that the prompts cannot be answered with."""

    @property
    def digest(self) -> str:
        """The hash of the examples in their order."""
        return digest_of(list(self.examples))


def choose(
    arm: str, study: DeclaredStudy, *, references: bool, learn: str, limit: int | None, per_problem: int | None
) -> Choice:
    """Choose among the external data of an arm.

    Args:
        arm: its name.
        study: the study, with the data loaded.
        references: whether the data are the reference solutions of the pool.
        learn: ``last`` or ``every``: the answers that a loss is taken on.
        limit: the most examples.
        per_problem: the most examples with the same prompt.
    """
    external = study.splits.external[arm]
    ordered = in_mixing_order(external.data.examples, study.spec.seed)
    capped = capped_by_prompt(ordered, per_problem)
    built = _references(capped, study) if references else [curated_example(each, study, learn) for each in capped]
    usable = [each for each in built if each is not None]
    kept = usable[:limit]
    return Choice(
        data=external.data,
        examples=tuple(kept),
        given=len(external.data.examples) + external.removed,
        removed=external.removed,
        beyond_cap=len(ordered) - len(capped),
        beyond_limit=len(usable) - len(kept),
        inexpressible=len(built) - len(usable),
    )


def capped_by_prompt(examples: Sequence[MixedExample], most: int | None) -> list[MixedExample]:
    """Examples in their order, at most so many with the same turns before the answer."""
    if most is None:
        return list(examples)
    seen: Counter[tuple[tuple[str, str], ...]] = Counter()
    kept = []
    for each in examples:
        asked = tuple((turn.role, turn.content) for turn in each.turns)
        seen[asked] += 1
        if seen[asked] <= most:
            kept.append(each)
    return kept


def _references(examples: Sequence[MixedExample], study: DeclaredStudy) -> list[TrainExample | None]:
    problems = {problem.id: problem for problem in study.splits.pool.problems}
    chosen = [problems[each.id] for each in examples]
    prompts = dict(study.splits.prompts(tuple(chosen), chat=study.spec.model.chat))
    return [reference_example(problem, prompts[problem.id]) for problem in chosen]


def reference_example(problem: Problem, prompt: Prompt) -> TrainExample | None:
    """The reference solution as the answer to a problem's prompt; None where the prompt cannot be answered with it."""
    answer = kind_of(problem).reference_answer(problem, prompt)
    if answer is None:
        return None
    stopped = any(answer.endswith(stop) for stop in prompt.stop)
    return TrainExample(prompt=prompt, completion=answer, answer_ends=not stopped)


def curated_example(example: MixedExample, study: DeclaredStudy, learn: str) -> TrainExample:
    """An example as it is rendered for the model: as turns, or as plain text that is continued."""
    *before, asked = example.turns
    system = before.pop(0).content if before and before[0].role == "system" else None
    return TrainExample(
        prompt=Prompt(user=asked.content, system=system, chat=study.spec.model.chat),
        completion=example.completion,
        earlier=tuple(before),
        learns_earlier=learn == "every" and any(turn.role == "assistant" for turn in before),
        answer_ends=True,
    )
