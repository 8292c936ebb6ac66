"""Layout: the share of blank lines in the code of answers to the style prompts."""

from __future__ import annotations

from passgap.probes._outcome import Rule
from passgap.probes._reading import by_syntax
from passgap.probes._samples import Prompts
from passgap.probes.base import ScoreProbe
from passgap.spec import Tolerance, ToleranceUnit


def blank_lines(code: str) -> float | None:
    """The share of lines between the first and the last that hold nothing; None without a line."""
    lines = code.strip().splitlines()
    return sum(not line.strip() for line in lines) / len(lines) if lines else None


def blank_lines_of_code(program: str, without_comments: str) -> float | None:
    """The same, of lines that hold more than a comment or nothing: comments that come or go change nothing."""
    pairs = list(zip(program.split("\n"), without_comments.split("\n"), strict=False))
    lines = [after for before, after in pairs if after.strip() or not before.strip()]
    return blank_lines("\n".join(lines))


PROBE = ScoreProbe(
    name="layout",
    position=66,
    quantity="share of blank lines in the code of an answer",
    in_words="blank lines in code",
    rule=Rule.CHANGE,
    optional=True,
    tolerance=Tolerance(
        key="layout",
        default=0.05,
        unit=ToleranceUnit.DIFFERENCE,
        description="Largest change of the share of blank lines.",
    ),
    prompts=Prompts("style"),
    reads_syntax=True,
    score=by_syntax(
        lambda answer, syntax: blank_lines_of_code(answer.code, syntax.without_comments),
        before=lambda answer: blank_lines(answer.code),
    ),
)
