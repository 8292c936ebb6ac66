"""Facts: the share of short questions of general knowledge that are answered."""

from __future__ import annotations

from passgap.probes._everyday import everyday

PROBE = everyday("facts", 113, "share of short questions of general knowledge that are answered")
