"""Verifiers with one fault each, and the test of the contract that must find it."""

from __future__ import annotations

from itertools import count
from typing import Any

from pydantic import JsonValue

from passgap.arms.base import Lab
from passgap.arms.self_training.pool import PoolSamples
from passgap.arms.verifiers import Scores, Verifier
from passgap.records import Stage
from passgap.stages import StageCost
from passgap.testing import VerifierContract


class _ByLength(Verifier):
    """Prefers short programs."""

    name = "by-length"
    caption = "length of the program"
    source = "the program's text"
    rule = "1 over the number of its characters"

    def verify(self, pool: PoolSamples, lab: Lab) -> Scores:
        return Scores(tuple(self.score(program) for program in pool.programs), self.costs())

    def score(self, program: str) -> float | None:
        return 1.0 / len(program) if program else None

    def costs(self) -> tuple[StageCost, ...]:
        return ()


class TestByLength(VerifierContract):
    """Without a fault, the contract holds: what fails below fails for its fault."""

    def make(self) -> Verifier:
        return _ByLength()


class _HasASentenceForAName(_ByLength):
    name = "Prefers short programs"


class BrokenHasASentenceForAName(VerifierContract):
    fails = "test_it_describes_itself"

    def make(self) -> Verifier:
        return _HasASentenceForAName()


class _CountsInPercent(_ByLength):
    def score(self, program: str) -> float | None:
        score = super().score(program)
        return None if score is None else 100.0 * score


class BrokenCountsInPercent(VerifierContract):
    fails = "test_every_sample_has_a_score_from_0_to_1_or_none"

    def make(self) -> Verifier:
        return _CountsInPercent()


class _ChangesItsMind(_ByLength):
    def __init__(self) -> None:
        self._times = count(1)

    def verify(self, pool: PoolSamples, lab: Lab) -> Scores:
        times = next(self._times)
        return Scores(tuple(1.0 / (times + len(program)) for program in pool.programs))


class BrokenChangesItsMind(VerifierContract):
    fails = "test_a_second_check_does_nothing_and_says_the_same"

    def make(self) -> Verifier:
        return _ChangesItsMind()


class _NamesNoStage(_ByLength):
    def costs(self) -> tuple[StageCost, ...]:
        return (StageCost(name="by-length", stage=Stage.SCORING, seconds=1.0),)


class BrokenNamesNoStage(VerifierContract):
    fails = "test_its_costs_are_those_of_stages"

    def make(self) -> Verifier:
        return _NamesNoStage()


class _ReadsHiddenTests(_ByLength):
    def verify(self, pool: PoolSamples, lab: Lab) -> Scores:
        tests = {name: str(problem.tests.model_dump()) for name, problem in pool.problems.items()}
        return Scores(tuple(float("== 2" in tests[each.problem_id]) for each in pool.samples))


class BrokenReadsHiddenTests(VerifierContract):
    fails = "test_the_values_that_hidden_tests_expect_change_no_score"

    def make(self) -> Verifier:
        return _ReadsHiddenTests()


class _DrawsItsSettings(_ByLength):
    def __init__(self) -> None:
        self._times = count()

    def settings(self) -> dict[str, JsonValue]:
        return {"seed": next(self._times)}


class BrokenDrawsItsSettings(VerifierContract):
    fails = "test_what_it_depends_on_is_registered"

    def make(self) -> Any:
        return _DrawsItsSettings()
