"""The contract of an executor that runs Python: a program finds what a plain interpreter would give it."""

from __future__ import annotations

import pytest

from passgap.ports import Executor
from passgap.records import AssertTests, CheckTests, Limits, OutcomeKind, PairCase, PairTests, StdioCase, StdioTests
from passgap.testing.executor_contract import ADD, SUBTRACT, ExecutorContract, execution_job


class PythonExecutorContract(ExecutorContract):
    """Holds an executor of Python programs to the contract of every executor, and to plain CPython's behaviour."""

    @pytest.mark.parametrize(
        "body",
        [
            "    try:\n        exit()\n    except SystemExit:\n        return a + b",
            "    try:\n        quit(3)\n    except SystemExit as error:\n        return error.code * (a + b) // 3",
            "    help, copyright, credits, license\n    return a + b",
            "    return len(str(10 ** 50_000)) - 50_001 + int(str(10 ** 5_000)) // 10 ** 5_000 - 1 + a + b",
            "    import resource\n    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]\n"
            "    resource.setrlimit(resource.RLIMIT_STACK, (hard, hard))\n    return a + b",
        ],
    )
    def test_a_function_has_what_an_interpreter_gives_a_script(self, executor: Executor, body: str) -> None:
        (result,) = executor.run([execution_job("one", f"def add(a, b):\n{body}")])
        assert (result.outcome.kind, result.outcome.reason) == (OutcomeKind.PASSED, "")

    def test_long_integers_are_converted_by_programs_and_tests(self, executor: Executor) -> None:
        tests = AssertTests(
            statements=(
                "assert add(10 ** 5_000, 1) == 10 ** 5_000 + 1",
                "assert str(add(10 ** 5_000, 1)) == '1' + '0' * 4_999 + '1'",
            )
        )
        printed = StdioTests(cases=(StdioCase(stdin="1" + "0" * 9_000, stdout="1" + "0" * 8_999 + "1"),))
        whole = execution_job("whole", "print(int(input()) + 1)", printed)
        assert [r.outcome.reason for r in executor.run([execution_job("one", ADD, tests), whole])] == ["", ""]

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (
                "    assert candidate(1, 2) == 3\n    if candidate(0, 0) == 0:\n        return\n    assert False",
                "passed",
            ),
            ("    try:\n        candidate(1, None)\n    except TypeError:\n        return\n    assert False", "passed"),
            ("    try:\n        candidate(1, 1)\n    except TypeError:\n        return\n    assert False", "failed"),
            (
                "    for a in range(3):\n        if candidate(a, 1) == 4:\n            return\n    raise ValueError",
                "failed",
            ),
            ("    def twice(a):\n        return candidate(a, a)\n    assert twice(1) == 2\n    return True", "passed"),
            ("    def twice(a):\n        return candidate(a, a)\n    assert twice(1) == 3\n    return True", "failed"),
        ],
    )
    def test_a_check_may_return_early(self, executor: Executor, body: str, kind: str) -> None:
        (result,) = executor.run([execution_job("one", ADD, CheckTests(code=f"def check(candidate):\n{body}\n"))])
        assert result.outcome.kind.value == kind, result.outcome

    def test_pairs_may_hold_integers_of_any_length(self, executor: Executor) -> None:
        tests = PairTests(cases=(PairCase(args=(10**5_000, 1), expected=10**5_000 + 1),))
        good, bad = executor.run(
            [execution_job("good", ADD, tests), execution_job("bad", SUBTRACT, tests)], ordered=True
        )
        assert (good.outcome.kind, bad.outcome.kind) == (OutcomeKind.PASSED, OutcomeKind.FAILED)

    @pytest.mark.parametrize("test", ["assert add(0, 0) == 5, add(0, 0)", "assert str(add(0, 0)) == '5'", "PAIRS"])
    def test_an_integer_too_long_to_be_written_is_a_wrong_answer(self, executor: Executor, test: str) -> None:
        tests = (
            PairTests(cases=(PairCase(args=(0, 0), expected=5),))
            if test == "PAIRS"
            else AssertTests(statements=(test,))
        )
        (result,) = executor.run([execution_job("one", "def add(a, b):\n    return 10 ** 200_000", tests)])
        assert result.outcome.kind is OutcomeKind.FAILED, result.outcome

    def test_a_right_output_may_be_longer_than_the_limit_of_output(self, executor: Executor) -> None:
        lines = "for n in range(200_000):\n    print({})\n"
        tests = StdioTests(cases=(StdioCase(stdin="", stdout="\n".join(map(str, range(200_000)))),))
        assert len(tests.cases[0].stdout) > Limits().output_bytes
        programs = {"good": "n", "longer": "f'{n}.0'", "flood": "'0' * 40, n"}
        good, longer, flood = executor.run(
            [execution_job(name, lines.format(printed), tests) for name, printed in programs.items()], ordered=True
        )
        assert (good.outcome.kind, longer.outcome.kind) == (OutcomeKind.PASSED, OutcomeKind.PASSED), good.outcome
        assert flood.outcome.kind is OutcomeKind.FAILED
        assert "output limit" in flood.outcome.reason
