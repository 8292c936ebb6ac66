"""Agreement: the share of the other samples of its problem that behave like a sample on the tests' inputs.

Only inputs are read, never an expected value. The plurality is often wrong on the problems that matter, so that the
share is a score with a calibrated threshold and never a filter by itself (arXiv 2603.29292).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from passgap.arms.base import DeclaredStudy, Lab, Work
from passgap.arms.self_training.pool_tests import lacks_tests
from passgap.arms.verifiers.base import Scores, Verifier
from passgap.languages import LANGUAGES
from passgap.records import OutcomeKind
from passgap.spec.draft import DraftSections
from passgap.spec.fine_tuning import SamplingSection

if TYPE_CHECKING:
    from passgap.arms.self_training.pool import PoolSamples
    from passgap.arms.self_training.scored_pool import ScoredPool


class Agreement(Verifier):
    """Groups samples by the values that they give on the inputs of the pool's tests."""

    name = "agreement"
    caption = "agreement of samples"
    position = 40.0
    source = "the model's own samples"
    rule = (
        "the share of the problem's other samples that give the same values on the inputs of its tests; where no value "
        "was observed, that are the same program; 0 for a sample that cannot be run"
    )

    def refusals(self, sampling: SamplingSection, study: DraftSections, at: str) -> Iterator[str]:
        """One sample of a problem agrees with nothing."""
        if sampling.per_prompt < 2:
            yield (
                f"{at}: `{self.name}` compares the samples of a problem with each other, and only "
                f"{sampling.per_prompt} is drawn. Set `sampling.per_prompt` to 2 or more; 8 or more is customary."
            )

    def lacks(self, study: DeclaredStudy, at: str) -> Iterator[str]:
        """Without tests there are no inputs to compare samples on."""
        yield from lacks_tests(study, at, needs="give inputs to compare samples on")

    def work(self, sampling: Work) -> tuple[Work, ...]:
        """The samples are run on the inputs of the pool's tests, once for every arm that runs them."""
        return (replace(sampling, run=True, draw=False, title="run the pool's tests"),)

    def verify(self, pool: PoolSamples, lab: Lab) -> Scores:
        """Group the samples of each problem by their behaviour."""
        from passgap.arms.self_training.scored_pool import score_pool  # noqa: PLC0415 - a study is checked without it

        scored = score_pool(pool, lab)
        values: list[float | None] = [None] * len(pool.samples)
        for positions in scored.by_problem().values():
            keys = {each: _behaviour(scored, each) for each in positions if scored.outcome(each) is not None}
            sizes = Counter(keys.values())
            for position, key in keys.items():
                alike = 0 if key is None else sizes[key] - 1
                values[position] = alike / max(1, len(keys) - 1)
        return Scores(tuple(values), (scored.cost,))


def _behaviour(scored: ScoredPool, position: int) -> str | None:
    """A text that is equal for samples that behave alike; None for one that shows no behaviour at all."""
    result = scored.results[position]
    if result is None or result.outcome is OutcomeKind.REFUSED:
        return None
    if result.behaviour is not None:
        return f"values {result.behaviour}"
    pool = scored.pool
    language = LANGUAGES[pool.languages[position]]
    program = pool.programs[position]
    return f"program {language.normal_form(program)}" if language.parse(program) is not None else None


VERIFIER = Agreement()
