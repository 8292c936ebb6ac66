"""Writes calls of a function and their expected values as MultiPL-E writes its tests: the way back of ``splitting``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from passgap.records import CallTests

_FUNCTION, _TITLE = "<function>", "<Title>"
_PRIMITIVE = re.compile(r"\((?:\(float\))?-?[\d.]+[lLfFdD]?\)|\((?:true|false)\)|\(float\)-?\d+[lL]?")
"""Values of Java and C# that the set compares by ``==``."""


@dataclass(frozen=True)
class _Form:
    before: str
    begins: str
    between: str
    ends: str
    after: str
    called: str = "{}"
    """How :attr:`~passgap.records.CallTests.function` names the function."""
    equals: str = ""
    """The text between a call and an expected value that is an object, where it is another one."""
    expected_first: bool = False


_NODE = _Form(
    "const assert = require('node:assert');\n\n\nfunction test() {\n  let candidate = <function>;\n",
    "  assert.deepEqual(candidate(",
    "),",
    ");\n",
    "}\n\ntest();",
)
_FORMS: Mapping[str, _Form] = {
    "javascript": _NODE,
    "typescript": _Form(
        f"declare var require: any;\n{_NODE.before}", _NODE.begins, _NODE.between, _NODE.ends, _NODE.after
    ),
    "cpp": _Form("\nint main() {\n    auto candidate = <function>;\n", "    assert(candidate(", ") == ", ");\n", "}\n"),
    "rust": _Form(
        "\n\nfn main() {\n    let candidate = <function>;\n", "    assert_eq!(candidate(", "), ", ");\n", "}\n"
    ),
    "java": _Form(
        "\n    public static void main(String[] args) {\n",
        "    assert(<function>(",
        ") == ",
        ");\n",
        "    }\n\n}\n",
        "Problem.{}",
        ").equals(",
    ),
    "csharp": _Form(
        "\n    public static void Main(string[] args) {\n",
        "    Debug.Assert(<function>(",
        ") == ",
        ");\n",
        "    }\n\n}\n",
        "Problem.{}",
        ").Equals(",
    ),
    "go": _Form(
        "func Test<Title>(t *testing.T) {\n  candidate := <function>\n\ttype test struct {\n\t\tactual   interface{}\n"
        "\t\texpected interface{}\n\t}\n   tests := []test{\n",
        "     { actual: candidate(",
        "), expected: ",
        " },\n",
        '   }\n\n\tfor i, tc := range tests {\n\t\tt.Run(fmt.Sprintf("test num % d", i), func(t *testing.T) {\n'
        '\t\t\tif fmt.Sprintf("%v", tc.actual) != fmt.Sprintf("%v", tc.expected) {\n'
        "\t\t\t\tt.Errorf(\"expected '%s', got '%s'\", tc.expected, tc.actual)\n\t\t\t}\n\t\t})\n\t}\n}\n",
    ),
    "ruby": _Form(
        "require 'test/unit'\nclass TestHumanEval < Test::Unit::TestCase\n  def test_<function>\n"
        "    candidate = method(:<function>)\n",
        "    assert_equal(",
        ", candidate.call(",
        "))\n",
        "  end\nend\n",
        expected_first=True,
    ),
    "php": _Form(
        "function candidate(...$args) {\n    return <function>(...$args);\n}\n\nfunction test(): void {\n",
        "    if (candidate(",
        ") !== ",
        ') { throw new Exception("Test failed!"); }\n',
        "}\n\ntest();",
    ),
    "bash": _Form(
        '\n\ncandidate() {\n    <function> "$@"\n}\n\nset -e\nrun_test() {\n',
        "    [[ $(candidate ",
        ") = ",
        " ]]\n",
        "}\n\nrun_test",
    ),
}


def written_calls(language: str, tests: CallTests, function: str) -> str:
    """The tests of a problem as the set writes them behind what closes the program; each case on a line of its own.

    Args:
        language: the problem's.
        tests: the calls.
        function: the name of the function.

    Raises:
        ValueError: the set has no tests in this language, or none of this form; the message says what cannot be told.
    """
    form = _FORMS.get(language)
    if form is None:
        raise ValueError(f"the set has no calls in the language `{language}`")
    if tests.function != form.called.format(function):
        raise ValueError(f"`tests.function` is `{tests.function}`, and the set calls `{form.called.format(function)}`")
    lines = [_line(form, case.arguments, case.expected) for case in tests.cases]
    text = form.before + "".join(lines) + form.after
    title = "_".join(part.capitalize() for part in function.split("_"))
    return text.replace(_FUNCTION, function).replace(_TITLE, title)


def _line(form: _Form, arguments: str, expected: str) -> str:
    if form.expected_first:
        return f"{form.begins}{expected}{form.between}{arguments}{form.ends}"
    if form.equals and not _PRIMITIVE.fullmatch(expected):
        return f"{form.begins}{arguments}{form.equals}{expected}){form.ends}"
    return f"{form.begins}{arguments}{form.between}{expected}{form.ends}"
