from __future__ import annotations

import pytest

from passgap.decisions import Evidence, Thresholds, Verdict, VerdictKind, decide_next_look, decide_verdict
from passgap.errors import StudyError
from passgap.estimates import counts_from_columns, doubling_looks, estimate_all

PLAN = doubling_looks(100, 400)


def verdict(correct: list[int], level: float = PLAN.level_each) -> Verdict:
    counts = counts_from_columns([f"p{i:04d}" for i in range(len(correct))], [16] * len(correct), correct)
    return decide_verdict(Evidence(table=estimate_all(counts, level=level)), Thresholds(level=level))


DECISIVE, OPEN = verdict([0] * 50 + [4] * 50), verdict([0] * 94 + [2] * 6)


def test_a_decisive_verdict_stops() -> None:
    assert DECISIVE.verdict is VerdictKind.GO_SSD
    got = decide_next_look(DECISIVE, 100, PLAN)
    assert got.stop and got.problems is None and "GO-SSD" in got.why


def test_an_open_verdict_goes_on_to_the_next_declared_look_until_the_last() -> None:
    assert OPEN.verdict is VerdictKind.MEASURE_MORE
    assert [decide_next_look(OPEN, n, PLAN).problems for n in (100, 200)] == [200, 400]
    last = decide_next_look(OPEN, 400, PLAN)
    assert last.stop and "too near" in last.why


def test_undeclared_looks_and_plain_intervals_are_refused_together() -> None:
    with pytest.raises(StudyError) as caught:
        decide_next_look(verdict([0] * 94 + [2] * 6, level=0.95), 150, PLAN)
    assert "150 problems is not a declared look (100, 200, 400)" in caught.value.problems[0]
    assert caught.value.problems[1] == (
        f"the verdict rests on 95 % intervals, and each of 3 looks needs {100 * PLAN.level_each:.4g} %"
    )


def test_an_open_verdict_does_not_stop_before_the_last_look() -> None:
    going = decide_next_look(OPEN, 100, PLAN)
    assert not going.stop and going.why == "still open at 100 problems"
