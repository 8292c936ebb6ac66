"""The means of a strategy, and its finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from passgap.arms.prompt_search.reflectors import Reflector
from passgap.arms.prompt_search.trials import Trial, Trials
from passgap.records import Problem, Prompt, Record

EXCERPTS = (1500, 800, 400, 200, 80)
"""The most characters of a text that a reflector is shown, from what is best to what fits into small contexts."""


@dataclass(frozen=True)
class Means:
    """The means that a strategy may use."""

    trials: Trials
    reflector: Reflector
    reflect_on: tuple[Problem, ...]
    """Development problems whose failures the reflector is shown."""
    choose_on: tuple[Problem, ...]
    """Other development problems, on which instructions are compared."""
    asked: dict[str, Prompt]
    """How each of them is asked, by its id."""
    seed: int


class Tried(Record):
    """An instruction with its score."""

    instruction: str
    score: float
    """The share of its samples that passed."""
    samples: int

    @property
    def passed(self) -> int:
        """The number of samples that passed."""
        return round(self.score * self.samples)


def tried(instruction: str, trials: Sequence[Trial]) -> Tried:
    """Sum up the trials of an instruction."""
    return Tried(instruction=instruction, score=fmean(each.score for each in trials), samples=len(trials))


def excerpt(text: str, most: int) -> str:
    """The beginning of a text, with a mark where it is cut."""
    return text if len(text) <= most else f"{text[:most].rstrip()}\n[... {len(text) - most} characters are left out]"


def instruction_in(answer: str) -> str:
    """The instruction that a reflector gives: what stands in its last fenced block, or all that it says."""
    blocks = re.findall(r"```[^\n]*\n(.*?)```", answer, flags=re.DOTALL)
    return str(blocks[-1] if blocks else answer).strip().strip("`").strip()
