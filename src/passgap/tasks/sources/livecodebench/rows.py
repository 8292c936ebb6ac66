"""One row of code_generation_lite as a problem."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, TypeVar

from passgap.kept_cases import keep_cases
from passgap.records import PairCase, PairTests, Problem, ProblemLimits, StdioCase, StdioTests
from passgap.tasks.contest_prompts import asked, stated
from passgap.tasks.json_lines import JsonObject, describe
from passgap.tasks.restricted_pickle import packed_text
from passgap.tasks.rows import as_read
from passgap.tasks.sources.livecodebench.profiles import EXTRA_SECONDS, PROFILES, SECONDS, Profile

NAME = "livecodebench"
KEPT_BYTES = 1 << 16
"""Private tests of more bytes than this are kept on disk."""
T = TypeVar("T", StdioTests, PairTests)


def date_of(row: JsonObject) -> dt.date:
    """The day of the contest.

    Raises:
        ValueError, KeyError: the row states none.
    """
    try:
        return dt.datetime.fromisoformat(str(row["contest_date"])).date()
    except ValueError as error:
        raise ValueError(f"`contest_date`: {error}") from error


def problem_of(row: JsonObject, profile: Profile, *, keep: bool = True) -> Problem:
    """The problem of a row, with the tests that a profile runs; many of them are kept on disk, where that is allowed.

    Raises:
        ValueError, KeyError, TypeError: the row is damaged, or its private tests are no pickle of one text.
    """
    public = tests_in(row["public_test_cases"], "public_test_cases")
    private = tests_in(row["private_test_cases"], "private_test_cases")
    kinds = {test["testtype"] for test in public + private}
    if kinds not in ({"stdin"}, {"functional"}):
        raise ValueError(f"tests of the types {', '.join(sorted(map(str, kinds))) or 'none'}; one of two was expected")
    shown = public if profile.public else []
    if not shown and not private:
        raise ValueError("there are no private tests, and the scoring runs no others")
    functional, count = kinds == {"functional"}, len(shown) + len(private)
    name = _function_of(row) if functional else None
    starter = str(row["starter_code"] or "") if functional else None
    return Problem(
        id=f"{NAME}/{row['question_id']}",
        prompt=asked(str(row["question_content"]), starter),
        entry_point=name,
        tests=_calls(shown, private, profile, keep) if functional else _runs(shown, private, profile, keep),
        difficulty=str(row["difficulty"]),
        source=NAME,
        date=date_of(row),
        extraction=profile.extraction,
        # In the functional style the limit holds for all calls together: what the graders allow a program in all.
        limits=ProblemLimits(seconds=(SECONDS + 1) * count + EXTRA_SECONDS if functional else SECONDS),
    )


def row_of(problem: Problem) -> dict[str, Any]:
    """The row of a problem whose tests are runs, or calls as the set's own grader reads them.

    Which tests were public is not kept: all stand among the private ones where the scoring runs no others.

    Raises:
        ValueError: calls were read by their looks, so that their text cannot be told any more.
    """
    public_runs = problem.extraction == PROFILES["livecodebench"].extraction
    if isinstance(problem.tests, StdioTests):
        tests = [_test(case.stdin, case.stdout, "stdin") for case in problem.tests.cases]
    elif isinstance(problem.tests, PairTests) and public_runs:
        tests = [
            _test("\n".join(map(json.dumps, case.args)), json.dumps(case.expected), "functional")
            for case in problem.tests.cases
        ]
    else:
        raise ValueError(f"{problem.id}: its tests cannot be told as the set states them")
    statement, starter = stated(problem.prompt)
    row = {
        "question_id": problem.id.removeprefix(f"{NAME}/"),
        "question_title": "",
        "question_content": statement,
        "platform": "",
        "contest_id": "",
        "contest_date": f"{problem.date}T00:00:00",
        "starter_code": starter,
        "difficulty": problem.difficulty,
        "public_test_cases": json.dumps(tests[:1] if public_runs else []),
        "private_test_cases": json.dumps(tests[1:] if public_runs else tests),
        "metadata": json.dumps({"func_name": problem.entry_point} if problem.entry_point else {}),
    }
    profile = next((each for each in PROFILES.values() if each.extraction == problem.extraction), None)
    if profile is None:
        raise ValueError(f"{problem.id}: `extraction` is that of no scoring of the set")
    return as_read(problem, row, lambda read: problem_of(read, profile, keep=False))


def _test(given: str, wanted: str, kind: str) -> dict[str, str]:
    return {"input": given, "output": wanted, "testtype": kind}


def tests_in(packed: Any, field: str) -> list[dict[str, Any]]:
    """The tests of a field: a list, its JSON, or base64 of a zlib stream of a pickle of one text, which is its JSON.

    Raises:
        ValueError: it is neither; the message names the field.
    """
    if not isinstance(packed, str | list):
        raise ValueError(f"`{field}` should be text, or a list")
    try:
        tests = packed if isinstance(packed, list) else json.loads(_unpacked(packed))
    except ValueError as error:
        raise ValueError(f"`{field}`: {describe(error)}") from error
    if not isinstance(tests, list) or not all(
        isinstance(test, dict) and all(isinstance(test.get(key), str) for key in ("input", "output", "testtype"))
        for test in tests
    ):
        raise ValueError(f"`{field}` should be a list of objects with `input`, `output` and `testtype`")
    return tests


def _unpacked(packed: str) -> str:
    return packed if packed.lstrip().startswith("[") else packed_text(packed)


def _function_of(row: JsonObject) -> str:
    stated = json.loads(row["metadata"]) if isinstance(row["metadata"], str) else row["metadata"]
    name = stated.get("func_name") if isinstance(stated, dict) else None
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError("`metadata` names no function in `func_name`")
    return name


def _runs(public: list[dict[str, Any]], private: list[dict[str, Any]], profile: Profile, keep: bool) -> StdioTests:
    cases = tuple(StdioCase(stdin=test["input"], stdout=test["output"]) for test in public + private)
    tests = StdioTests(cases=cases, prelude=profile.prelude)
    return _on_disk(tests, len(public)) if keep and _size(private) > KEPT_BYTES else tests


def _calls(public: list[dict[str, Any]], private: list[dict[str, Any]], profile: Profile, keep: bool) -> PairTests:
    tests = PairTests(
        cases=tuple(_call(test, profile) for test in public + private),
        comparison=profile.comparison,
        one_instance=profile.one_instance,
        prelude=profile.prelude,
    )
    return _on_disk(tests, len(public)) if keep and _size(private) > KEPT_BYTES else tests


def _call(test: dict[str, Any], profile: Profile) -> PairCase:
    try:
        arguments = profile.arguments(test["input"])
    except ValueError as error:
        if profile.public:
            raise ValueError(f"the input {test['input']!r:.80} cannot be read: {error}") from error
        arguments = []  # ml-ssd counts its own failure to read an input as the program's: called so, no program passes
    return PairCase(args=tuple(arguments), expected=profile.expected(test["output"]))


def _size(tests: list[dict[str, Any]]) -> int:
    return sum(len(test["input"]) + len(test["output"]) for test in tests)


def _on_disk(tests: T, public: int) -> T:
    """The same tests with all but the public ones in a file."""
    kept = keep_cases([case.model_dump(mode="json") for case in tests.cases[public:]])
    return tests.model_copy(update={"cases": tests.cases[:public], "kept": kept})
