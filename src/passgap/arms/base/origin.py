"""The origins of the data that arms train on or show."""

from __future__ import annotations

from enum import StrEnum


class Origin(StrEnum):
    """The origin of the data that an arm trains on or shows, which decides what it may be called.

    Only an arm on raw own samples is minimal self-distillation (arXiv 2604.01193): filtering adds a signal that the
    model's distribution does not have, and external data add knowledge.
    """

    RAW_OWN = "raw own samples"
    """The model's own samples, right or wrong, less empty answers and stubs."""
    FILTERED_OWN = "filtered own samples"
    """The model's own samples, selected, paired or rewarded by something that judges them."""
    THINNED_OWN = "randomly thinned own samples"
    """The model's own samples, drawn at random: nothing judges the single sample, and yet how many are drawn is taken
    from an arm that filters, so that they are not raw."""
    EXTERNAL = "external data"
    """Data that the model did not write."""
    NONE = "none"
    """Nothing is trained or shown."""
