"""The placebo of a verified arm: as many own samples with as many tokens, drawn at random.

It shares the dose with that arm, and neither the verification nor that what is verified has mostly ended by itself.
"""

from __future__ import annotations

from passgap.arms.placebo import PlaceboArm


class SsdPlacebo(PlaceboArm):
    """A random filter at the acceptance rate of a verifier."""

    name = "ssd-placebo"
    caption = "placebo"
    position = 26.0
    ends_alike = False


ARM = SsdPlacebo()
