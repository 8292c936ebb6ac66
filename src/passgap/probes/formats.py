"""Formats: the share of small translations between formats, such as CSV and JSON, that are right."""

from __future__ import annotations

from passgap.probes._everyday import everyday

PROBE = everyday("formats", 114, "share of small translations between formats that are right")
