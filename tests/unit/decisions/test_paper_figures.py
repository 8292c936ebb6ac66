from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from loaded import module_at
from passgap.records import Estimate

EXAMPLE = Path(__file__).parents[3] / "examples" / "paper_figures.py"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    return module_at(EXAMPLE, "paper_figures")


def test_every_extreme_table_has_the_published_mean(example: ModuleType) -> None:
    for figures in example.FIGURES:
        lift = (figures.tuned_1 - figures.base_1) / 100
        for measured, value in (
            (example.own_interval(figures.base_1), figures.base_1 / 100),
            (example.lift_if_spread_thin(figures), lift),
            (example.lift_if_whole_problems(figures), lift),
            (example.lift_if_independent(figures), lift),
            (example.gap_interval(figures), (figures.base_5 - figures.base_1) / 100),
        ):
            assert isinstance(measured, Estimate)
            assert measured.n == 131
            assert measured.value == pytest.approx(value, abs=1e-9)


def test_it_prints_a_judgement_for_every_model(example: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    example.main()
    printed = capsys.readouterr().out
    assert all(figures.model in printed for figures in example.FIGURES)
    assert "if few problems got worse" in printed and "only if it is spread thin" in printed


def test_the_cases_are_ordered_from_favourable_to_unfavourable(example: ModuleType) -> None:
    for figures in example.FIGURES:
        cases = (example.lift_if_spread_thin, example.lift_if_whole_problems, example.lift_if_independent)
        widths = [case(figures).high - case(figures).low for case in cases]
        assert widths == sorted(widths)
