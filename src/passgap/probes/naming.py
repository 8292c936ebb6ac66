"""Naming: the share of names of a single letter in the code of answers to the style prompts."""

from __future__ import annotations

import re

from passgap.probes._outcome import Rule
from passgap.probes._reading import by_syntax
from passgap.probes._samples import Answer, Prompts
from passgap.probes.base import ScoreProbe
from passgap.spec import Tolerance, ToleranceUnit

_NAME = re.compile(r"[^\W\d]\w*")
_ONE_LETTER = 1


def short_names(answer: Answer) -> float | None:
    """The share of distinct words in the code that have one letter; None where it has none."""
    return _share({token for token in answer.reader.tokens(answer.code) if _NAME.fullmatch(token)})


def _share(names: set[str]) -> float | None:
    return sum(len(name) == _ONE_LETTER for name in names) / len(names) if names else None


PROBE = ScoreProbe(
    name="naming",
    position=64,
    quantity="share of distinct names of one letter",
    in_words="names of one letter",
    rule=Rule.CHANGE,
    optional=True,
    tolerance=Tolerance(
        key="naming",
        default=0.05,
        unit=ToleranceUnit.DIFFERENCE,
        description="Largest change of the share of names of one letter.",
    ),
    prompts=Prompts("style"),
    reads_syntax=True,
    score=by_syntax(
        lambda answer, syntax: _share({each.lstrip("$@#") for each in syntax.identifiers}), before=short_names
    ),
)
