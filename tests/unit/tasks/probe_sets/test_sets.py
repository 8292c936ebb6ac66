"""A prompt set with other prompts has its own digest and its own right answers."""

from __future__ import annotations

import pytest

from passgap.tasks.probe_sets import load_probe_set


def test_a_copy_with_other_prompts_keeps_nothing_of_the_first() -> None:
    whole = load_probe_set("everyday", 2)
    first, second = whole.prompts[:2]
    assert whole.is_right(first.id, "") is not None
    digest = whole.digest
    part = whole.model_copy(update={"prompts": (second,)})
    assert part.digest != digest
    assert part.is_right(second.id, "") is not None
    with pytest.raises(KeyError):
        part.is_right(first.id, "")
    assert part.model_copy(update={"prompts": whole.prompts}) == whole
    assert whole.model_copy().digest == digest
