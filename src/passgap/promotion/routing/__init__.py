"""Which upstream serves which call: pure policy, without a clock, a network or a file."""
