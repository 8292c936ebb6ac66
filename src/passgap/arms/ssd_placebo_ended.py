"""The placebo of a verified arm that stops as it does: as many own samples that ended by themselves, drawn at random.

It shares dose and stopping with that arm, and lacks the verification alone.
"""

from __future__ import annotations

from passgap.arms.placebo import PlaceboArm


class SsdPlaceboEnded(PlaceboArm):
    """A random filter at the acceptance rate of a verifier, of those that ended by themselves and of the others."""

    name = "ssd-placebo-ended"
    caption = "placebo, ended alike"
    position = 27.0
    ends_alike = True


ARM = SsdPlaceboEnded()
