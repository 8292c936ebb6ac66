"""The units of bare figures as types: the annotation of a field says what its number counts.

A measured quantity carries its unit itself (:class:`passgap.records.Estimate`). These types check nothing; bounds are
declared at the field.
"""

from __future__ import annotations

from typing import Annotated

FractionOf1 = Annotated[float, "a fraction of 1: a probability, a share, or a confidence level; shown in percent"]
Difference = Annotated[float, "a difference of two fractions of 1; shown in percentage points"]
ToleranceSize = Annotated[float, "a fraction of 1, in the unit that the tolerance declares"]
Ratio = Annotated[float, "one value divided by another of the same unit"]
DeviceHours = Annotated[float, "hours of one device"]
Days = Annotated[float, "days"]
Seconds = Annotated[float, "seconds"]
TokensPerSecond = Annotated[float, "tokens per second"]
Money = Annotated[float, "an amount in the currency that the study declares"]
