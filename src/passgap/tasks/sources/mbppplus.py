"""MBPP+ (Liu et al. 2023, arXiv 2305.01210): MBPP with many more inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from passgap.records import PromptKind
from passgap.tasks.sources._evalplus import EvalPlusSource, Inputs


class MbppPlus(EvalPlusSource):
    """A file such as ``MbppPlus.jsonl.gz``, whose prompts are a docstring: a description and an assert."""

    name = "mbppplus"
    position = 8
    caption = "MBPP+: MBPP with many more inputs (arXiv 2305.01210)"
    licence = "Apache-2.0"
    difficulty = "none stated"
    dates = "none stated; problems of August 2021"
    prompt_kind = PromptKind.CODE
    prefix = "Mbpp"
    oracles = {  # noqa: RUF012 - never changed
        **{f"Mbpp/{number}": "same-items" for number in (2, 7, 111, 140, 232, 249, 579, 769)},
        **{f"Mbpp/{number}": "something" for number in (737, 756, 794)},
        "Mbpp/164": "or-always-true",
        "Mbpp/295": "or-zero",
        "Mbpp/558": "or-digit-distance",
        "Mbpp/581": "or-surface-area",
    }

    def inputs(self, name: str, given: Inputs) -> Inputs:
        restore = _RESTORE.get(int(name.rpartition("/")[2]))
        return given if restore is None else [list(restore(each)) for each in given]


SOURCE = MbppPlus()

Restore = Callable[[list[Any]], Any]


def _each_argument(given: list[Any]) -> Any:
    """Every argument is a tuple."""
    return map(tuple, given)


def _items(given: list[Any]) -> Any:
    """Every argument is a list of tuples."""
    return [[tuple(item) for item in argument] for argument in given]


def _items_of_first(given: list[Any]) -> Any:
    return [[tuple(item) for item in given[0]], *given[1:]]


def _second(given: list[Any]) -> Any:
    return [given[0], tuple(given[1])]


def _first(given: list[Any]) -> Any:
    return [tuple(given[0]), *given[1:]]


def _tuples_of_tuples(given: list[Any]) -> Any:
    return [tuple(tuple(item) for item in argument) for argument in given]


def _sets(given: list[Any]) -> Any:
    return [[set(item) if isinstance(item, list) and item else {} for item in given[0]]]


def _number_and_complex(given: list[Any]) -> Any:
    return [float(given[0]), complex(given[1])]


def _tuple_of_mixed(given: list[Any]) -> Any:
    return [tuple(tuple(item) if isinstance(item, list) else item for item in given[0])]


def _values(given: list[Any]) -> Any:
    return [{key: tuple(value) for key, value in given[0].items()}, *given[1:]]


def _complex(given: list[Any]) -> Any:
    return [complex(given[0])]


def _all(given: Any) -> Any:
    """Every list, at every depth, is a tuple."""
    return tuple(map(_all, given)) if isinstance(given, list) else given


_NUMBERS: tuple[tuple[Restore, str], ...] = (
    (_each_argument, "2 116 132 143 222 261 273 394 399 421 424 429 470 560 579 596 616 630 726 740 744 809"),
    (_items, "63 64 70 94 120 237 272 299 400 409 417 438 473 614 780"),
    (_items_of_first, "75 413 444 753"),
    (_second, "106 750"),
    (_sets, "115"),
    (_number_and_complex, "124"),
    (_first, "250 307 405 446 617 720 763 808"),
    (_tuples_of_tuples, "259 401 445"),
    (_tuple_of_mixed, "278"),
    (_values, "722"),
    (_complex, "252"),
    (_all, "580 615 791"),
)
_RESTORE = {int(number): restore for restore, numbers in _NUMBERS for number in numbers.split()}
"""How the arguments of a problem are restored, by its number: JSON knows no tuples, sets or complex numbers."""
