"""Checkpoints that were trained by other programs."""
