"""Tests of other languages are split into calls and expected values, or not at all."""

from __future__ import annotations

import pytest

from passgap.records import CallCase
from passgap.tasks.call_tests import split_tests

NODE = """const assert = require('node:assert');


function test() {
  let candidate = join;
  assert.deepEqual(candidate(["a, )", 'b'], `;`),"a, );b");
  assert.deepEqual(candidate([], ""),undefined);
}

test();
"""
CPP = (
    "}\nint main() {\n    auto candidate = f;\n"
    "    assert(candidate((std::vector<long>({(long)1, (long)2})), (')')) == (3));\n}\n"
)
RUST = (
    "}\n\nfn main() {\n    let candidate = f;\n"
    '    assert_eq!(candidate(String::from("a\\")"), \'b\'), vec![1, 2]);\n}\n'
)
JAVA = (
    "    }\n    public static void main(String[] args) {\n"
    "    assert(f((new ArrayList<Long>(Arrays.asList((long)1l)))).equals((new ArrayList<Long>(Arrays.asList()))));\n"
    "    assert(f((null)) == (5l));\n    }\n\n}\n"
)
GO = (
    "func TestF(t *testing.T) {\n  candidate := f\n\ttype test struct {\n\t\tactual   interface{}\n"
    "\t\texpected interface{}\n"
    '\t}\n   tests := []test{\n     { actual: candidate([]int{1, 2}), expected: map[string]int{"}": 1} },\n   }\n\n'
    '\tfor i, tc := range tests {\n\t\tt.Run(fmt.Sprintf("test num % d", i), func(t *testing.T) {\n'
    '\t\t\tif fmt.Sprintf("%v", tc.actual) != fmt.Sprintf("%v", tc.expected) {\n'
    "\t\t\t\tt.Errorf(\"expected '%s', got '%s'\", tc.expected, tc.actual)\n\t\t\t}\n\t\t})\n\t}\n}\n"
)
BASH = (
    '}\n\ncandidate() {\n    f "$@"\n}\n\nset -e\nrun_test() {\n    [[ $(candidate "1 2" "x") = "3" ]]\n}\n\nrun_test\n'
)


def case(arguments: str, expected: str) -> CallCase:
    return CallCase(arguments=arguments, expected=expected)


@pytest.mark.parametrize(
    ("language", "tests", "called", "cases"),
    [
        ("javascript", NODE, "join", [case("[\"a, )\", 'b'], `;`", '"a, );b"'), case('[], ""', "undefined")]),
        ("typescript", f"declare var require: any;\n{NODE}", "join", [case('[], ""', "undefined")]),
        ("cpp", CPP, "f", [case("(std::vector<long>({(long)1, (long)2})), (')')", "(3)")]),
        ("rust", RUST, "f", [case('String::from("a\\")"), \'b\'', "vec![1, 2]")]),
        ("java", JAVA, "Problem.f", [case("(null)", "(5l)")]),
        ("go", GO, "f", [case("[]int{1, 2}", 'map[string]int{"}": 1}')]),
        ("bash", BASH, "f", [case('"1 2" "x"', '"3"')]),
    ],
)
def test_each_language_has_its_form(language: str, tests: str, called: str, cases: list[CallCase]) -> None:
    split = split_tests(language, tests)
    assert split is not None and split.called == called
    assert list(split.cases[-len(cases) :]) == cases


def test_a_line_end_that_stands_in_a_literal_is_written_as_one() -> None:
    broken = NODE.replace('"a, );b"', '"a\nb"')
    split = split_tests("javascript", broken)
    assert split is not None and split.cases[0].expected == '"a\\nb"'


@pytest.mark.parametrize(
    "changed",
    [
        NODE.replace("test();\n", "for (const each of []) test();\n"),
        NODE.replace('candidate([], "")', 'other([], "")'),
        NODE.replace(",undefined);", ");"),
        NODE.replace('"a, );b");', '"a, );b"'),
        "",
    ],
)
def test_tests_with_a_line_of_another_form_are_not_split(changed: str) -> None:
    assert split_tests("javascript", changed) is None


def test_a_language_without_a_form_is_not_split() -> None:
    assert split_tests("python", NODE) is None
