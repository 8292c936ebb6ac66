"""Bug fixes, predictions and repository edits: how they are asked, and what answers to them submit."""

from __future__ import annotations

import pytest

from passgap.records import AssertTests, Problem, RepositoryTests, ResultsFormat
from passgap.tasks import PromptStyle, find_contamination, kind_of
from passgap.tasks.answers.expressions import is_plain_expression
from passgap.tasks.contamination import ContaminationRule
from passgap.tasks.edits import EditRule
from passgap.tasks.kinds.prediction import Predicted, PredictionRule, prediction_problem
from passgap.tasks.kinds.repository_edit import python_tests

BUGGY, FIXED = "def f(x):\n    return x - 1\n", "def f(x):\n    return x + 1\n"


def bug(*, shown: bool = False) -> Problem:
    return Problem(
        id="bug",
        prompt="Adds one.",
        entry_point="f",
        tests=AssertTests(statements=("assert f(1) == 2",)),
        reference=FIXED,
        source="t",
        kind="bug-fix",
        body={"buggy": BUGGY, "tests_shown": shown},
    )


@pytest.mark.parametrize("style", PromptStyle)
def test_tests_of_a_bug_are_shown_where_that_is_declared_alone(style: PromptStyle) -> None:
    kind = kind_of(bug())
    assert "return x - 1" in kind.prompt(bug(), style).user
    assert "assert f(1)" not in kind.prompt(bug(), style).user
    assert "assert f(1) == 2" in kind.prompt(bug(shown=True), style).user


def test_shown_tests_are_contamination_by_design_that_removes_nothing() -> None:
    log = find_contamination([bug(shown=True)], [bug().model_copy(update={"id": "other", "prompt": "x"})])
    assert [(each.item, each.matched) for each in log.items if each.rule is ContaminationRule.TESTS_SHOWN] == [
        ("bug", "bug")
    ]
    assert "bug" not in log.dirty
    assert not [each for each in find_contamination([bug()], []).items if each.rule is ContaminationRule.TESTS_SHOWN]


def test_the_buggy_code_is_what_doing_nothing_submits() -> None:
    kind = kind_of(bug())
    nothing = kind.nothing_done(bug())
    assert nothing is not None
    answer = kind.submission(bug(), f"```python\n{BUGGY}```", kind.prompt(bug(), PromptStyle.CHAT))
    assert answer.program == nothing.program


CODE = "import re\n\nvalues = [1, 2]\n\n\ndef f(a, b=0):\n    return a + b\n"


def prediction(predict: Predicted) -> Problem:
    return prediction_problem(code=CODE, arguments="2, b=1", result="3", predict=predict, id="p", source="t")


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ("```python\nassert f(2, b=1) == 3\n```", PredictionRule.VALUE),
        ("It is `3`:\n\n```\n3\n```", PredictionRule.VALUE),
        ("```python\nassert f(2, b=1) == f(2, b=1)\n```", PredictionRule.NOT_LITERAL),
        ("```python\nassert f(2, b=1) == (1 + f(1))\n```", PredictionRule.NOT_LITERAL),
    ],
)
def test_a_predicted_output_is_a_literal(answer: str, rule: PredictionRule) -> None:
    asked = prediction(Predicted.OUTPUT)
    found = kind_of(asked).submission(asked, answer, kind_of(asked).prompt(asked, PromptStyle.CHAT))
    assert found.rule is rule
    assert bool(found.program) == (rule is PredictionRule.VALUE)


def test_a_begun_assertion_is_finished_by_a_value_or_by_arguments() -> None:
    for predict, completion, program in (
        (Predicted.OUTPUT, " 3\nmore", "return 3\n"),
        (Predicted.INPUT, "2, b=1), 'because'\n", "return f(2, b=1)\n"),
    ):
        asked = prediction(predict)
        for style in (PromptStyle.PREFILLED, PromptStyle.COMPLETION):
            found = kind_of(asked).submission(asked, completion, kind_of(asked).prompt(asked, style))
            assert found.program.endswith(program)


HOSTILE = (
    "f(1)",
    "values.__class__",
    "setattr(f, 'x', 1)",
    "(lambda f: 0, f(1))",
    "(lambda re: re)(1)",
    "x := 1",
    "open('a')",
    "'{0.__class__}'.format(1)",
    "globals()",
)


