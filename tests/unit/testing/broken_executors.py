"""Executors with one fault each, and the test of the contract that must find it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from passgap.execution import UnprotectedExecutor
from passgap.records import ExecutionJob, ExecutionResult, OutcomeKind
from passgap.testing import ExecutorContract, PythonExecutorContract


class _Faulty(UnprotectedExecutor):
    """A real executor whose results are changed."""

    def __init__(self) -> None:
        super().__init__(workers=1)

    def run(self, jobs: Iterable[ExecutionJob], **options: Any) -> Iterator[ExecutionResult]:
        return map(self.change, super().run(jobs, **options))

    def change(self, result: ExecutionResult) -> ExecutionResult:
        return result


def _with(result: ExecutionResult, **changes: Any) -> ExecutionResult:
    return result.model_copy(update={"outcome": result.outcome.model_copy(update=changes)})


class _CallsItsOwnFailuresWrong(_Faulty):
    def change(self, result: ExecutionResult) -> ExecutionResult:
        return _with(result, kind=OutcomeKind.FAILED) if result.outcome.kind is OutcomeKind.UNSCORED else result


class BrokenUnscoredIsFailed(ExecutorContract):
    fails = "test_tests_that_cannot_be_used_are_no_failure"

    def make(self) -> UnprotectedExecutor:
        return _CallsItsOwnFailuresWrong()


class _PassesEverything(_Faulty):
    def change(self, result: ExecutionResult) -> ExecutionResult:
        return _with(result, kind=OutcomeKind.PASSED)


class BrokenWrongProgramsPass(ExecutorContract):
    fails = "test_whole_programs_are_compared_line_by_line"

    def make(self) -> UnprotectedExecutor:
        return _PassesEverything()


class _StopsAtTheFirstFailure(_Faulty):
    def change(self, result: ExecutionResult) -> ExecutionResult:
        cases = result.outcome.cases or ""
        first, failed, rest = cases.partition("F")
        return _with(result, cases=first + failed + "?" * len(rest)) if cases else result


class BrokenStopsAtTheFirstFailure(ExecutorContract):
    fails = "test_a_failed_test_does_not_hide_those_after_it"

    def make(self) -> UnprotectedExecutor:
        return _StopsAtTheFirstFailure()


class _HidesBehaviour(_Faulty):
    def change(self, result: ExecutionResult) -> ExecutionResult:
        return _with(result, behaviour="same")


class BrokenBehaviourIsConstant(ExecutorContract):
    fails = "test_behaviour_tells_programs_apart_by_what_they_return"

    def make(self) -> UnprotectedExecutor:
        return _HidesBehaviour()


class _GivesNoOrder(_Faulty):
    def run(self, jobs: Iterable[ExecutionJob], **options: Any) -> Iterator[ExecutionResult]:
        return reversed(list(super().run(jobs, **options)))


class BrokenGivesNoOrder(ExecutorContract):
    fails = "test_results_come_in_order_when_asked"

    def make(self) -> UnprotectedExecutor:
        return _GivesNoOrder()


class _ReadsEveryJobFirst(_Faulty):
    def run(self, jobs: Iterable[ExecutionJob], **options: Any) -> Iterator[ExecutionResult]:
        return super().run(list(jobs), **options)


class BrokenReadsEveryJobFirst(ExecutorContract):
    fails = "test_jobs_are_drawn_as_room_allows"

    def make(self) -> UnprotectedExecutor:
        return _ReadsEveryJobFirst()


class _ClosesOnce(_Faulty):
    closed = False

    def close(self) -> None:
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True
        super().close()


class BrokenClosesOnce(ExecutorContract):
    fails = "test_closing_twice_is_safe_and_running_again_works"

    def make(self) -> UnprotectedExecutor:
        return _ClosesOnce()


class _CallsEveryEndAFailure(_Faulty):
    def change(self, result: ExecutionResult) -> ExecutionResult:
        return _with(result, kind=OutcomeKind.FAILED) if not result.outcome.passed else result


class BrokenCallsEveryEndAFailure(ExecutorContract):
    fails = "test_each_end_has_its_name"

    def make(self) -> UnprotectedExecutor:
        return _CallsEveryEndAFailure()


class _RefusesLongIntegers(_Faulty):
    def change(self, result: ExecutionResult) -> ExecutionResult:
        return _with(result, kind=OutcomeKind.FAILED, reason="an integer is too long")


class BrokenRefusesLongIntegers(PythonExecutorContract):
    fails = "test_pairs_may_hold_integers_of_any_length"

    def make(self) -> UnprotectedExecutor:
        return _RefusesLongIntegers()
