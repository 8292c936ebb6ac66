"""Right answers: whether two right samples of a problem are different programs, or one mode is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from passgap.languages import LANGUAGES
from passgap.probes._outcome import Rule
from passgap.probes._samples import Answer
from passgap.probes.base import ScoreProbe
from passgap.spec import Tolerance, ToleranceUnit


def differ(answers: Sequence[Answer]) -> float | None:
    """The share of pairs of right answers that are different programs (Simpson 1949); None for fewer than two.

    Right answers pass the same tests, so that only their programs tell them apart. Formatting, comments and, where the
    language's normal form levels them, names do not count.
    """
    right = [answer for answer in answers if answer.passed]
    if len(right) < 2:
        return None
    forms = Counter(_normal_form(answer.reader.name, answer.code) for answer in right)
    alike = sum(count * (count - 1) for count in forms.values())
    return 1.0 - alike / (len(right) * (len(right) - 1))


@lru_cache(maxsize=65_536)  # the base model's samples are compared with those of every arm
def _normal_form(language: str, code: str) -> str:
    return LANGUAGES[language].normal_form(code)


PROBE = ScoreProbe(
    name="right answers",
    position=45,
    quantity="two right answers to a problem are different programs",
    in_words="the variety of its right answers",
    rule=Rule.FALL,
    collapse=True,
    optional=True,
    tolerance=Tolerance(
        key="right_answers",
        default=0.15,
        unit=ToleranceUnit.DIFFERENCE,
        description="Largest fall of the chance that two right answers to a problem differ.",
    ),
    score=differ,
)
