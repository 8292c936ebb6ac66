"""Forks: the share of positions at which no token has half of the probability, on the base model's own samples.

Sharpening where one token is right does no harm; where several are, it costs diversity, which a fall of forks shows.
"""

from __future__ import annotations

from passgap.probes._outcome import Rule
from passgap.probes._tokenwise import ProfileProbe
from passgap.spec import Tolerance, ToleranceUnit

PROBE = ProfileProbe(
    name="forks",
    position=124,
    quantity="share of positions where no token has half of the probability",
    in_words="positions that leave a choice",
    rule=Rule.FALL,
    collapse=True,
    tolerance=Tolerance(
        key="forks",
        default=0.10,
        unit=ToleranceUnit.DIFFERENCE,
        description="Largest fall of the share of positions where no token has half of the probability.",
    ),
    optional=True,
    needs="likelihoods",
    value=lambda profile, positions: profile.forks / positions,
)
