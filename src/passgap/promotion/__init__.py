"""From a finished study to production and back: registry, gateway, telemetry and monitors."""
