"""The base of every section of a study, and the types that its fields share.

Every field's description says why it is needed and its example how it is written: the intake prints both when the
field is missing.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from passgap.records import Record


class Section(Record):
    """A section of a study: frozen, refuses unknown fields, accepts ``pass@1`` as a name."""

    model_config = ConfigDict(populate_by_name=True)


def _count(value: Any) -> Any:
    """Read ``135M`` or ``8B`` as a number."""
    if isinstance(value, str):
        scale = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}.get(value.strip()[-1:].upper())
        digits = value.strip()[:-1] if scale else value.strip()
        try:
            return round(float(digits) * (scale or 1))
        except ValueError:
            return value
    return value


def _last_day(value: Any) -> Any:
    """Read a month, ``2024-06``, as its last day: cutoffs are published as months."""
    if isinstance(value, str) and (month := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", value.strip())):
        year, number = int(month[1]), int(month[2])
        return dt.date(year, number, calendar.monthrange(year, number)[1]) if year else value
    return value


Text = Annotated[str, Field(min_length=1)]


Fraction = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


Hours = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


Count = Annotated[int, BeforeValidator(_count), Field(gt=0)]


Day = Annotated[dt.date, BeforeValidator(_last_day)]
