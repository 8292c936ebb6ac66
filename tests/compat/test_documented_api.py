"""Every example of the page on the Python API runs, in order, and prints what the page shows."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
BEFORE_THE_MODEL, HEADING, WITH_A_MODEL = PAGE.read_text(encoding="utf-8").partition("## With a model\n")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def run(text: str, names: dict[str, object], folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Execute the examples of a text, and return the names that they define."""
    monkeypatch.chdir(folder)
    examples = doctest.DocTestParser().get_doctest(text, names, PAGE.name, str(PAGE), 0)
    assert len(examples.examples) > 10
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    said: list[str] = []
    runner.run(examples, out=said.append, clear_globs=False)
    assert runner.failures == 0, "".join(said)
    return examples.globs


def test_every_example_without_a_model_prints_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(BEFORE_THE_MODEL, {}, tmp_path, monkeypatch)


@pytest.mark.slow
def test_the_examples_with_a_model_print_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert HEADING
    before = "".join(line + "\n" for line in (">>> import pathlib, passgap", ""))
    run(before + WITH_A_MODEL, {}, tmp_path, monkeypatch)
