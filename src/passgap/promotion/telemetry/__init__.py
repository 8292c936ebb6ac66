"""Telemetry: one row per call, written before the call's last byte is released, kept by day."""
