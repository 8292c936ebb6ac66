"""The prompts of each kind of task, and the submissions that it takes from answers."""

from __future__ import annotations

import pytest

from passgap.records import (
    AssertTests,
    CheckTests,
    FinishReason,
    PairCase,
    PairTests,
    Problem,
    PromptKind,
    PytestTests,
    Record,
    Sample,
    StdioCase,
    StdioTests,
    Tests,
)
from passgap.registry import UnknownMemberError
from passgap.tasks import PromptStyle, kind_of
from passgap.tasks.kinds import TaskKind

STDIO = StdioTests(cases=(StdioCase(stdin="1", stdout="2"),))
FUNCTION_TESTS = (
    AssertTests(
        setup="import math", statements=("assert f(helper(math.pi))", "assert g()", "assert f(2)", "assert f(3)")
    ),
    CheckTests(code="def check(candidate):\n    assert candidate(1) == helper"),
    PairTests(cases=(PairCase(args=(1,), expected=2),)),
    PytestTests(code="from solution import f\n\ndef test():\n    assert f(1)"),
)


def problem(tests: Tests, **more: object) -> Problem:
    return Problem.model_validate({"id": "p", "prompt": "Add one.", "tests": tests, "source": "t", **more})


def test_the_kind_of_a_problem_is_the_stated_one_or_that_of_its_tests() -> None:
    assert [kind_of(problem(tests)).name for tests in FUNCTION_TESTS] == ["function"] * 4
    assert kind_of(problem(STDIO)).name == "stdio"
    assert kind_of(problem(STDIO, kind="stdio")).name == "stdio"
    with pytest.raises(UnknownMemberError, match="poem"):
        kind_of(problem(STDIO, kind="poem"))


@pytest.mark.parametrize("style", PromptStyle)
def test_only_asserts_are_shown_and_only_three_of_them(style: PromptStyle) -> None:
    shown = kind_of(problem(FUNCTION_TESTS[0])).prompt(problem(FUNCTION_TESTS[0]), style).user
    assert "Your code should pass these tests:\nassert f(helper(math.pi))\nassert g()\nassert f(2)" in shown
    assert "f(3)" not in shown
    for tests in (*FUNCTION_TESTS[1:], STDIO):
        asked = problem(tests)
        assert "pass these tests" not in kind_of(asked).prompt(asked, style).user


def test_the_prompt_of_each_style() -> None:
    asked = problem(STDIO)
    prefilled, chat, completion = (kind_of(asked).prompt(asked, style) for style in PromptStyle)
    assert (prefilled.user, prefilled.prefix, prefilled.stop) == ("Add one.", "```python\n", ("\n```",))
    assert (chat.user, chat.prefix, chat.stop) == ("Add one.", "", ())
    assert (completion.user, completion.prefix, completion.chat) == ('"""\nAdd one.\n"""\n', "", False)
    head = problem(FUNCTION_TESTS[1], prompt="def f(x):\n", prompt_kind=PromptKind.CODE, entry_point="f")
    prefilled, chat, completion = (kind_of(head).prompt(head, style) for style in PromptStyle)
    assert prefilled.user == chat.user
    assert prefilled.user.endswith("Answer with the whole function.\n\n```python\ndef f(x):\n```")
    assert completion.user == "def f(x):\n" and "\nclass " in completion.stop
    named = problem(FUNCTION_TESTS[0], entry_point="f")
    assert kind_of(named).prompt(named, PromptStyle.COMPLETION).prefix == "def f("


def test_the_names_that_a_program_must_define() -> None:
    names = [kind_of(problem(tests)).names(problem(tests)) for tests in (*FUNCTION_TESTS, STDIO)]
    assert names == [{"f", "g", "helper"}, set(), set(), {"f"}, set()]
    for entry_point in ("Solution", "Solution.add", "Solution().add"):
        stated = problem(STDIO, entry_point=entry_point)
        assert kind_of(stated).names(stated) == {"Solution"}


def test_a_completion_of_another_harness_is_put_behind_the_code_that_it_continues() -> None:
    assert kind_of(problem(STDIO)).continued(problem(STDIO), "x = 1") == "x = 1"
    head = problem(FUNCTION_TESTS[1], prompt="def f(x):\n", prompt_kind=PromptKind.CODE)
    assert kind_of(head).continued(head, "    return x") == "def f(x):\n    return x"


def test_what_does_not_belong_to_a_kind_is_refused_all_at_once() -> None:
    odd = problem(FUNCTION_TESTS[1], kind="stdio", body={"suffix": "x"})
    assert list(kind_of(odd).refusals(odd)) == [
        "tests of the style `check` do not belong to the kind `stdio`",
        "the kind `stdio` has no `body`",
    ]
    assert list(kind_of(problem(STDIO)).refusals(problem(STDIO))) == []


def test_a_sample_is_learned_from_as_it_was_drawn() -> None:
    drawn = Sample(
        problem_id="p",
        index=0,
        completion="x = 1",
        finish_reason=FinishReason.STOP,
        seed=1,
        prompt_tokens=1,
        completion_tokens=1,
    )
    assert kind_of(problem(STDIO)).training_target(problem(STDIO), drawn) is drawn


def test_a_problem_that_states_neither_language_nor_kind_has_the_digest_that_it_always_had() -> None:
    plain = problem(STDIO)
    assert plain.digest == problem(STDIO, language="python", kind=None, body=None).digest
    assert len({plain.digest, problem(STDIO, language="go").digest, problem(STDIO, kind="stdio").digest}) == 3


class _Suffix(Record):
    """The fields of a kind that has some of its own."""

    suffix: str


class _Infill(TaskKind):
    """Code in the middle: what follows it stands in the body."""

    name = "infill"
    caption = "code between a prefix and a suffix"
    tests = (CheckTests,)
    body = _Suffix

    def infers(self, problem: Problem) -> bool:
        return False

    def continued(self, problem: Problem, completion: str) -> str:
        return problem.prompt + completion + _Suffix.model_validate(problem.body).suffix


def test_a_kind_may_have_fields_of_its_own() -> None:
    kind = _Infill()
    whole = problem(FUNCTION_TESTS[1], prompt="def f(x):\n", kind="infill", body={"suffix": "    return y\n"})
    assert list(kind.refusals(whole)) == []
    assert kind.continued(whole, "    y = x\n") == "def f(x):\n    y = x\n    return y\n"
    for body, said in ((None, "suffix"), ({"suffix": 1}, "suffix"), ({"suffix": "", "more": 1}, "more")):
        [refusal] = kind.refusals(whole.model_copy(update={"body": body}))
        assert refusal.startswith("`body`: ") and said in refusal
    plain = whole.model_copy(update={"body": None})
    assert whole.digest != plain.digest
