"""JavaScript, read from its tokens."""

from __future__ import annotations

import pytest

from passgap.errors import StudyError
from passgap.languages import LANGUAGES, language_called
from passgap.records import Problem, Prompt
from passgap.tasks import extract, refuse_without_toolchain, render, task_set

JAVASCRIPT = LANGUAGES["javascript"]

SOURCE = """\
// A file.
import a, { b as c } from './x';
const { d, e: [g2] } = require("fs"), h = 3
/** Adds. */
export async function f(x, { y } = {}) {
  const re = /ab+c/g, t = `a ${x + `n${y}`} b`;
  for (const z of x) { g(z / 2) }
  return x => x?.y ?? 3n + outside;
}
class A extends B { m(a) {} }
exports.q = (u) => u
a.b()
  .c(d)
"""


def test_it_is_found_by_its_names_and_run_as_whole_programs() -> None:
    assert language_called("Node.js") is language_called("js") is JAVASCRIPT
    assert JAVASCRIPT.runs_with("stdio") and not JAVASCRIPT.runs_with("asserts")


def test_statements_and_the_names_that_they_bind_and_read() -> None:
    program = JAVASCRIPT.parse(SOURCE)
    assert program is not None
    bound = [(each.line, sorted(each.binds)) for each in program.statements]
    assert bound == [(1, ["a", "c"]), (2, ["d", "g2", "h"]), (4, ["f"]), (9, ["A"]), (10, ["q"]), (11, [])]
    assert [each.imports for each in program.statements] == [True, True, False, False, False, False]
    assert program.statements[2].reads == {"g", "outside"}
    assert program.statements[-1].text == "a.b()\n  .c(d)\n"
    assert program.defines("m") and program.is_stub_of("m") and not program.is_stub_of("f")


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("f(1)\n", True),
        ("let x = 1\n\nx += 2\n", True),
        ("function f(x) {\n  return x\n", False),
        ("f(x]\n", False),
        ("const s = 'it\n", False),
        ("I can do that", False),
        ("It works.", False),
        ("x + 1", False),
        ("const r = a / b / c, s = /[/]}/.test(t)\n", True),
        ("`${'}'}`.length()\n", True),
    ],
)
def test_what_is_a_program(text: str, program: bool) -> None:
    parsed = JAVASCRIPT.parse(text)
    assert (parsed is not None and parsed.acts) is program


@pytest.mark.parametrize(
    ("program", "stub"),
    [
        ("const f = x => x", True),
        ("function f(x) {\n  // later\n}\n", True),
        ("const f = (x) => {\n}\n", True),
        ("class A {\n  m() {}\n}\n", True),
        ("if (a) {\n}\nconst g = x =>\n  x + 1\n", False),
        ("function f() {\n}\nfunction g() {\n  return 1\n}\n", False),
        ("function f( {\n}\n", False),
        ("let x = 1\nconsole.log(x)\n", False),
    ],
)
def test_stubs(program: str, stub: bool) -> None:
    assert JAVASCRIPT.is_stub(program) is stub


def test_comments_documentation_and_the_normal_form() -> None:
    assert JAVASCRIPT.comments(SOURCE) == ("// A file.", "/** Adds. */")
    assert JAVASCRIPT.documented(SOURCE) and not JAVASCRIPT.documented("/* x */ f()\n// '/** no */'\n")
    assert JAVASCRIPT.comments("const s = '// none'") == ()
    assert JAVASCRIPT.normal_form("f( 1 ) // x") == JAVASCRIPT.normal_form("/* y */\nf(1)")
    assert JAVASCRIPT.normal_form("f('a b')") != JAVASCRIPT.normal_form("f('a  b')")


@pytest.mark.parametrize("answer", ["eval(x)", "el.innerHTML = html", "exec(`rm ${name}`)", "createHash('md5')"])
def test_unsafe_constructs(answer: str) -> None:
    assert JAVASCRIPT.uses_unsafe_construct(answer)
    assert not JAVASCRIPT.uses_unsafe_construct("retrieval(x); el.textContent = text; execFile('rm', [name])")


def problem(**more: object) -> Problem:
    fields = {"id": "p", "prompt": "Add one.", "entry_point": "f", "source": "t", "language": "javascript"}
    return Problem.model_validate({**fields, "tests": {"style": "asserts", "statements": ["f(1) === 2"]}, **more})


def test_it_is_asked_for_in_its_own_words() -> None:
    chat, base = render(problem(), chat=True), render(problem(), chat=False)
    assert chat.prefix == "```javascript\n"
    assert base.user.startswith("/*\nAdd one.\n") and base.prefix == "function f("
    head = problem(prompt="/** Add one. */\nfunction f(x) {\n", prompt_kind="code")
    assert "Complete this JavaScript function." in render(head, chat=True).user
    assert JAVASCRIPT.begins_function(head.prompt, "f") and not JAVASCRIPT.begins_function("Add one.", "f")


def test_programs_are_taken_out_of_answers() -> None:
    answer = (
        "First:\n```js\nconst one = 1\n```\nthen\n```javascript\nfunction f(x) {\n  return x + one\n}\n```\n"
        "Use:\n```js\nconst { f } = require('./f')\nconsole.log(f(1))\n```\n```python\nf = 1\n```"
    )
    found = extract(answer, problem(), Prompt(user="q"))
    assert found.program == "const one = 1\n\nfunction f(x) {\n  return x + one\n}\n"
    assert found.label == "several blocks"
    head = problem(prompt="const one = 1\n\nfunction f(x) {\n", prompt_kind="code")
    for body in ("  return x + one\n}\n", "  return x + one"):
        assert extract(body, head, render(head, chat=True)).program == f"{head.prompt}  return x + one\n}}\n"
    whole = extract("```js\nfunction f(x) {\n  return x + one\n}\n```", head, render(head, chat=True, prefill=False))
    assert whole.program == "const one = 1\n\nfunction f(x) {\n  return x + one\n}\n"


def test_a_set_to_be_measured_on_is_refused() -> None:
    with pytest.raises(StudyError, match="cannot be run: 1 in JavaScript with tests of the style asserts"):
        refuse_without_toolchain(task_set("mine", [problem()]))
    whole = problem(tests={"style": "stdio", "cases": [{"stdin": "1", "stdout": "2"}]}, entry_point=None)
    refuse_without_toolchain(task_set("mine", [whole]))
