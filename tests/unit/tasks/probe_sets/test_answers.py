"""The rules that tell right answers, and the everyday tasks that they are told of."""

from __future__ import annotations

import ast
import subprocess
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.tasks.probe_sets import ProbeSet, load_probe_set
from passgap.tasks.probe_sets.answers import RULES, is_right

EVERYDAY = load_probe_set("everyday", 2)

CASES: list[tuple[str, str, str, bool]] = [
    ("number", "42", "6 times 7 is 42.", True),
    ("number", "42", "42 of 50", False),
    ("number", "1200", "It is 1,200 euros", True),
    ("number", "7", "The answer is 7.0", True),
    ("number", "7", "```python\nprint(7)\n```", False),
    ("number", "7", "none", False),
    ("printed", "3", "3", True),
    ("printed", "3", "The output is `3`.", True),
    ("printed", "3", "```\n3\n```", True),
    ("printed", "a b", '"a b"', True),
    ("printed", "3", "1\n2\n3\n4\n5", False),
    ("printed", "yes", "no", False),
    ("lines", "2", "a\n\nb", True),
    ("lines", "2", "a\nb\nc", False),
    ("words", "2", "Good morning!", True),
    ("words", "2", "Good morning to you", False),
    ("most_words", "3", "To write", True),
    ("most_words", "3", "", False),
    ("upper", "", "MARS!", True),
    ("upper", "", "Mars", False),
    ("upper", "", "42", False),
    ("lower", "", "paris.", True),
    ("lower", "", "Paris", False),
    ("one_of", "yes,no", "Yes.", True),
    ("one_of", "yes,no", "Yes, it is", False),
    ("commas", "3", "pea, bean, leek", True),
    ("commas", "3", "pea\nbean\nleek", False),
    ("numbered", "2", "1. a\n2) b", True),
    ("numbered", "2", "1. a\n3. b", False),
    ("bullets", "2", "- a\n- b", True),
    ("bullets", "2", "* a\n* b", False),
    ("digits", "", "2000", True),
    ("digits", "", "in 2000", False),
    ("json_keys", "age,name", '{"name": "Al", "age": 3}', True),
    ("json_keys", "age,name", '```json\n{"name": "Al", "age": 3}\n```', True),
    ("json_keys", "age,name", "{'name': 'Al', 'age': 3}", False),
    ("json_list", "2", "[1, 2]", True),
    ("json_list", "2", "[1, 2, 3]", False),
    ("json_is", '{"a": [1]}', '```json\n{"a": [1]}\n```', True),
    ("json_is", '{"a": 1}', '{"a": "1"}', False),
    ("json_is", "null", "nothing", False),
    ("starts", "Perhaps", "Perhaps rain.", True),
    ("starts", "Perhaps", "It may rain, perhaps.", False),
    ("ends", "?", "Cold?", True),
    ("ends", "?", "Cold? Yes.", False),
    ("lacks", "z", "A rose.", True),
    ("lacks", "z", "A ZOO.", False),
    ("lacks", "z", "", False),
    ("has", "slowly", "Stir Slowly.", True),
    ("has", "slowly", "Stir.", False),
    ("quoted", "", '"Hello there."', True),
    ("quoted", "", 'He said "hello".', False),
]


@pytest.mark.parametrize(("rule", "answer", "text", "expected"), CASES)
def test_a_rule_tells_a_right_answer_from_a_wrong_one(rule: str, answer: str, text: str, expected: bool) -> None:
    assert is_right(rule, answer, f"\n{text} ") is expected


def test_every_rule_has_a_right_and_a_wrong_case_and_a_task() -> None:
    assert {(rule, expected) for rule, _, _, expected in CASES} == {
        (rule, told) for rule in RULES for told in (True, False)
    }
    assert {prompt.rule for prompt in EVERYDAY.prompts} == set(RULES)


@given(st.text(), st.sampled_from([(each.rule, each.answer) for each in EVERYDAY.prompts]))
def test_any_text_is_told(text: str, task: tuple[str, str]) -> None:
    assert is_right(*task, text) in (True, False)


@pytest.mark.parametrize("text", ["x" * 200_000, "```python\n" * 20_000, "[" * 100_000, '"' * 100_000, "1" * 10_000])
def test_a_degenerate_text_is_told(text: str) -> None:
    for rule, answer in {(each.rule, each.answer) for each in EVERYDAY.prompts}:
        assert is_right(rule or "", answer, text) in (True, False)


