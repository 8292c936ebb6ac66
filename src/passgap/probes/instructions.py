"""Instructions: the share of instructions on the form of an answer that are followed."""

from __future__ import annotations

from passgap.probes._everyday import everyday

PROBE = everyday("instructions", 112, "share of instructions on the form of an answer that are followed")
