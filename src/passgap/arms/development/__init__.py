"""Problems that settings are chosen on: never held-out ones, so that a result is not chosen by itself."""

from passgap.arms.development.measuring import Point, development_problems, measure_points, measure_prompts

__all__ = ["Point", "development_problems", "measure_points", "measure_prompts"]
