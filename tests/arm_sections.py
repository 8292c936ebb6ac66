"""Blocks of arms under which a study of a dozen problems reads every field, and takes seconds."""

from __future__ import annotations

from typing import Any

SECTIONS: dict[str, dict[str, Any]] = {
    "decode-only": {"temperatures": [0.0, 0.4], "samples": 2},
    "prompt": {"max_metric_calls": 16, "development": 4, "minibatch": 1},
    "retrieval": {"k": [1, 2], "development_samples": 1},
    "retrieval-external": {"k": [1, 2], "development_samples": 1},
}
"""By the arm's name; others are declared without a field."""

OTHERS: dict[str, dict[str, Any]] = {
    "ssd-placebo": {"ssd-verified": {}},
    "ssd-placebo-ended": {"ssd-verified": {}},
}
"""Blocks of other arms that an arm cannot be declared without."""
