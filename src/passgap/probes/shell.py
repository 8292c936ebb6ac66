"""Shell: the share of Bash commands whose output is told."""

from __future__ import annotations

from passgap.probes._everyday import everyday

PROBE = everyday("shell", 111, "share of Bash commands whose output is told")
