"""Monitors of a candidate: they read telemetry outside of the gateway, and go on from where they stopped."""
