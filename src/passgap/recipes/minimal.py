"""The minimal arm's selection: everything the model said, less empty answers and stubs."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.languages import DEFAULT_LANGUAGE, LANGUAGES
from passgap.records import Record

SELECTION_RULE = (
    "no verification and no filtering; dropped are empty answers, answers of a single line, and programs whose "
    "functions hold nothing but a docstring, `pass` or `...`"
)
"""The rule in words, as pre-registered. The paper drops empty responses and single-line stubs (arXiv 2604.01193)."""


class MinimalSelection(Record):
    """Which samples are trained on, by position, and how many were dropped for which reason."""

    kept: tuple[int, ...]
    empty: int
    stubs: int


def select_minimal(
    programs: Sequence[str], *, drop_stubs: bool = True, languages: Sequence[str] | None = None
) -> MinimalSelection:
    """Choose the samples to train on by their extracted programs.

    Empty answers are always dropped (there is nothing to take a loss on); stubs unless ``drop_stubs`` is off.

    Args:
        programs: the program of each sample.
        drop_stubs: whether stubs are dropped.
        languages: the language of each; Python for all where it is None.
    """
    kept: list[int] = []
    empty = stubs = 0
    named = [DEFAULT_LANGUAGE] * len(programs) if languages is None else languages
    for position, (program, language) in enumerate(zip(programs, named, strict=True)):
        if not program.strip():
            empty += 1
        elif drop_stubs and is_stub(program, language):
            stubs += 1
        else:
            kept.append(position)
    return MinimalSelection(kept=tuple(kept), empty=empty, stubs=stubs)


def is_stub(program: str, language: str = DEFAULT_LANGUAGE) -> bool:
    """Whether a program is a single line, or holds functions and all of them are empty.

    A program that does not parse is no stub: malformed code is part of what the model says.
    """
    return LANGUAGES[language].is_stub(program)
