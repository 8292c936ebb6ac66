"""The sign of a pair's difference in length: bounded, whatever single answers do."""

from __future__ import annotations

from passgap.promotion.telemetry.rows import CallRow, Outcome

FACTOR = 1.25
"""From which ratio of tokens on an answer is longer."""


def longer(first: CallRow, second: CallRow) -> int | None:
    """1 if the second answer is longer, -1 if the first is, 0 if neither; None where one has no tokens counted."""
    if first.outcome is not Outcome.OK or second.outcome is not Outcome.OK:
        return None
    before, after = first.completion_tokens, second.completion_tokens
    if before is None or after is None:
        return None
    return int(after > FACTOR * before) - int(before > FACTOR * after)
