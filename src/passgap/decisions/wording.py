"""Measured numbers inside a sentence, never without their interval."""

from __future__ import annotations

from passgap.records import Estimate, Insufficient, Measured


def percent(measured: Measured) -> str:
    """``12.3 % [9.1, 15.5]``, or why there is no number."""
    if isinstance(measured, Insufficient):
        return f"not measured ({measured.insufficient})"
    return f"{100 * measured.value:.1f} % [{100 * measured.low:.1f}, {100 * measured.high:.1f}]"


def points(measured: Measured) -> str:
    """``12.3 pp [9.1, 15.5]`` for a gap, ``+1.4 pp [-0.3, 3.1]`` for a change, or why there is no number."""
    if isinstance(measured, Insufficient):
        return f"not measured ({measured.insufficient})"
    value = f"{100 * measured.value:{'+.1f' if measured.unit == 'difference' else '.1f'}}"
    return f"{value} pp [{100 * measured.low:.1f}, {100 * measured.high:.1f}]"


def sizes(measured: Measured) -> str:
    """``n = 224 problems, m = 16 samples, 95 % interval``."""
    text = f"n = {measured.n} problems, m = {measured.m} samples each"
    return f"{text}, {100 * measured.level:.4g} % intervals" if isinstance(measured, Estimate) else text


def listed(names: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
