"""Contamination of instruction data that is to be mixed in by the held-out set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from passgap.records import AssertTests, MixedExample, Problem
from passgap.tasks.contamination.findings import ContaminationItem, ContaminationLog, ContaminationRule
from passgap.tasks.contamination.problems import texts_of
from passgap.tasks.contamination.texts import Text, by_shared_shingle, near_by, overlap, same_text
from passgap.tasks.instruction_data import MixSet


def find_mix_contamination(heldout: Sequence[Problem], mix: Sequence[MixedExample]) -> ContaminationLog:
    """Compare all text of data to be mixed in with every held-out problem.

    Each turn and the completion are compared with the held-out prompts, the completion with the reference solutions
    too, and a rejected answer like the completion; an example that contains all of a problem's assert statements
    contains its tests.
    """
    asked = texts_of(heldout)
    said = [Text(each.id, text) for each in mix for text in _texts(each)]
    solved = [Text(problem.id, problem.reference) for problem in heldout if problem.reference]
    answers = [Text(each.id, text) for each in mix for text in (each.completion, each.rejected) if text]
    found = (
        *(each for finder in (same_text, overlap, _near_exactly) for each in finder(asked, said)),
        *(each for finder in (same_text, _near_exactly) for each in finder(solved, answers)),
        *_says_tests(heldout, mix),
    )
    best: dict[tuple[str, str, ContaminationRule], ContaminationItem] = {}
    for each in found:
        key = (each.item, each.matched, each.rule)
        if key not in best or best[key].score < each.score:
            best[key] = each
    return ContaminationLog(items=tuple(best[key] for key in sorted(best)))


def clean_mix(mix: MixSet, log: ContaminationLog) -> MixSet:
    """The examples without the dirty ones; possibly none."""
    return mix.model_copy(update={"examples": tuple(each for each in mix.examples if each.id not in log.dirty)})


def _near_exactly(heldout: Sequence[Text], said: Sequence[Text]) -> Iterator[ContaminationItem]:
    """The same without MinHash: long texts share few shingles with a prompt, and hashing them takes far longer."""
    yield from near_by(by_shared_shingle, heldout, said)


def _says_tests(heldout: Sequence[Problem], mix: Sequence[MixedExample]) -> Iterator[ContaminationItem]:
    """Examples in which all assert statements of a problem stand, white space aside."""
    tests = {
        problem.id: (problem.entry_point, [_unspaced(each) for each in problem.tests.statements])
        for problem in heldout
        if isinstance(problem.tests, AssertTests)
    }
    for example in mix:
        text = "\n".join(_texts(example))
        dense = _unspaced(text)
        for name, (entry_point, statements) in tests.items():
            if (entry_point is None or entry_point in text) and all(each in dense for each in statements):
                yield ContaminationItem(item=example.id, matched=name, rule=ContaminationRule.SAME_TESTS, score=1.0)


def _texts(example: MixedExample) -> Iterator[str]:
    """All that an example says."""
    yield from (turn.content for turn in example.turns)
    yield example.completion
    if example.rejected is not None:
        yield example.rejected


def _unspaced(text: str) -> str:
    return re.sub(r"\s+", "", text)
