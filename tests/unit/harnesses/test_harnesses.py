"""Every harness puts the program, the calls and nothing that is expected of them into one program."""

from __future__ import annotations

import pytest

from passgap.harnesses import HARNESSES, Unsupported
from passgap.languages import LANGUAGES
from passgap.records import CallCase, CallTests, EmbeddedTests

CALLS = CallTests(
    function="add",
    head="HEAD(",
    setup="SETUP",
    cases=(
        CallCase(arguments="ARGUMENT-1", expected="EXPECTED-1"),
        CallCase(arguments="ARGUMENT-2", expected="EXPECTED-2"),
    ),
)
INSIDE = EmbeddedTests(code="TESTS", calls=("FIRST", "SECOND"), head="HEAD(")
ANY = pytest.mark.parametrize("name", HARNESSES.names())


@ANY
def test_a_sample_is_given_the_arguments_and_never_what_is_expected(name: str) -> None:
    program = HARNESSES[name].candidate("PROGRAM", CALLS)
    assert all(text in program for text in ("PROGRAM", "SETUP", "ARGUMENT-1", "ARGUMENT-2"))
    assert "EXPECTED" not in program
    assert program.index("ARGUMENT-1") < program.index("ARGUMENT-2")


@ANY
def test_what_is_expected_is_computed_without_a_sample(name: str) -> None:
    program = HARNESSES[name].expectation(CALLS)
    assert program.index("EXPECTED-1") < program.index("EXPECTED-2")
    assert "SETUP" in program and "PROGRAM" not in program


@ANY
def test_tests_inside_are_reported_one_by_one_with_what_is_read_after_the_program(name: str) -> None:
    program = HARNESSES[name].embedded("PROGRAM", INSIDE)
    assert program.index("PROGRAM") < program.index("FIRST") < program.index("SECOND")
    assert "TESTS" in program


@ANY
def test_a_harness_belongs_to_a_language_and_says_where_it_writes(name: str) -> None:
    assert HARNESSES[name].name == name
    assert HARNESSES[name].descriptor in (1, 3)
    assert name == "bash" or name in LANGUAGES


@pytest.mark.parametrize("name", ["cpp", "rust"])
def test_values_need_the_head_that_gives_them_their_type(name: str) -> None:
    with pytest.raises(Unsupported, match="head"):
        HARNESSES[name].expectation(CALLS.model_copy(update={"head": ""}))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("3", "if false { add(1) } else { 3 }"),
        ("vec![]", "if false { add(1) } else { vec![] }"),
        ("[1, 2]", "if false { add(1) } else { vec![1, 2] }"),
        ('String::from("a")', 'if false { add(1) } else { String::from("a") }'),
        ('"a".to_string()', 'if false { add(1) } else { "a".to_string() }'),
        ('vec!["a"]', 'let value = vec!["a"]'),
        ("empty", "let value = empty"),
        ("true", "if false { add(1) } else { true }"),
    ],
)
def test_a_value_of_rust_has_the_functions_type_where_it_has_none_of_its_own(value: str, written: str) -> None:
    tests = CallTests(function="add", head="fn add(a: i32) -> T {", cases=(CallCase(arguments="1", expected=value),))
    assert written in HARNESSES["rust"].expectation(tests)


def test_a_function_of_cpp_is_never_taken_for_the_librarys_own() -> None:
    case = CallCase(arguments='"a"', expected="1")
    tests = CallTests(function="strlen", head="int strlen(string text){", cases=(case,))
    program = HARNESSES["cpp"].candidate("int strlen(string text){ return 0; }", tests)
    assert "static_cast<decltype(&passgap_head::strlen)>(&::strlen)" in program
    assert "static_cast" not in HARNESSES["cpp"].candidate("", tests.model_copy(update={"function": "size_of"}))
