"""Writes calls of a function as the assertions of HumanEvalPack's tests: the way back of ``assertions``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from passgap.records import CallCase, CallTests

_NUMBER = re.compile(r"\(*(?:\((?:float|double|int|long)\)\s*)?-?[\d.]+(?:[eE]-?\d+)?[lLfFdD]?\)*|true|false|'.*'")
"""Values of Java that are compared by ``==``."""
_WITHIN = "< "
_CPP = "#undef NDEBUG\n#include<assert.h>\n"
_CPP_SAME = (
    "bool issame(vector<double> a, vector<double> b){\n    if (a.size()!=b.size()) return false;\n"
    "    for (int i=0;i<a.size();i++)\n    {\n    if (abs(a[i]-b[i])><tolerance>) return false;\n    }\n"
    "    return true;\n}\n"
)
_CPP_EQUAL = (
    "template <class T> bool issame(const T& a, const typename std::remove_cv<T>::type& b){\n    return a == b;\n}\n"
)


def written_assertions(language: str, tests: CallTests, function: str) -> str:
    """The tests of a problem as the set writes them: what they declare first, then an assertion per case.

    Args:
        language: the problem's.
        tests: the calls.
        function: the name of the function.

    Raises:
        ValueError: the set has no tests in this language, or a case is none of its assertions.
    """
    writer = _WRITERS.get(language)
    if writer is None:
        raise ValueError(f"the set has no assertions in the language `{language}`")
    return writer(tests, function)


def _javascript(tests: CallTests, function: str) -> str:
    lines = []
    for case in tests.cases:
        call = f"{function}({case.arguments})"
        held = (
            f"Math.abs({call} - ({case.expected})) {_WITHIN}{_plain(case.abs_tol)}"
            if case.abs_tol
            else f"JSON.stringify({call}) === JSON.stringify({case.expected})"
        )
        lines.append(f"  console.assert({held})\n")
    return f"const testProgram = () => {{\n{_declared(tests, '  ')}{''.join(lines)}}}\n\ntestProgram()\n"


def _cpp(tests: CallTests, function: str) -> str:
    lists = [case for case in tests.cases if case.expected.startswith("{")]
    within = {case.abs_tol for case in tests.cases}
    same = ""
    if lists and within == {0.0}:
        same = _CPP_EQUAL
    elif lists and len(within) == 1:
        same = _CPP_SAME.replace("<tolerance>", _plain(within.pop()))
    elif lists:
        raise ValueError("`tests.cases.abs_tol` of lists differs from case to case")
    lines = []
    for case in tests.cases:
        call = f"{function}({case.arguments})"
        if same:
            held = f"issame({call}, {case.expected})"
        elif case.abs_tol:
            held = f"abs({call} - ({case.expected})) {_WITHIN}{_plain(case.abs_tol)}"
        else:
            held = f"{call} == {case.expected}"
        lines.append(f"    assert ({held});\n")
    return f"{_CPP}{same}int main(){{\n{_declared(tests, '    ')}{''.join(lines)}}}\n"


def _rust(tests: CallTests, function: str) -> str:
    if any(case.abs_tol for case in tests.cases):
        raise ValueError("`tests.cases.abs_tol`: the set has no assertion in Rust that allows a distance")
    lines = "".join(f"        assert_eq!({function}({case.arguments}), {case.expected});\n" for case in tests.cases)
    return (
        f"\n#[cfg(test)]\nmod tests {{\n    use super::*;\n\n    #[test]\n    fn test_{function}() {{\n"
        f"{_declared(tests, '        ')}{lines}    }}\n\n}}\n"
    )


def _go(tests: CallTests, function: str) -> str:
    def asserted(case: CallCase) -> str:
        call = f"{function}({case.arguments})"
        if case.abs_tol:
            return f"Equal(true, math.Abs({call} - ({case.expected})) {_WITHIN}{_plain(case.abs_tol)})"
        return f"Nil({call})" if case.expected == "nil" else f"Equal({case.expected}, {call})"

    lines = "".join(f"    assert.{asserted(case)}\n" for case in tests.cases)
    return f"func Test{function}(t *testing.T) {{\n    assert := assert.New(t)\n{_declared(tests, '    ')}{lines}}}\n"


def _java(tests: CallTests, function: str) -> str:
    if tests.setup:
        raise ValueError("`tests.setup`: the set's tests in Java declare nothing")

    def held(case: CallCase) -> str:
        call = f"s.{function}({case.arguments})"
        if case.abs_tol:
            return f"Math.abs({call} - ({case.expected})) {_WITHIN}{_plain(case.abs_tol)}"
        if _NUMBER.fullmatch(case.expected):
            return f"{call} == {case.expected}"
        array = re.match(r"new \w+\[\]", case.expected)
        return f"{'Arrays' if array else 'Objects'}.equals({call}, {case.expected})"

    lines = ",\n".join(f"                {held(case)}" for case in tests.cases)
    return (
        "public class Main {\n    public static void main(String[] args) {\n        Solution s = new Solution();\n"
        f"        List<Boolean> correct = Arrays.asList(\n{lines}\n        );\n"
        "        if (correct.contains(false)) {\n            throw new AssertionError();\n        }\n    }\n}\n"
    )


def _declared(tests: CallTests, indented: str) -> str:
    """The declarations; the first line is indented, and the others stand as they are, since they may hold literals."""
    return f"{indented}{tests.setup}" if tests.setup else ""


def _plain(number: float) -> str:
    """A bound as the set writes it: digits, with an exponent where it is small."""
    return repr(number)


_WRITERS: Mapping[str, Callable[[CallTests, str], str]] = {
    "javascript": _javascript,
    "cpp": _cpp,
    "rust": _rust,
    "go": _go,
    "java": _java,
}
