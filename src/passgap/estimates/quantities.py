"""The quantities that are estimated for each k, as values instead of text: they are text only as keys of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from passgap.records import Measured


@dataclass(frozen=True)
class PassAtK:
    """pass@k: the probability that at least one of k samples passes, a fraction.

    Raises:
        ValueError: ``k`` is below 1.
    """

    k: int

    def __post_init__(self) -> None:
        if self.k < 1:
            raise ValueError(f"pass@k needs k of 1 or more, not {self.k}")

    def __str__(self) -> str:
        return f"pass@{self.k}"


@dataclass(frozen=True)
class GapAtK:
    """The gap pass@k - pass@1, a difference of two fractions that is never negative.

    Raises:
        ValueError: ``k`` is below 2.
    """

    k: int

    def __post_init__(self) -> None:
        if self.k < 2:
            raise ValueError(f"a gap compares pass@k with pass@1, so k must be 2 or more, not {self.k}")

    def __str__(self) -> str:
        return f"gap@{self.k}"


Quantity = PassAtK | GapAtK
"""A quantity of an estimate table or of a comparison; ``str`` gives its key."""

PASS_AT_1 = PassAtK(1)


def parse_quantity(key: str) -> Quantity:
    """Read the key of a quantity.

    Raises:
        ValueError: it is neither pass@k nor gap@k with a k that is defined for it.
    """
    kind, separator, k = key.partition("@")
    if not separator or kind not in ("pass", "gap") or not k.isdecimal():
        raise ValueError(f"{key!r} is neither pass@k nor gap@k")
    return PassAtK(int(k)) if kind == "pass" else GapAtK(int(k))


def quantities_for(ks: Iterable[int]) -> tuple[Quantity, ...]:
    """pass@k for every k, then gap@k for every k above 1, each by ascending k."""
    wanted = sorted(set(ks))
    return (*map(PassAtK, wanted), *(GapAtK(k) for k in wanted if k > 1))


def passes_in(row: Mapping[str, Measured]) -> dict[int, Measured]:
    """The values of pass@k in a row of a table, by ascending k."""
    return _by_k(row, PassAtK)


def gaps_in(row: Mapping[str, Measured]) -> dict[int, Measured]:
    """The values of gap@k in a row of a table, by ascending k."""
    return _by_k(row, GapAtK)


def _by_k(row: Mapping[str, Measured], kind: type[Quantity]) -> dict[int, Measured]:
    named = ((parse_quantity(key), measured) for key, measured in row.items())
    return dict(sorted(((quantity.k, measured) for quantity, measured in named if isinstance(quantity, kind)), key=_k))


def _k(item: tuple[int, Measured]) -> int:
    return item[0]
