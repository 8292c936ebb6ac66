"""Unit tests: the share of the visible tests of its problem that a sample passes.

The last third of each problem's tests is hidden from the verifier and audits what it accepts: a sample that was made to
pass the tests that are seen need not pass the others (arXiv 2305.01210).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from passgap.arms.base import DeclaredStudy, Lab, Work
from passgap.arms.self_training.pool_tests import HIDDEN_RULE, lacks_tests, visible_part
from passgap.arms.self_training.selection import POOL
from passgap.arms.verifiers.base import Scores, Verifier

if TYPE_CHECKING:
    from passgap.arms.self_training.pool import PoolSamples


class UnitTests(Verifier):
    """Runs the visible tests in the sandbox."""

    name = "unit-tests"
    caption = "unit tests"
    position = 10.0
    source = "the visible part of the pool's tests"
    rule = f"the share of the problem's visible tests that the sample passes; {HIDDEN_RULE}"

    def lacks(self, study: DeclaredStudy, at: str) -> Iterator[str]:
        """A pool without tests has nothing to run."""
        yield from lacks_tests(study, at, needs="run a sample")

    def work(self, sampling: Work) -> tuple[Work, ...]:
        """Every sample is run once on the visible tests."""
        return (replace(sampling, results=f"{POOL}-{self.name}", run=True, draw=False, title="verify the pool"),)

    def verify(self, pool: PoolSamples, lab: Lab) -> Scores:
        """Run the visible tests of every problem."""
        from passgap.records import Stage  # noqa: PLC0415 - a study is checked without these
        from passgap.stages import cost_of  # noqa: PLC0415
        from passgap.stages.evaluation import run_samples  # noqa: PLC0415

        visible = tuple(map(visible_part, pool.problems.values()))
        ran = run_samples(
            f"{POOL}-{self.name}",
            pool.artifact,
            visible,
            pool.prompts,
            lab.executor,
            lab.stage,
            stage=Stage.VERIFICATION,
        )
        return Scores(pool.shares_of(ran), (cost_of(ran),))


VERIFIER = UnitTests()
