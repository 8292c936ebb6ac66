"""The means that probes need beside answers and that are here: an engine that reports likelihoods, and libraries."""

from __future__ import annotations

from importlib.util import find_spec

from passgap.spec import StudySpec

LIKELIHOODS = "likelihoods"
LIBRARIES = ("bandit",)

_WITH_LIKELIHOODS = ("local",)
"""Engines that report all logits of given tokens."""


def able_of(spec: StudySpec) -> frozenset[str]:
    """The means that there are, for a study that is declared here and now."""
    found = {name for name in LIBRARIES if find_spec(name) is not None}
    return frozenset(found | {LIKELIHOODS} if spec.engine.name in _WITH_LIKELIHOODS else found)