@pytest.mark.parametrize("arguments", HOSTILE)
def test_predicted_arguments_reach_nothing_but_values(arguments: str) -> None:
    asked = prediction(Predicted.INPUT)
    found = kind_of(asked).submission(
        asked, f"```python\nassert 3 == f({arguments})\n```", kind_of(asked).prompt(asked, PromptStyle.CHAT)
    )
    assert found.program == ""


def test_arguments_may_be_made_by_constructors_methods_and_values_of_the_code() -> None:
    for text in ("range(3), dict(a=1)", "'a,b'.split(',')", "values[:], lambda x: x + 1", "[x for x in (1, 2)]"):
        assert is_plain_expression(f"called({text})", {"values", "called"}, {"f"})


TREE = {"sums.py": "def add(a, b): ...\n", "README.md": "Sums.\n"}
HIDDEN = {"test_sums.py": "import sums\n\n\ndef test():\n    assert sums.add(1, 2) == 3\n"}


def repository(answer: str = "whole", **more: object) -> Problem:
    fields = {
        "id": "r",
        "prompt": "Implement add.",
        "tests": python_tests(TREE, HIDDEN),
        "source": "t",
        "kind": "repository-edit",
        "body": {
            "files": TREE,
            "editable": ["sums.py"],
            "answer": answer,
            "solution": {"sums.py": "def add(a, b): return a + b\n"},
        },
    }
    return Problem.model_validate({**fields, **more})


def test_python_tests_know_the_modules_that_they_use() -> None:
    tests = repository().tests
    assert isinstance(tests, RepositoryTests)
    assert (tests.modules, tests.judged_inside) == (("sums",), False)
    assert not repository().judged_inside


def test_an_edit_submits_the_tree_and_one_that_does_not_apply_nothing() -> None:
    asked = repository("search-replace")
    prompt = kind_of(asked).prompt(asked, PromptStyle.CHAT)
    edit = "sums.py\n<<<<<<< SEARCH\ndef add(a, b): ...\n=======\ndef add(a, b): return a + b\n>>>>>>> REPLACE\n"
    done = kind_of(asked).submission(asked, edit, prompt)
    assert (done.rule, done.files["sums.py"]) == (EditRule.APPLIED, "def add(a, b): return a + b\n")
    for answer, rule in (
        (edit.replace("(a, b): ...", "(a): ..."), EditRule.DOES_NOT_APPLY),
        (edit.replace("sums.py", "test_sums.py"), EditRule.STEERS_TESTS),
        (edit.replace("sums.py", "../sums.py"), EditRule.OUTSIDE),
        (edit.replace("sums.py", "README.md"), EditRule.NOT_EDITABLE),
        ("I cannot.", EditRule.NONE),
    ):
        refused = kind_of(asked).submission(asked, answer, prompt)
        assert (refused.rule, refused.program, refused.files) == (rule, "", {})
        assert refused.label == rule.value


def test_the_prompt_shows_the_files_and_begins_the_answer_with_the_one_that_may_be_changed() -> None:
    prompt = kind_of(repository()).prompt(repository(), PromptStyle.PREFILLED)
    assert prompt.prefix == "sums.py\n```python\n"
    assert "def add(a, b): ..." in prompt.user
    assert "README.md" in prompt.user
    assert "test_sums" not in prompt.user
    found = kind_of(repository()).submission(repository(), "def add(a, b): return a + b", prompt)
    assert found.files["sums.py"] == "def add(a, b): return a + b\n"


def test_faults_of_a_repository_are_said() -> None:
    body = repository().body or {}
    for changed, said in (
        ({"files": {**TREE, **HIDDEN}}, "holds tests that decide"),
        ({"editable": ["src/*.rs"], "solution": {}}, "no file matches"),
        ({"solution": {"/etc/x": ""}}, "outside the repository"),
        ({"files": {**TREE, "../x.py": ""}}, "not below the repository: '../x.py'"),
    ):
        wrong = repository(body={**body, **changed})
        assert any(said in fault for fault in kind_of(wrong).refusals(wrong))
    inside = RepositoryTests(files=HIDDEN, command=("pytest",), results=ResultsFormat.TAP, must_pass=("a",))
    assert any(
        "an environment that you bring" in fault for fault in kind_of(repository()).refusals(repository(tests=inside))
    )
