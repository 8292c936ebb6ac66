"""The declared rules by which a policy gradient ends before its last update."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from passgap.records import PolicyConfig

ENTROPY_UPDATES = 5
"""Updates over which the entropy is averaged before it ends a fine-tune."""


class Group(Protocol):
    """The rewards of one prompt's samples."""

    @property
    def informative(self) -> bool:
        """Whether they differ."""
        ...


class Update(Protocol):
    """One update of the policy."""

    @property
    def entropy(self) -> float:
        """Nats per token."""
        ...

    @property
    def groups(self) -> Sequence[Group]:
        """Its groups."""
        ...


def reason_to_stop(policy: PolicyConfig, updates: Sequence[Update]) -> str | None:
    """Why training should end now, by the declared rules; None where it should not, or no rule is declared."""
    if policy.stop_idle is not None and len(updates) >= policy.stop_idle:
        last = updates[-policy.stop_idle :]
        if not any(group.informative for update in last for group in update.groups):
            return f"no group had a gradient in {policy.stop_idle} updates in a row (`stop_idle`)"
    if policy.stop_entropy is not None and len(updates) >= ENTROPY_UPDATES:
        mean = sum(update.entropy for update in updates[-ENTROPY_UPDATES:]) / ENTROPY_UPDATES
        if mean < policy.stop_entropy:
            return (
                f"the policy's entropy, {mean:.3f} nats per token over {ENTROPY_UPDATES} updates, fell below "
                f"{policy.stop_entropy:g} (`stop_entropy`)"
            )
    return None
