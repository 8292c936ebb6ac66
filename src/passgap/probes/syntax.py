"""Syntax: the share of held-out completions that the model ended itself and whose code parses."""

from __future__ import annotations

from functools import lru_cache

from passgap.languages import DEFAULT_LANGUAGE, LANGUAGES
from passgap.probes._outcome import Rule
from passgap.probes._reading import errors_in, missing_reader
from passgap.probes._samples import Answer
from passgap.probes.base import ScoreProbe, mean_of
from passgap.spec import Tolerance, ToleranceUnit


def parses(answer: Answer) -> float | None:
    """Whether the code of an answer parses; None where it was cut at the token limit.

    What only continues a prompt may not parse by itself, and does not on either side.
    """
    language, reader = answer.reader.name, answer.read_by
    if answer.truncated or (reader is not None and missing_reader(language, reader)):
        return None
    if reader is None or language == DEFAULT_LANGUAGE:
        return float(_parses(language, answer.code))
    return float(bool(answer.code.strip()) and not errors_in(language, reader, answer.code))


@lru_cache(maxsize=65_536)  # the base model's samples are compared with those of every arm
def _parses(language: str, code: str) -> bool:
    return bool(code.strip()) and LANGUAGES[language].parse(code) is not None


PROBE = ScoreProbe(
    name="syntax",
    position=94,
    quantity="share of completions whose code parses",
    in_words="code that parses",
    rule=Rule.FALL,
    tolerance=Tolerance(
        key="syntax",
        default=0.05,
        unit=ToleranceUnit.DIFFERENCE,
        description="Largest fall of the share of completions whose code parses.",
    ),
    reads_syntax=True,
    score=mean_of(parses),
)
