"""Assertions about calls of a function are split into arguments and expected values, or left whole."""

from __future__ import annotations

import pytest

from passgap.records import CallCase
from passgap.tasks.call_tests import embedded_assertions, split_assertions

JAVASCRIPT = "const testF = () => {{\n  {}\n}}\n\ntestF()\n"
CPP = "#undef NDEBUG\n#include<assert.h>\n{helper}int main(){{\n    {}\n}}\n"
SAME = "bool issame(vector<float> a,vector<float>b){\n    if (abs(a[i]-b[i])>1e-4) return false;\n    return true;\n}\n"
RUST = "\n#[cfg(test)]\nmod tests {{\n    use super::*;\n\n    #[test]\n    fn test_f() {{\n        {}\n    }}\n\n}}\n"
GO = "func TestF(t *testing.T) {{\n    assert := assert.New(t)\n    {}\n}}\n"
JAVA = (
    "public class Main {{\n    public static void main(String[] args) {{\n        Solution s = new Solution();\n"
    "        List<Boolean> correct = Arrays.asList(\n                {}\n        );\n"
    "        if (correct.contains(false)) {{\n            throw new AssertionError();\n        }}\n    }}\n}}\n"
)


def cases(language: str, text: str) -> list[tuple[str, str, float]] | None:
    form = {"javascript": JAVASCRIPT, "cpp": CPP, "rust": RUST, "go": GO, "java": JAVA}[language]
    split = split_assertions(language, form.format(text, helper=""), "f")
    return [(case.arguments, case.expected, case.abs_tol) for case in split.cases] if split else None


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("javascript", "console.assert(f('a)', [1, 2]) === true)", ("'a)', [1, 2]", "true", 0.0)),
        ("javascript", "console.assert(\n    f(1) ===\n      2 // two\n  )", ("1", "2 // two", 0.0)),
        ("javascript", "console.assert(JSON.stringify(f([])) === JSON.stringify([1]));", ("[]", "[1]", 0.0)),
        ("javascript", "console.assert(Math.abs(f(1.5) - 2.0 / 3.0) < 1e-6)", ("1.5", "2.0 / 3.0", 1e-6)),
        ("cpp", 'assert (f("a", 1) == "b");', ('"a", 1', '"b"', 0.0)),
        ("cpp", "assert (issame(f({1, 2}, 3) ,{4, 5}));", ("{1, 2}, 3", "{4, 5}", 0.0)),
        ("cpp", "assert (abs(f(1.33) - 0.33) < 1e-4);", ("1.33", "0.33", 1e-4)),
        ("cpp", "assert (not_f(1) == 2);", None),
        ("rust", "assert_eq!(f(vec![1, 2], 'x'), (0, 1));", ("vec![1, 2], 'x'", "(0, 1)", 0.0)),
        ("rust", "assert!(f(8) == vec![]);", ("8", "vec![]", 0.0)),
        ("rust", "assert!(!f(8));", ("8", "false", 0.0)),
        ("rust", "assert!(f(&t) < 0.1);", None),
        ("go", 'assert.Equal([]int{1}, f([]int{2}, "x"))', ('[]int{2}, "x"', "[]int{1}", 0.0)),
        ("go", 'assert.Equal("1", f(1000), "Error")', ("1000", '"1"', 0.0)),
        ("go", "assert.Equal(true, math.Abs(f(1.33)-0.33) < 1e-6)", ("1.33", "0.33", 1e-6)),
        ("go", "assert.Equal(true, same([]int{1}, f(1)))", None),
        ("java", "s.f(List.of(), 2).equals(List.of(3))", ("List.of(), 2", "List.of(3)", 0.0)),
        ("java", 'Objects.equals(s.f(8), "22")', ("8", '"22"', 0.0)),
        ("java", "!s.f(8)", ("8", "false", 0.0)),
        ("java", "s.f(8) == 2 && s.f(9) == 3", None),
    ],
)
def test_an_assertion_becomes_a_call_and_its_value(
    language: str, text: str, expected: tuple[str, str, float] | None
) -> None:
    found = cases(language, text)
    assert found == (None if expected is None else [expected])


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("javascript", "for (const each of [1]) { console.assert(f(each) === 1) }"),
        ("javascript", "console.assert(f(f(1)) === f(1))"),
        ("javascript", "const made = f(1)\n  console.assert(made === 1)"),
        ("cpp", "for (int x=2;x<8;x++) assert (f(x) == x);"),
        ("rust", "let made = f(1);\n        assert_eq!(made, 1);"),
        ("go", "for i := 2; i < 8; i++ {\n        assert.Equal(i, f(i))\n    }"),
    ],
)
def test_other_tests_are_left_whole(language: str, text: str) -> None:
    assert cases(language, text) is None


def test_declarations_are_kept_for_the_calls() -> None:
    split = split_assertions("cpp", CPP.format("vector<float> a={1.0};\n    assert (f(a)==true);", helper=""), "f")
    assert split is not None and split.setup.strip() == "vector<float> a={1.0};"
    assert split.cases == (CallCase(arguments="a", expected="true"),)


def test_a_tolerance_of_the_tests_own_comparison_holds() -> None:
    split = split_assertions("cpp", CPP.format("assert (issame(f(1), {0.5}));", helper=SAME), "f")
    assert split is not None and split.cases[0].abs_tol == 1e-4


@pytest.mark.parametrize(
    ("language", "tests", "call"),
    [
        ("javascript", JAVASCRIPT.format("f()"), "testF()"),
        ("cpp", CPP.format("f();", helper=""), "passgap_tests()"),
        ("rust", RUST.format("f();"), "tests::test_f()"),
        ("go", GO.format("f()"), "TestF(&passgapTests{})"),
        ("java", JAVA.format("s.f()"), "PassgapTests.main(new String[0])"),
    ],
)
def test_tests_that_are_left_whole_run_when_they_are_called(language: str, tests: str, call: str) -> None:
    code, found = embedded_assertions(language, tests)
    assert found == call and "f()" in code
    assert not any(text in code for text in ("\ntestF()", "int main(", "#[test]", "class Main"))


def test_an_unknown_form_is_told() -> None:
    with pytest.raises(ValueError, match="not of the form"):
        embedded_assertions("rust", "fn nothing() {}")
