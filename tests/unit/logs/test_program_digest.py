from __future__ import annotations

import pytest

from passgap.logs import program_digest


@pytest.mark.parametrize(
    "same",
    [
        "def f(x):\n    return x+1\n",
        "def f(x):  # adds\n\n    return (x + 1)\n",
        'def f(x):\n    """Add."""\n    return x + 1',
        "    def f(x):\n        return x + 1\n",
    ],
)
def test_layout_comments_and_docstrings_do_not_count(same: str) -> None:
    assert program_digest(same) == program_digest("def f(x):\n    return x + 1")


@pytest.mark.parametrize("other", ["def f(x):\n    return x + 2", "def g(x):\n    return x + 1", "def f(x): return"])
def test_other_programs_differ(other: str) -> None:
    assert program_digest(other) != program_digest("def f(x):\n    return x + 1")


def test_text_that_does_not_parse_is_compared_by_its_words() -> None:
    assert program_digest("return x +\n  (") == program_digest("return  x + (")
    assert program_digest("(" * 100_000) != program_digest("[" * 100_000)
    assert program_digest("a\0b") != program_digest("a\0c")
    assert program_digest("\ud800") != program_digest("\ud801")
