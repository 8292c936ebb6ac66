"""The promotion of a study's checkpoints: from its evidence into the registry, and from state to state."""
