"""Verifiers, one file each: checks that score the model's own samples before the verifier-aware arm trains on them.

A verifier is the constant ``VERIFIER`` of a module here, or an entry point of the group ``passgap.verifiers``.
"""

from passgap.arms.verifiers.base import Scores, Verifier
from passgap.registry import Registry

VERIFIERS: Registry[Verifier] = Registry(
    package="passgap.arms.verifiers", attribute="VERIFIER", group="passgap.verifiers", noun="verifier"
)

__all__ = ["VERIFIERS", "Scores", "Verifier"]
