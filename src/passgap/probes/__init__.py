"""The anti-collapse battery over samples, one file a probe; no model access (R9)."""

from passgap.probes.battery import ModelSamples, run_battery
from passgap.probes.outcome import BatteryOutcome, ProbeOutcome, ProbeStatus, Rule, judge

__all__ = ["BatteryOutcome", "ModelSamples", "ProbeOutcome", "ProbeStatus", "Rule", "judge", "run_battery"]
