"""Agreement counts the other samples that behave alike, and never reads an expected value."""

from __future__ import annotations

from collections.abc import Callable

from passgap.arms.self_training.pool import sample_pool
from passgap.arms.ssd_verified import ARM
from passgap.arms.verifiers.agreement import VERIFIER
from passgap.study import Study
from passgap.study.lab import StudyLab

SAME = "    y = x - 7\n    return y\n"
SAME_IN_OTHER_WORDS = "    return -7 + x\n"
OTHER = "    y = x * 3\n    return y\n"
RAISES = "    raise ValueError(x)\n"


def test_scores_are_shares_of_the_other_samples(
    with_three_tests: Callable[..., Study],
    samples_that_are: Callable[..., None],
    lab_of: Callable[[Study], StudyLab],
) -> None:
    """No sample is right: the tests' expected values play no part."""
    samples_that_are(SAME, SAME_IN_OTHER_WORDS, OTHER, RAISES, SAME, "    return (\n")
    lab = lab_of(with_three_tests({"verifier": "agreement", "sampling": {"per_prompt": 6}}))
    pool = sample_pool(lab, ARM.registered(ARM.section_of(lab.spec), lab))
    scores = VERIFIER.verify(pool, lab)
    for positions in pool.by_problem.values():
        assert [scores.values[each] for each in positions] == [0.4, 0.4, 0.0, 0.0, 0.4, 0.0]
    assert [cost.stage for cost in scores.costs] == ["scoring"]
