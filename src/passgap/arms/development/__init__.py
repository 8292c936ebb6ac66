"""Problems of the pool that settings are chosen on: never held-out ones, so that a result is not chosen by itself."""

from passgap.arms.development.measuring import development_problems, measure_prompts

__all__ = ["development_problems", "measure_prompts"]
