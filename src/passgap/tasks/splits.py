"""The problems of a study, ready to be sampled: the held-out set, the pool, and what can be mixed in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from passgap.records import Problem, Prompt, RepositoryTests, ScriptTests
from passgap.tasks.contamination.findings import ContaminationItem, ContaminationLog, ContaminationRule
from passgap.tasks.fill_marks import FillMarks
from passgap.tasks.instruction_data import ExampleSet, MixSet
from passgap.tasks.prompts import render
from passgap.tasks.taskset import TaskSet, task_set


@dataclass(frozen=True)
class ExternalData:
    """Data of other origin that an arm trains on, less what is too close to a held-out problem."""

    data: ExampleSet
    contamination: ContaminationLog
    removed: int
    """Examples that were taken out."""


@dataclass(frozen=True)
class Splits:
    """The problems of a study. ``pool`` is what is left of it after the dirty items were taken out."""

    heldout: TaskSet
    pool: TaskSet
    contamination: ContaminationLog
    removed: int
    begun: bool = True
    """Whether a chat model's answers are begun for it."""
    marks: FillMarks | None = None
    """The tokens by which the model is asked for the middle of a program."""
    heldout_removed: int = 0
    """Held-out problems removed because they are dated no later than the model's cutoff."""
    mix: MixSet | None = None
    """Examples that can be mixed in, less those that are too close to a held-out problem."""
    mix_removed: int = 0
    external: Mapping[str, ExternalData] = field(default_factory=dict)
    """The data of other origin by the name of the arm that trains on them."""
    held_back: tuple[Problem, ...] = ()
    """Problems that were taken out of the pool to choose settings on. Not known of a study that is only read."""

    def findings(self) -> Iterator[ContaminationItem]:
        """Everything that is too close to a held-out problem: of the pool, of what is mixed in, of external data."""
        yield from self.contamination.items
        for each in self.external.values():
            yield from each.contamination.items

    @property
    def before_cutoff(self) -> int:
        """Held-out problems that were kept although they are dated no later than the model's cutoff."""
        early = {each.item for each in self.contamination.items if each.rule is ContaminationRule.BEFORE_CUTOFF}
        return sum(problem.id in early for problem in self.heldout.problems)

    @property
    def judged_inside(self) -> int:
        """Held-out problems whose tests run in the program's own process."""
        return sum(problem.judged_inside for problem in self.heldout.problems)

    @property
    def judged_by_command(self) -> int:
        """The number of these whose tests are a repository's own, or a script that runs the program."""
        own = (RepositoryTests, ScriptTests)
        return sum(problem.judged_inside and isinstance(problem.tests, own) for problem in self.heldout.problems)

    def prompts(self, problems: tuple[Problem, ...], *, chat: bool) -> tuple[tuple[str, Prompt], ...]:
        """Return the id of each problem and the prompt that the model is given for it."""
        return tuple(
            (problem.id, render(problem, chat=chat, prefill=self.begun, marks=self.marks)) for problem in problems
        )

    def with_heldout(self, problems: Iterable[Problem]) -> Splits:
        """The same with these held-out problems alone."""
        return replace(self, heldout=task_set(self.heldout.name, tuple(problems)))
