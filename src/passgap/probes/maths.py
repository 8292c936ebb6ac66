"""Maths: the share of short word problems that are solved."""

from __future__ import annotations

from passgap.probes._everyday import everyday

PROBE = everyday("maths", 110, "share of short word problems that are solved")
