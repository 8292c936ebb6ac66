"""Findings of contamination: what is too close to a held-out problem, and by which rule."""

from __future__ import annotations

from enum import StrEnum

from passgap.records import Record


class ContaminationRule(StrEnum):
    """Why two items are too close."""

    EXACT = "exact"
    OVERLAP = "13-gram"
    NEAR_DUPLICATE = "near-duplicate"
    SAME_TESTS = "same-tests"
    BEFORE_CUTOFF = "before-cutoff"
    TESTS_SHOWN = "tests-shown"
    """By design: the prompt of a held-out problem shows the tests that decide about its programs."""


_OF_HELDOUT = frozenset({ContaminationRule.BEFORE_CUTOFF, ContaminationRule.TESTS_SHOWN})
"""Rules by which held-out problems are found, and no items that could be trained on."""


class ContaminationItem(Record):
    """One finding: a pool item and the held-out item that it is too close to. ``score`` is a similarity in [0, 1]."""

    item: str
    matched: str
    rule: ContaminationRule
    score: float


class ContaminationLog(Record):
    """Every finding, ordered by item."""

    items: tuple[ContaminationItem, ...]

    @property
    def dirty(self) -> frozenset[str]:
        """The pool items that may not be trained on."""
        return frozenset(each.item for each in self.items if each.rule not in _OF_HELDOUT)
