"""The answers that a program in another language than Python wrote down, read from its output."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

MARK = b"\x1e"
ANSWERS_BYTES = 16 << 20
"""The most bytes that a program may print, its answers included."""
DEPTH = 200
DIGITS = 4000
"""The most digits of a number, and the greatest exponent of ten, that are read."""
SHORT_BYTES = 1 << 16
"""An answer of so many bytes is always read, whatever is expected."""
LONGER = 32
"""How many times longer than the expected value an answer can be and still be equal: escapes make a text six times as
long, and digits a number."""


@dataclass(frozen=True)
class Answer:
    """The answer to one call: a value, or the name of what was raised."""

    raised: bool
    value: Any
    size: int = field(default=0, compare=False)
    """The bytes that it was written in."""

    @property
    def longest(self) -> int:
        """The most bytes of another answer that is compared with this one."""
        return max(SHORT_BYTES, LONGER * self.size)


@dataclass(frozen=True)
class Number:
    """A number that is written in decimal digits, exactly; infinities and NaN are floats."""

    value: Fraction | float


@dataclass(frozen=True)
class Tagged:
    """A value of a type that JSON lacks, by the tag of :mod:`passgap.harnesses.base`."""

    tag: str
    value: Any


class BadAnswers(Exception):
    """The output does not hold answers as a harness writes them; the message says why."""


def answers_in(output: bytes, count: int, longest: Sequence[int] | None = None) -> list[Answer]:
    """Return the answers in what a program printed, in the order of the calls, as far as they were given.

    What stands between them is the program's own output.

    Args:
        output: of the program.
        count: the number of calls.
        longest: the most bytes of each answer that are read; a longer one is a value that equals nothing, so that a
            program cannot keep the judge busy with it.

    Raises:
        BadAnswers: something that begins like an answer is none, or an answer is out of order.
    """
    answers: list[Answer] = []
    for frame in output.split(MARK, count + 1)[1:]:
        line, ended, _ = frame.partition(b"\n")
        if not ended:
            break
        begun = b"%d" % len(answers)
        kind = line[len(begun) : len(begun) + 1]
        if len(answers) == count or not line.startswith(begun) or kind not in (b"=", b"!"):
            raise BadAnswers(f"after {len(answers)} answers, something else stands where the next one was due")
        text = line[len(begun) + 1 :]
        read = longest is None or len(text) <= longest[len(answers)]
        answers.append(Answer(kind == b"!", value_in(text) if read else unread(text), len(text)))
    return answers


def unread(text: bytes) -> Tagged:
    """A value that equals nothing, in place of one that is too long to be the expected one."""
    digest = hashlib.sha256(text).hexdigest()
    return Tagged("x", f"{len(text)} bytes, many more than the expected value has (sha256 {digest:.8})")


def value_in(text: bytes) -> Any:
    """Return the value that an answer's JSON stands for.

    Raises:
        BadAnswers: it is no such JSON, or larger than is read.
    """
    try:
        return _value(json.loads(text.decode("utf-8", "surrogateescape"), strict=False, parse_int=_whole), DEPTH)
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise BadAnswers(f"an answer cannot be read: {error}") from None


def _whole(digits: str) -> int:
    if len(digits) > DIGITS:
        raise ValueError(f"an integer of {len(digits)} digits")
    return int(digits)


def _value(held: Any, depth: int) -> Any:
    if depth == 0:
        raise ValueError("it is nested too deeply")
    if isinstance(held, list):
        return [_value(each, depth - 1) for each in held]
    if isinstance(held, float):
        raise ValueError("a number without its type")
    if not isinstance(held, dict):
        return held
    if len(held) != 1:
        raise ValueError("an object has one key")
    ((tag, inner),) = held.items()
    if tag in ("f", "n"):
        return Number(number_in(str(inner))) if tag == "f" else Tagged(tag, _whole(str(inner)))
    if tag in ("t", "s") and isinstance(inner, list):
        return Tagged(tag, [_value(each, depth - 1) for each in inner])
    if tag in ("m", "r") and isinstance(inner, list) and all(isinstance(e, list) and len(e) == 2 for e in inner):
        return Tagged(tag, [(_value(key, depth - 1), _value(item, depth - 1)) for key, item in inner])
    if tag in ("o", "c", "x"):
        return Tagged(tag, _value(inner, depth - 1))
    raise ValueError(f"{tag!r} is no type")


def number_in(text: str) -> Fraction | float:
    """Return the number that digits stand for, exactly."""
    found = Decimal(text.strip().lower().replace("infinity", "inf").removeprefix("+"))
    if not found.is_finite():
        return math.nan if found.is_nan() else math.copysign(math.inf, found)
    if len(found.as_tuple().digits) > DIGITS or abs(found.adjusted()) > DIGITS:
        raise ValueError("a number of too many digits")
    return Fraction(found)
