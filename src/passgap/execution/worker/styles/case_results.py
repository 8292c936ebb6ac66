"""The results of one sample's tests, case by case."""

from __future__ import annotations

from collections.abc import Callable

from ..processes.deadline import AFTER_FAILURE_SECONDS, Deadline
from .failure_text import describe
from .unusable import TestsUnusable

PASSED, FAILED, NOT_REACHED = "P", "F", "?"


class CaseResults:
    """The results of one sample's tests so far.

    Args:
        cases: the number of tests.
        deadline: of the sample; it is shortened once a test failed.
        is_fault_of_tests: whether an exception is a fault of the tests; see :mod:`.blame`.
    """

    def __init__(
        self, cases: int, deadline: Deadline | None, is_fault_of_tests: Callable[[BaseException], bool] | None = None
    ) -> None:
        self._cases = [NOT_REACHED] * cases
        self._deadline = deadline
        self._is_fault_of_tests = is_fault_of_tests
        self.reason: str | None = None
        """The reason why the first test failed that did."""

    def expect(self, cases: int) -> None:
        """Set the number of tests, if it is known only once they are read."""
        self._cases = [NOT_REACHED] * cases

    def passed(self, case: int) -> None:
        self._cases[case] = PASSED

    def failed(self, case: int, error: BaseException | str) -> None:
        """Record a failure.

        Raises:
            TestsUnusable: it is a fault of the tests.
        """
        if isinstance(error, BaseException) and self._is_fault_of_tests is not None and self._is_fault_of_tests(error):
            raise TestsUnusable(f"the tests themselves fail: {describe(error)}") from error
        self._cases[case] = FAILED
        if self.reason is None:
            self.reason = f"test {case + 1}: {describe(error)}"
            if self._deadline is not None:
                self._deadline.shorten(AFTER_FAILURE_SECONDS)

    @property
    def cases(self) -> str:
        return "".join(self._cases)

    @property
    def all_passed(self) -> bool:
        return bool(self._cases) and all(case == PASSED for case in self._cases)
