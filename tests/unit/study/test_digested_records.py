"""Every record that becomes part of a digest while a study is worked on has its digest pinned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel
from tests.compat.test_digests import PINNED_BY_TYPE

from passgap.errors import PassgapError
from passgap.records import identity

from .conftest import OpenStudy


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the types whose fields were looked at for a digest."""
    found: set[str] = set()
    plain: Callable[[type[BaseModel]], Any] = identity._later_fields

    def watched(kind: type[BaseModel]) -> Any:
        found.add(kind.__name__)
        return plain(kind)

    monkeypatch.setattr(identity, "_later_fields", watched)
    return found


def test_every_record_that_is_part_of_a_digest_has_one_that_is_pinned(open_scripted: OpenStudy, seen: set[str]) -> None:
    study = open_scripted()
    study.run(["decode-only"])
    study.register("ssd")
    with pytest.raises((PassgapError, AssertionError)):
        study.train("ssd")  # samples and selects; the scripted services have no trainer
    assert "Problem" in seen and "PipelineSpec" in seen
    assert seen <= set(PINNED_BY_TYPE)
