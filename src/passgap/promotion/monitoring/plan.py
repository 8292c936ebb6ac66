"""Which monitors watch a candidate, and how the probability of a false alarm is split over them."""

from __future__ import annotations

from enum import StrEnum

from passgap.errors import StudyError
from passgap.promotion.metrics import METRICS, Metric
from passgap.records import Record
from passgap.spec.promotion import ERRORS, PromotionSection, refusals_of_guards


class Design(StrEnum):
    """How the two models are compared."""

    PAIRS = "pairs"
    """The same request, answered by both."""
    USERS = "users"
    """Users in the canary against the others, each with one value."""


class Guard(Record):
    """One monitor: a metric in a design, with its share of alpha."""

    metric: str
    design: Design
    alpha: float
    margin: float

    @property
    def key(self) -> str:
        """Its name in the state."""
        return f"{self.design}:{self.metric}"

    @property
    def quantity(self) -> str:
        """The direction that is better, for people."""
        return METRICS[self.metric].quantity


def guards_of(rules: PromotionSection) -> tuple[Guard, ...]:
    """The monitors of the declared guardrails: their alphas add up to the declared one.

    A metric that can be compared in both designs has two monitors, which share its alpha.

    Raises:
        StudyError: a guardrail has no metric of its name, or errors have more alpha than there is.
    """
    problems = list(refusals_of_guards(rules, tuple(METRICS)))
    if problems:
        raise StudyError("the guardrails cannot be watched", problems)
    return tuple(
        Guard(metric=name, design=design, alpha=_alpha(rules, name) / len(_designs(METRICS[name])), margin=margin)
        for name, margin in rules.guards.items()
        for design in _designs(METRICS[name])
    )


def _alpha(rules: PromotionSection, name: str) -> float:
    others = [each for each in rules.guards if each != ERRORS]
    if name == ERRORS:
        return min(rules.errors_alpha, rules.alpha) if others else rules.alpha
    return (rules.alpha - (rules.errors_alpha if ERRORS in rules.guards else 0.0)) / len(others)


def _designs(metric: Metric) -> tuple[Design, ...]:
    return tuple(design for design, held in ((Design.PAIRS, metric.in_pairs), (Design.USERS, metric.in_users)) if held)
