"""The probability of a false alarm is split over the guardrails, and adds up to what is declared."""

from __future__ import annotations

import pytest

from passgap.errors import StudyError
from passgap.promotion.metrics import METRICS
from passgap.promotion.monitoring.plan import Design, guards_of
from passgap.spec.promotion import PromotionSection


@pytest.mark.parametrize("names", [("errors",), ("errors", "latency"), ("accepted", "longer", "errors"), ("refusal",)])
def test_the_alphas_add_up(names: tuple[str, ...]) -> None:
    rules = PromotionSection(alpha=0.06, errors_alpha=0.02, guards=dict.fromkeys(names, 0.01))
    guards = guards_of(rules)
    assert sum(each.alpha for each in guards) == pytest.approx(0.06)
    if len(names) > 1:
        assert sum(each.alpha for each in guards if each.metric == "errors") == pytest.approx(0.02)
    assert {each.margin for each in guards} == {0.01}


def test_latency_and_signals_are_never_compared_on_mirrors_and_signed_lengths_only_there() -> None:
    guards = guards_of(PromotionSection(guards=dict.fromkeys(METRICS, 0.0)))
    designs = {each.metric: {other.design for other in guards if other.metric == each.metric} for each in guards}
    assert designs["latency"] == designs["accepted"] == designs["reverted"] == designs["edited"] == {Design.USERS}
    assert designs["longer"] == designs["shorter"] == {Design.PAIRS}
    assert designs["errors"] == designs["syntax"] == {Design.PAIRS, Design.USERS}


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(StudyError) as error:
        guards_of(
            PromotionSection(alpha=0.01, errors_alpha=0.01, guards={"errors": 0.0, "latncy": 0.0, "nothing": 0.0})
        )
    told = "\n".join(error.value.problems)
    assert "Did you mean `latency`?" in told and "promotion.guards.nothing" in told and "errors_alpha" in told
