"""LiveCodeBench (Jain et al. 2024, arXiv 2403.07974): contest problems by date, as code_generation_lite has them."""

from passgap.tasks.sources.livecodebench.source import SOURCE

__all__ = ["SOURCE"]