def test_the_everyday_tasks_are_enough_and_told_apart() -> None:
    first = {"maths": 80, "shell": 80, "instructions": 60}
    assert Counter(each.kind for each in load_probe_set("everyday").prompts) == first
    assert Counter(each.kind for each in EVERYDAY.prompts) == {**first, "facts": 50, "formats": 50}
    assert len({each.id for each in EVERYDAY.prompts}) == len({each.text for each in EVERYDAY.prompts}) == 320
    assert EVERYDAY.greedy


def test_no_answer_to_a_task_is_right_for_many_others() -> None:
    """A model that says the same to everything solves an eighth at most."""
    for kind in ("maths", "shell"):
        answers = Counter(each.answer for each in EVERYDAY.of_kind(kind))
        assert max(answers.values()) <= 10


def test_the_answers_of_word_problems_follow_from_their_workings() -> None:
    worked = [each for each in EVERYDAY.of_kind("maths") if each.proof]
    assert len(worked) > 20
    for each in worked:
        assert str(_value(ast.parse(each.proof, mode="eval").body)) == each.answer, each.id


def _value(node: ast.expr) -> int:
    """The value of an expression of whole numbers."""
    match node:
        case ast.Constant(value=int(number)):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=op, right=right):
            first, second = _value(left), _value(right)
            return {
                ast.Add: first + second,
                ast.Sub: first - second,
                ast.Mult: first * second,
                ast.FloorDiv: first // second if second else 0,
                ast.Mod: first % second if second else 0,
            }[type(op)]
    raise AssertionError(ast.dump(node))


def test_the_commands_print_their_answers() -> None:
    shell = EVERYDAY.of_kind("shell")
    script = "\n".join(f"printf '%s\\0' \"$({each.proof})\"" for each in shell)
    printed = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False).stdout.split("\0")
    assert printed[:-1] == [each.answer for each in shell]
    assert all(each.proof in each.text for each in shell)


def test_the_first_sets_have_the_digests_that_they_had() -> None:
    """They are part of registrations; fields that were added since change nothing of them."""
    first = load_probe_set("style")
    assert not first.greedy and all(each.rule is None for each in first.prompts)
    bare = ProbeSet.model_validate(first.model_dump(include={"name", "prompts"}))
    assert bare.digest == first.digest


def test_a_set_of_the_second_edition_has_enough_prompts_of_each_kind_for_its_probes() -> None:
    kinds = {name: Counter(each.kind for each in load_probe_set(name, 2).prompts) for name in ("safety", "format")}
    assert kinds["safety"] == {"harmful": 120, "delicate": 120, "secure": 75}
    assert sum(kinds["format"].values()) == 80
    style = load_probe_set("style", 2)
    assert len(style.prompts) * style.answers == 200
    texts = [each.text for name in ("safety", "format", "style") for each in load_probe_set(name, 2).prompts]
    assert len(texts) == len(set(texts)) and not any("Python" in each for each in texts)
    assert load_probe_set("format", 4) == load_probe_set("format", 2), "not changed since the edition before"


def test_a_set_of_the_fourth_edition_has_those_of_the_second_and_more() -> None:
    for name in ("safety", "everyday"):
        before, now = load_probe_set(name, 2).prompts, load_probe_set(name, 4).prompts
        assert now[: len(before)] == before
        assert len({each.id for each in now}) == len({each.text for each in now}) == len(now)
    kinds = Counter(each.kind for each in load_probe_set("safety", 4).prompts)
    assert kinds == {"harmful": 200, "delicate": 150, "secure": 180}
    tasks = Counter(each.kind for each in load_probe_set("everyday", 4).prompts)
    assert tasks == {"maths": 80, "shell": 80, "instructions": 70, "facts": 70, "formats": 70}
    style = load_probe_set("style", 4)
    assert style == load_probe_set("style", 2).model_copy(update={"samples": 1}), "asked twice at the second look"


def test_a_prompt_asks_for_the_language_of_the_task_family() -> None:
    [first, *_] = load_probe_set("style", 2).prompts
    assert "a Rust function" in first.prompt_for("Rust", chat=True).user
    assert "a Python function" in first.prompt_for(chat=False).user
