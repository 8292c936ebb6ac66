"""Tests of MBXP, written from calls of a function and their expected values: the way back of ``mbxp``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from passgap.records import CallTests


class _Form(NamedTuple):
    before: str
    case: tuple[str, str, str]
    """The texts before the arguments, before the expected value and behind it; ``#`` stands for the case's number,
    counted from :attr:`first`, and ``%`` for its place among the cases, counted from :attr:`said`."""
    after: str
    first: int = 0
    said: int = 0
    called: str = "{}"
    """How :attr:`~passgap.records.CallTests.function` names what the tests call."""


_FORMS: Mapping[str, _Form] = {
    "cpp": _Form(
        "\ntemplate <typename T> bool compare(T a, T b){ \n    return a == b; \n}\n\n"
        "int main(int argc, char* argv[]) {\n",
        (
            "    auto x# = <function>(",
            ");\n    if (!(compare(x#, ",
            '))) {\n        throw runtime_error("Exception -- test case % did not pass.");\n    }\n\n',
        ),
        "    return 0;\n}",
    ),
    "csharp": _Form(
        "\n\n        public static void Main(string[] args)\n        {\n"
        "            CompareLogic compareLogic = new CompareLogic();\n",
        (
            "            var actual# = <function>(",
            ");\n            var expected# = ",
            ";\n            var result# = compareLogic.Compare(actual#, expected#);\n"
            '            if (!result#.AreEqual) {throw new Exception("Exception --- test case % failed to pass");}\n\n',
        ),
        "        }\n    }\n}\n",
        1,
        called="Solution.Program.{}",
    ),
    "go": _Form(
        "\n\nfunc deepCompare(a interface{}, b interface{}, msg string) bool {\n\taJSON, err := json.Marshal(a)\n"
        "\tif err != nil {\n\t\tpanic(msg)\n\t}\n\tbJSON, err := json.Marshal(b)\n\tif err != nil {\n\t\tpanic(msg)\n"
        "\t}\n\tvar a2 interface{}\n\tvar b2 interface{}\n\terr = json.Unmarshal(aJSON, &a2)\n\tif err != nil {\n"
        "\t\tpanic(msg)\n\t}\n\terr = json.Unmarshal(bJSON, &b2)\n\tif err != nil {\n\t\tpanic(msg)\n\t}\n"
        "\tresult := reflect.DeepEqual(a2, b2)\n\tif result {\n\t\treturn true\n\t} else {\n\t\tpanic(msg)\n\t}\n}\n\n"
        "func main() {\n",
        (
            "\tactual_# := <function>(",
            ")\n\texpected_# := ",
            '\n\tdeepCompare(actual_#, expected_#, "Exception --- test case % failed to pass")\n\n',
        ),
        "}",
        1,
    ),
    "java": _Form(
        "\n\nclass Main {\n    public static boolean compare(Object obj1, Object obj2) {\n"
        "        if (obj1 == null && obj2 == null){\n            return true;\n"
        "        } else if (obj1 == null || obj2 == null){\n            return false;\n        } else {\n"
        "            return obj1.equals(obj2);\n        }\n    }\n    \n"
        "    public static void main(String[] args) throws Exception {\n",
        (
            "        Object x# = <function>(",
            ");\n        Object v# = ",
            ";\n        if (!(compare(x#, v#))) {\n            throw new java.lang.Exception("
            '"Exception -- test case % did not pass. x# = " + x#);\n        }\n\n',
        ),
        "\n}\n}\n",
    ),
    "javascript": _Form(
        '\nconst _ = require("lodash")\n\nfunction compare(object1, object2){\n    return _.isEqual(object1, object2)\n'
        "}\n\n",
        (
            "var x# = <function>(",
            ");\nvar v# = ",
            ";\nif(!compare(x#, v#)){\n    throw 'Error at %th assert statement. Value = ' + JSON.stringify(x)  \n"
            "}\n\n",
        ),
        "",
        said=1,
    ),
    "php": _Form(
        "\n\nfunction compare($x, $y) {\n    return $x == $y;\n}\n\n",
        (
            "$x# = <function>(",
            ");\n$v# = ",
            ';\nif (!compare($x#, $v#)) {\n    throw new Exception("Error at %th assert statement.");\n}\n',
        ),
        "",
        said=1,
    ),
    "ruby": _Form(
        "\n\n",
        (
            "x# = <function>(",
            ")\nv# = ",
            '\nif x# != v#\n    raise StandardError, "Error at test case %"\nend\n\n',
        ),
        "",
        said=1,
    ),
    "typescript": _Form(
        "\nimport * as assert from 'assert'\n\n",
        (
            "let actual_# = <function>(",
            ");\nlet expected_# = ",
            ';\nassert.deepEqual(actual_#, expected_#, "Exception --- test case % failed to pass");\n\n',
        ),
        "",
        1,
    ),
}
_COMPARED_BY = "using KellermanSoftware.CompareNetObjects;\n"
_GO_PACKAGES = '\t"encoding/json"\n\t"reflect"\n'
_LAST_USING = re.compile(r"(?:^using [^\n]*\n)+", re.MULTILINE)


def written_tests(language: str, tests: CallTests) -> str:
    """The tests of a problem as the set writes them; arguments stand in the calls themselves.

    Raises:
        ValueError: the set has no tests in this language, or does not call what these call.
    """
    form = _FORMS.get(language)
    if form is None:
        raise ValueError(f"the set has no calls in the language `{language}`")
    prefix = form.called.partition("{}")[0]
    if not tests.function.startswith(prefix) or tests.setup or any(case.abs_tol for case in tests.cases):
        raise ValueError("`tests.function`, `tests.setup` or `tests.cases.abs_tol` is none of the set")
    called = tests.function.removeprefix(prefix)
    text = form.before
    for place, case in enumerate(tests.cases):
        begun, between, ended = (
            part.replace("#", str(place + form.first)).replace("%", str(place + form.said)) for part in form.case
        )
        text += f"{begun.replace('<function>', called)}{case.arguments}{between}{case.expected}{ended}"
    return text + form.after


def stated_prompt(language: str, prompt: str) -> str:
    """A prompt with the imports that the set's own tests need, which problems are asked without."""
    if language == "csharp" and (found := _LAST_USING.search(prompt)):
        return f"{prompt[: found.end()]}{_COMPARED_BY}{prompt[found.end() :]}"
    if language != "go":
        return prompt
    package, named, rest = prompt.partition("package main\n\n")
    if named and rest.startswith("import (\n"):
        group, closed, behind = rest.partition("\n)\n")
        return f"{package}{named}{group}\n{_GO_PACKAGES.rstrip()}{closed}{behind}"
    return f"{package}{named}import (\n{_GO_PACKAGES})\n{rest}" if named else prompt
