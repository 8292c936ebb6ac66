"""The data of the explorer: an index of all problems, and for each problem its text and everybody's samples."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from passgap.plain_text import shortened
from passgap.records import Problem, Result, SampleText

LONGEST = 20_000
"""Characters of a completion or a test that are shown; the whole of it is in the artifacts."""
LONGEST_NAME = 300
"""Characters of the name of a problem, a difficulty or a model, which stand in the list of all problems."""


@dataclass(frozen=True)
class ExploredModel:
    """One model with its held-out samples: the base model first, then each candidate with each seed."""

    name: str
    caption: str
    samples: Mapping[str, Sequence[SampleText]]
    """By problem; a problem that it was not measured on is missing."""
    results: Sequence[Result]

    @cached_property
    def by_problem(self) -> Mapping[str, Mapping[int, Result]]:
        """The outcomes of each problem, by the sample's index."""
        found: dict[str, dict[int, Result]] = {}
        for each in self.results:
            found.setdefault(each.task_id, {})[each.sample] = each
        return found


@dataclass(frozen=True)
class Explored:
    """One problem with the samples of all models, as it is written for the page."""

    problem: Problem
    models: Sequence[ExploredModel]

    def payload(self) -> dict[str, Any]:
        """Everything about the problem; equal texts are written once and referred to."""
        problem, texts = self.problem, dict[str, int]()
        models = [[self._sample(one, each, texts) for each in one.samples.get(problem.id, ())] for one in self.models]
        facts = {
            "source": problem.source,
            "language": problem.language,
            "kind": problem.kind or problem.tests.style,
            "entry point": problem.entry_point or "",
            "date": problem.date.isoformat() if problem.date else "",
        }
        return {
            "id": _name(problem.id),
            "difficulty": _name(problem.difficulty),
            "facts": [[name, _name(text)] for name, text in facts.items() if text],
            "prompt": shortened(problem.prompt, LONGEST),
            "tests": shortened(_as_text(problem.tests.model_dump(mode="json")), LONGEST),
            "body": shortened(_as_text(problem.body or {}), LONGEST),
            "reference": shortened(problem.reference or "", LONGEST),
            "models": models,
            "texts": list(texts),
        }

    def _sample(self, model: ExploredModel, sample: SampleText, texts: dict[str, int]) -> dict[str, Any]:
        result = model.by_problem.get(self.problem.id, {}).get(sample.index)
        text = texts.setdefault(shortened(sample.completion, LONGEST), len(texts))
        found: dict[str, Any] = {
            "n": sample.index,
            "t": text,
            "end": sample.finish_reason.value,
            "tokens": sample.completion_tokens,
        }
        if result is not None:
            found |= {
                "outcome": result.outcome.value,
                "passed": result.passed,
                "reason": shortened(result.reason, LONGEST),
                "group": _behaviour(result),
                "seconds": round(result.seconds, 3),
                "rule": result.extraction or "",
            }
        return found


@dataclass(frozen=True)
class Explorer:
    """All problems of a study and what every model answered."""

    study: str
    problems: Sequence[Problem]
    models: Sequence[ExploredModel]

    def index(self) -> dict[str, Any]:
        """One row per problem: its identity, and for each model how many samples passed, of how many, ended how."""
        return {
            "study": _name(self.study),
            "models": [{"name": _name(each.name), "caption": _name(each.caption)} for each in self.models],
            "problems": [self._row(problem) for problem in self.problems],
        }

    def each(self) -> Iterator[Explored]:
        """Yield the problems in the order of the index."""
        for problem in self.problems:
            yield Explored(problem, self.models)

    def _row(self, problem: Problem) -> list[Any]:
        counts = []
        for model in self.models:
            results = model.by_problem.get(problem.id, {}).values()
            ends = Counter(each.outcome.value for each in results)
            scored = sum(each.passed is not None for each in results)
            counts.append([sum(each.passed is True for each in results), scored, dict(sorted(ends.items()))])
        kind = problem.kind or problem.tests.style
        return [_name(problem.id), _name(problem.difficulty), kind, counts]


def _name(text: str) -> str:
    return shortened(text, LONGEST_NAME)


def _behaviour(result: Result) -> str:
    """A key that samples with the same behaviour share: all that pass behave alike, as far as the tests can see."""
    if result.passed:
        return "passed"
    if result.behaviour is not None:
        return f"values {result.behaviour}"
    return f"cases {result.cases}" if result.cases is not None else result.outcome.value


def _as_text(fields: Mapping[str, Any]) -> str:
    """The fields of tests of any style as lines: texts as they are, lists one item a line."""
    lines = []
    for name, value in fields.items():
        if name == "style" or value in (None, "", [], {}, 0.0):
            continue
        if isinstance(value, str):
            lines.append(value if name in ("code", "setup") else f"# {name}\n{value}")
        elif isinstance(value, list):
            lines += [each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in value]
        else:
            lines.append(f"# {name}\n{json.dumps(value, ensure_ascii=False, indent=1)}")
    return "\n".join(lines)
