"""Results of tests are read from what commands print, and nothing that contradicts itself passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.execution.worker.styles.repository_reports import ends_with, results_in
from passgap.execution.worker.styles.signed_reports import FAILED, PASSED, Signed, outcomes_by_name

JUNIT = (
    'noise<?xml version="1.0"?><testsuites><testsuite><testcase classname="a.B" name="one"/>'
    '<testcase classname="a.B" name="two"><failure message="no"/></testcase>'
    '<testcase classname="a.B" name="three"><skipped/></testcase></testsuite></testsuites>noise'
)


@pytest.mark.parametrize(
    ("form", "output", "expected"),
    [
        ("junit-xml", JUNIT, {"a.B.one": True, "a.B.two": False}),
        ("junit-xml", "<!DOCTYPE a [<!ENTITY b 'c'>]>" + JUNIT, {}),
        ("junit-xml", "<testsuite><testcase", {}),
        ("tap", "TAP version 13\nok 1 - one\nnot ok 2 - two\nok 3 - three # SKIP later\n1..3\n",
         {"one": True, "two": False}),
        ("go-test-json",
         '{"Action":"pass","Test":"TestA"}\n{"Action":"fail","Test":"TestB"}\n{"Action":"pass"}\n{oops\n',
         {"TestA": True, "TestB": False}),
        ("go-test-json", "=== RUN TestA\n--- PASS: TestA (0.00s)\n    --- FAIL: TestA/sub (0.00s)\n",
         {"TestA": True, "TestA/sub": False}),
        ("cargo", "running 2 tests\ntest one ... ok\ntest a::two ... FAILED\ntest three ... ignored\n",
         {"one": True, "a::two": False, "two": False}),
        ("unittest",
         "test_a (m.C) ... ok\ntest_b (m.C)\nIt counts ... all ... ok\ntest_c (m.C)\nIt adds. ... FAIL\n"
         "test_d (m.C) ... skipped 'no'\nok\ntest_e (m.C) ... expected failure\n",
         {"test_a (m.C)": True, "test_b (m.C)": True, "It counts ... all": True, "test_c (m.C)": False,
          "It adds.": False, "test_e (m.C)": True}),
        ("unittest", "test_a (m.C.test_a) ... ok\n", {"test_a (m.C.test_a)": True, "test_a (m.C)": True}),
        ("unittest",
         "test_a (m.C) ... Testing x (0 silenced).\nok\nok\ntest_b (m.C) ... \nsaid\nERROR\ntest_c (m.C) ... 1 ok\n",
         {"test_a (m.C)": True, "test_b (m.C)": False, "test_c (m.C)": True}),
        ("unittest",  # a test of which a part failed has no result of its own: the next name stands on its line
         "test_a (m.C) ... test_b (m.C)\nIt adds. ... ok\n=====\nFAIL: test_a (m.C) (i=1)\n",
         {"test_b (m.C)": True, "It adds.": True, "test_a (m.C)": False}),
    ],
)  # fmt: skip
def test_results_by_name(form: str, output: str, expected: dict[str, bool]) -> None:
    assert results_in(output, form) == expected


def test_a_name_that_is_told_of_twice_passes_if_both_say_so() -> None:
    assert results_in("ok 1 - one\nnot ok 1 - one\n", "tap") == {"one": False}
    assert results_in("not ok 1 - one\nok 1 - one\n", "tap") == {"one": False}


def test_the_end_mark_is_the_last_line() -> None:
    assert ends_with("text\nabc\n\n", "abc")
    assert not ends_with("abc\ntext\n", "abc")
    assert not ends_with("", "abc")


def test_names_as_public_sets_have_them() -> None:
    report = Signed(
        [
            ("t.py::test_it[/home/me/data.txt]", PASSED, ""),
            ("t.py::test_it[//host/x]", PASSED, ""),
            ("t.py::test_it[a b]", PASSED, ""),
            ("t.py::test_it[a c]", FAILED, ""),
            ("t.py::test_it[/a/*/b]", PASSED, ""),
        ],
        1,
    )
    found = outcomes_by_name(report)
    assert found["t.py::test_it[/data.txt]"] == found["t.py::test_it[/home/me/data.txt]"] == PASSED
    assert found["t.py::test_it[//host/x]"] == found["t.py::test_it[/a/*/b]"] == PASSED
    assert found["t.py::test_it[a"] == FAILED and found["test_it"] == FAILED
    assert not {"t.py::test_it[/x]", "t.py::test_it[/b]"} & set(found)


@given(st.text(max_size=300), st.sampled_from(["junit-xml", "tap", "go-test-json", "cargo", "unittest"]))
def test_nothing_printed_makes_it_raise(output: str, form: str) -> None:
    for text in (output, JUNIT + output, '{"Test": ' + output, "test " + output, f"test_a (m.C) ... {output}"):
        assert all(isinstance(name, str) for name in results_in(text, form))
