"""Several claims at once: p-values that hold for all of them together."""

from __future__ import annotations

from collections.abc import Mapping


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Holm's step-down adjustment (1979, Scandinavian Journal of Statistics 6), by name.

    Rejecting what is at most alpha holds the probability of any false rejection at alpha, whatever the claims have to
    do with each other: arms that are compared with one base model share its errors.
    """
    ordered = sorted(p_values.items(), key=lambda item: item[1])
    adjusted: dict[str, float] = {}
    largest = 0.0
    for rank, (name, p) in enumerate(ordered):
        largest = max(largest, min(1.0, (len(ordered) - rank) * p))
        adjusted[name] = largest
    return {name: adjusted[name] for name in p_values}
