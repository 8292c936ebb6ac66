"""Locks: the share of positions at which one token has nearly all probability, on the base model's own samples."""

from __future__ import annotations

from passgap.probes._outcome import Rule
from passgap.probes._tokenwise import ProfileProbe
from passgap.spec import Tolerance, ToleranceUnit

PROBE = ProfileProbe(
    name="locks",
    position=126,
    quantity="share of positions where one token has nearly all of the probability",
    in_words="positions that leave none",
    rule=Rule.FALL,
    tolerance=Tolerance(
        key="locks",
        default=0.10,
        unit=ToleranceUnit.DIFFERENCE,
        description="Largest fall of the share of positions where one token has nearly all of the probability.",
    ),
    optional=True,
    needs="likelihoods",
    value=lambda profile, positions: profile.locks / positions,
)
