"""Entropy: how much the model spreads its next-token probability, on the base model's own samples."""

from __future__ import annotations

from passgap.probes._outcome import Rule
from passgap.probes._tokenwise import ProfileProbe
from passgap.spec import Tolerance, ToleranceUnit

PROBE = ProfileProbe(
    name="entropy",
    position=122,
    quantity="entropy of the next token on the base model's samples, in nats",
    in_words="the spread of its predictions",
    rule=Rule.FALL,
    collapse=True,
    tolerance=Tolerance(
        key="entropy",
        default=0.5,
        unit=ToleranceUnit.SHARE_OF_BASE,
        description="Largest relative fall of the entropy of the next token.",
    ),
    optional=True,
    needs="likelihoods",
    value=lambda profile, positions: profile.entropy / positions,
)
