"""The audit of what a verifier accepts: samples on the visible tests of their problem, and on the hidden ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from passgap.arms.self_training.pool_tests import hidden_of, passed_parts
from passgap.estimates.verification import VisibleAndHidden, hacking, hacking_drift, pass_rates
from passgap.formatting import inline, level_of, stated
from passgap.records import AssertTests, Problem, Result
from passgap.tasks import kind_of


class Audit:
    """Scored samples of problems that have hidden tests."""

    def __init__(self, problems: Iterable[Problem], results: Iterable[Result]) -> None:
        """Read the results of samples on all tests of their problems."""
        self._problems = {each.id: each for each in problems}
        outcomes: dict[str, list[tuple[bool, bool]]] = {}
        for result in results:
            tests = self._problems[result.task_id].tests
            if hidden_of(tests) and result.passed is not None:
                outcomes.setdefault(result.task_id, []).append(passed_parts(tests, result))
        self.rates: Mapping[str, VisibleAndHidden] = {
            name: VisibleAndHidden(
                sum(visible for visible, _ in drawn) / len(drawn), sum(hidden for _, hidden in drawn) / len(drawn)
            )
            for name, drawn in sorted(outcomes.items())
        }
        self.m = min(map(len, outcomes.values()), default=0)
        """The smallest number of scored samples that a problem has."""

    def before(self, level: float) -> Iterator[tuple[str, str]]:
        """Lines for a report on the pool's samples, before anything was trained."""
        rates = list(self.rates.values())
        single = sum(not hidden_of(each.tests) for each in self._problems.values())
        if rates:
            visible, hidden = pass_rates(rates, m=self.m, level=level)
            yield (
                "audit of the pool before training",
                f"pass@visible - pass@hidden = {inline(hacking(rates, m=self.m, level=level))}: pass@visible "
                f"{stated(visible)}, pass@hidden {stated(hidden)}",
            )
        if single:
            yield (
                "not audited",
                f"{single} of the pool's {len(self._problems)} problems have a single test, or tests that cannot be "
                f"run one by one: all of it is visible, and nothing is hidden",
            )
        shown = sum(map(_shows_hidden_test, self._problems.values()))
        if shown:
            yield (
                "hidden tests in prompts",
                f"{shown} of the pool's {len(self._problems)} prompts show a hidden test: an answer that is copied "
                f"from the prompt passes the audit too",
            )

    def after(self, tuned: Audit, level: float) -> Iterator[tuple[str, str]]:
        """Lines for a report on held-out problems: the base model's samples, those after training, and the change."""
        names = [name for name in self.rates if name in tuned.rates]
        base, late = [self.rates[name] for name in names], [tuned.rates[name] for name in names]
        if not names:
            return
        m = min(self.m, tuned.m)
        yield (
            "audit on held-out problems",
            f"pass@visible - pass@hidden: base model {stated(hacking(base, m=m, level=level))}, this arm "
            f"{stated(hacking(late, m=m, level=level))}, change {stated(hacking_drift(base, late, m=m, level=level))}; "
            f"n = {len(names)} problems, m = {m}, {level_of(level)} intervals; a rise says that the arm learned the "
            f"tests that its verifier saw",
        )


def _shows_hidden_test(problem: Problem) -> bool:
    hidden = hidden_of(problem.tests)
    if not hidden or not isinstance(problem.tests, AssertTests):
        return False
    shown = kind_of(problem).shown_tests(problem)
    return any(statement in shown or statement in problem.prompt for statement in problem.tests.statements[-hidden:])
