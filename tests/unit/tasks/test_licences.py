"""Licences: what may not be trained on is refused wherever it was read from, and share-alike is told."""

from __future__ import annotations

import pytest

from passgap.errors import StudyError
from passgap.records import Problem
from passgap.tasks import task_set
from passgap.tasks.licences import licence_of, refuse_untrainable, share_alike


def problem(source: str, licence: str | None = None) -> Problem:
    return Problem(id=f"{source}/{licence}", prompt="?", source=source, licence=licence)


def test_a_problem_has_its_own_licence_or_that_of_its_set() -> None:
    assert licence_of(problem("starter")) == "Apache-2.0"
    assert licence_of(problem("starter", "MIT")) == "MIT"
    assert licence_of(problem("nobody's")) is None


def test_what_may_not_be_trained_on_is_refused_under_any_name() -> None:
    refuse_untrainable(task_set("pool", [problem("starter"), problem("mine", "MIT"), problem("mine")]))
    barred = [problem("multipl-e"), problem("mine", "BSD-3, may not be used as training data"), problem("starter")]
    with pytest.raises(StudyError, match="holds 2 problems that may not be trained on"):
        refuse_untrainable(task_set("converted", barred))


@pytest.mark.parametrize(
    ("licence", "shared"),
    [("CC-BY-SA-4.0", True), ("GPL-3.0", True), ("LGPL-2.1", True), ("share-alike", True), ("CC-BY-4.0", False)],
)
def test_share_alike_licences_are_counted(licence: str, shared: bool) -> None:
    assert dict(share_alike([problem("mine", licence), problem("mine")])) == ({licence: 1} if shared else {})
