"""Carry out a race: make every arm's first candidate, and measure them side by side until one is left."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from passgap.arms import Candidate, Work, arm_of
from passgap.decisions.race_report import Fate, RacedArm, RaceReport
from passgap.estimates import mean_interval
from passgap.estimates.race import chance_of_winning, evidence_against, leader_of, stopped_at_look
from passgap.records import Problem
from passgap.spec.budget import Part
from passgap.spec.race import RaceSection
from passgap.stages import StageCost
from passgap.store import TracedFolder
from passgap.study.budget import BudgetError, remaining_hours, require_budget, throughput_on_disk
from passgap.study.development import development_to_run
from passgap.study.elsewhere import with_declared_hours
from passgap.study.lab import StudyLab
from passgap.study.race.declared import OUTCOME, declare_race, race_on_record
from passgap.study.repetitions import Repetition, repetitions_of

Works = Callable[[str], Sequence[Work]]
"""The work of making an arm with all of its seeds, and of measuring and probing it."""


Attempt = Callable[[str, Callable[[], object]], bool]
"""Carries out a step of an arm; says whether that worked, and records why not."""


def run_race(
    lab: StudyLab, names: Sequence[str], begin: Callable[[str], None], attempt: Attempt, works: Works
) -> RaceReport | None:
    """Race arms on the development problems; a race that has ended is not run again.

    Args:
        lab: of the study.
        names: of the arms.
        begin: registers an arm, if it may begin.
        attempt: carries out a step of an arm that may fail without the others.
        works: of an arm.

    Returns:
        What came of it; None where fewer than two arms could be made.

    Raises:
        StudyError: it was declared otherwise, or cannot be run.
        PassgapError: a step failed; what it did is kept.
    """
    context = lab.context
    development = development_to_run(context, lab.splits)
    declare_race(context, names, development)
    ended = race_on_record(context)
    if ended is not None:
        return ended
    race = _Race(lab, development.problems, works)
    for name in names:
        if attempt(name, partial(begin, name)):
            attempt(name, partial(race.make, name))
    if len(race.candidates) < 2:
        return None
    found = race.run()
    context.record(OUTCOME, found.model_dump(mode="json"))
    context.note(f"the race ended: {found.ended}" + (f"; out: {', '.join(found.out)}" if found.out else ""))
    return found


@dataclass
class _Race:
    """A race that is under way."""

    lab: StudyLab
    problems: tuple[Problem, ...]
    works: Works

    def __post_init__(self) -> None:
        self.candidates: dict[str, Candidate] = {}
        self.scores: dict[str, list[float]] = {}
        self._costs: dict[str, StageCost] = {}
        self._out: dict[str, float] = {}

    @property
    def section(self) -> RaceSection:
        section = self.lab.spec.race
        assert section is not None, "a study without a race runs none"
        return section

    @property
    def running(self) -> list[str]:
        return [name for name in self.candidates if name not in self._out]

    def make(self, name: str) -> None:
        """Make an arm's first candidate, if what it and one measured arm take fits under the cap.

        Raises:
            BudgetError: it does not.
        """
        needed, left = self._finishing(name), self._left()
        if needed > left:
            price = self.lab.spec.budget.price_per_hour
            raise BudgetError(
                f"the arm `{name}` does not fit under the money of the race, so it was not begun",
                [
                    f"race.money: making and measuring it takes about {needed * price:.2f}, and {left * price:.2f} of "
                    f"the declared {self.section.money:g} {self.lab.spec.budget.currency} are left. Raise it, or let "
                    f"fewer arms race."
                ],
            )
        require_budget(self.lab.context, name, self.works(name))
        repetition = repetitions_of(self.lab.spec, name)[0]
        folder = self.lab.context.folder
        traced = TracedFolder(folder, repetition.name, writes=not self.lab.context.read_only)
        arm = arm_of(name)
        own = replace(self.lab, repetition=repetition, traced=traced)
        try:
            candidate = with_declared_hours(arm.produce(arm.section_of(self.lab.spec), own))
        finally:
            traced.keep()
        self.candidates[name], self.scores[name] = candidate, []
        self._add(candidate.costs)

    def run(self) -> RaceReport:
        """Measure batch after batch until one arm is left, the problems are used up, or the money is."""
        size = self.section.batch
        ends = [*range(0, len(self.problems), size), len(self.problems)]
        ended = f"all {len(self.problems)} development problems were measured"
        for begin, end in pairwise(ends):
            ended_by = self._unaffordable(end - begin)
            if ended_by:
                ended = ended_by
                break
            self._measure(self.problems[begin:end])
            lost = stopped_at_look(self.running, self.scores, self.section.error)
            for name, evidence in lost.items():
                self.lab.context.note(f"{name} is out after {end} problems: it is not the best (e = {evidence:.0f})")
            self._out |= lost
            if len(self.running) == 1:
                ended = "one arm is left"
                break
        return self._report(ended)

    def _measure(self, problems: tuple[Problem, ...]) -> None:
        """Measure the running arms on a batch; a problem counts if a sample of each of them was scored."""
        found = {name: self._passed(name, problems) for name in self.running}
        for problem in problems:
            if all(problem.id in each for each in found.values()):
                for name, each in found.items():
                    self.scores[name].append(each[problem.id])

    def _passed(self, name: str, problems: tuple[Problem, ...]) -> dict[str, float]:
        """An arm's share of passing samples on each problem."""
        from passgap.arms.development import Point, measure_points  # noqa: PLC0415 - a study is opened without it

        candidate, label = self.candidates[name], self._repetition(name).name
        point = Point.at(f"{label}-race", candidate.decoding, self.section.samples)
        prompts = dict(self.lab.splits.prompts(problems, chat=self.lab.spec.model.chat))
        if candidate.prompt_change is not None:
            prompts = {key: candidate.prompt_change.apply(each) for key, each in prompts.items()}
        [measured] = measure_points(candidate.model, [point], problems, self.lab, prompts=prompts)
        self._add(measured.costs)
        counts = measured.counts
        shares = zip(counts.ids, counts.correct, counts.samples, strict=True)
        return {name: float(passed / scored) for name, passed, scored in shares if scored}

    def _report(self, ended: str) -> RaceReport:
        spec, leader = self.lab.spec, leader_of(self.running, self.scores)
        fates = dict.fromkeys(self._out, Fate.STOPPED)
        order = sorted(self.running, key=lambda name: -sum(self.scores[name]))
        room = self._left() - self._finishing(leader)
        for name in order:
            if name == leader:
                continue
            room -= self._finishing(name)
            fates[name] = Fate.GOES_ON if room >= 0.0 else Fate.CAP
        fates[leader] = Fate.GOES_ON
        out = [name for name, fate in fates.items() if fate is not Fate.GOES_ON]
        hours = sum(each.hours for each in self._costs.values())
        return RaceReport(
            arms=tuple(self._raced(name, fates[name], leader) for name in self.candidates),
            leader=leader,
            ended=ended,
            error=self.section.error,
            batch=self.section.batch,
            samples=self.section.samples,
            problems=len(self.problems),
            hours=hours,
            money=hours * spec.budget.price_per_hour,
            cap=self.section.money,
            saved=sum(
                self._finishing(name) + self._racing(len(self.problems) - len(self.scores[name])) for name in out
            ),
            currency=spec.budget.currency,
        )

    def _raced(self, name: str, fate: Fate, leader: str) -> RacedArm:
        scores, spec = self.scores[name], self.lab.spec
        chance = None
        if fate is not Fate.GOES_ON:
            chance = chance_of_winning(scores, self.scores[leader], len(self.problems), seed=spec.seed)
        return RacedArm(
            arm=name,
            fate=fate,
            problems=len(scores),
            pass_at_1=mean_interval(scores, m=self.section.samples, level=spec.thresholds.level),
            evidence=evidence_against(name, self.scores),
            chance=chance,
        )

    def _left(self) -> float:
        """Device-hours that the race's money still pays for."""
        money, price = self.section.money, self.lab.spec.budget.price_per_hour
        if money is None or price == 0.0:
            return math.inf
        return money / price - sum(each.hours for each in self._costs.values())

    def _finishing(self, name: str) -> float:
        """Device-hours, predicted, that an arm takes from here on until it is measured with all of its seeds."""
        context = self.lab.context
        throughput, index = throughput_on_disk(context.folder, context.spec), context.folder.index()
        return math.fsum(remaining_hours(context.spec, work, throughput, index) for work in self.works(name))

    def _racing(self, problems: int) -> float:
        """Device-hours, predicted, of measuring one arm on so many development problems."""
        context = self.lab.context
        work = Work(Part.EVALUATION, "race", problems * self.section.samples, run=True)
        return remaining_hours(context.spec, work, throughput_on_disk(context.folder, context.spec), ())

    def _unaffordable(self, problems: int) -> str:
        """Why no further batch is measured: it would leave too little to measure the arm that is ahead, or does not fit
        into the budget; empty where one is.
        """
        work = Work(Part.EVALUATION, "race", len(self.running) * problems * self.section.samples, run=True)
        try:
            require_budget(self.lab.context, "race", [work])
        except BudgetError as error:
            return f"a further batch does not fit into the budget ({error.problems[0]})"
        ahead = max(self._finishing(name) for name in self.running)
        enough = len(self.running) * self._racing(problems) + ahead <= self._left()
        return "" if enough else "what is left of the money is needed to measure the arm that is ahead"

    def _repetition(self, name: str) -> Repetition:
        return repetitions_of(self.lab.spec, name)[0]

    def _add(self, costs: Sequence[StageCost]) -> None:
        """Count costs, those that arms share once."""
        self._costs |= {f"{each.name} {each.seconds}": each for each in costs}
