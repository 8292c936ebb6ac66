"""Rows of instruction data as conversations, by the column names that are customary.

A conversation stands under ``messages``, or ``conversations`` as ShareGPT writes it. Otherwise a row has a question and
an answer, each a text or a list of messages, under one of :data:`PAIRS`. Other columns are ignored, but for those that
state a licence or a source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from passgap.records import MixedExample, Turn

CONVERSATIONS = ("messages", "conversations", "conversation")
"""Columns that hold a whole conversation."""

PAIRS = (
    ("prompt", "completion"),
    ("prompt", "response"),
    ("instruction", "output"),
    ("instruction", "response"),
    ("question", "answer"),
    ("problem", "solution"),
    ("query", "response"),
    ("input", "output"),
)
"""Columns of a question and its answer; of several pairs that a row has, the first counts."""

CONTEXT = "input"
"""The column that Alpaca's format adds to an instruction, from which it is parted by a blank line."""

PREFERENCE = ("prompt", "chosen", "rejected")
"""Columns of a pair."""

LICENCES, SOURCES = ("licence", "license"), ("source", "origin", "dataset")
"""Columns that state where an example is from."""

_ROLES = ("system", "user", "assistant")
_SHARE_GPT = {"human": "user", "gpt": "assistant"}


class ExampleRow(NamedTuple):
    """One row as an example."""

    example: MixedExample
    columns: str
    """The columns that it was read from, in words."""
    licence: str | None
    source: str | None


ReadRow = Callable[[Mapping[str, Any], str], ExampleRow]
"""From a row and its place, for messages, to an example."""


def read_row(row: Mapping[str, Any], place: str) -> ExampleRow:
    """Build an example from one row: the last assistant turn is the completion, and what follows it is left out.

    Raises:
        ValueError, TypeError: the row is not an example; the message says why.
    """
    turns, columns = _turns(row)
    last = max((at for at, turn in enumerate(turns) if turn.role == "assistant"), default=None)
    if last is None:
        raise ValueError("no assistant turn, so there is nothing to learn")
    if not turns[last].content.strip():
        raise ValueError("the last assistant turn is empty")
    before = turns[:last]
    if not any(turn.role == "user" for turn in before):
        raise ValueError("no user turn before the last assistant turn")
    example = MixedExample(id=place, turns=tuple(before), completion=turns[last].content)
    return ExampleRow(example, columns, _stated(row, LICENCES), _stated(row, SOURCES))


def read_pair(row: Mapping[str, Any], place: str) -> ExampleRow:
    """Build an example with a better and a worse answer from one row of ``prompt``, ``chosen`` and ``rejected``.

    The two answers are texts or lists of messages. Lists may repeat the prompt, which need not be a column then: their
    common turns are the prompt.

    Raises:
        ValueError, TypeError: the row is not a pair; the message says why.
    """
    missing = [name for name in PREFERENCE if row.get(name) is None]
    told = [name for name in PREFERENCE[1:] if isinstance(row.get(name), str)]
    if missing and (missing != ["prompt"] or told):
        raise ValueError(
            f"`{'` and `'.join(missing)}` missing; a pair has `prompt`, `chosen` and `rejected`"
            + (f"; this one has {', '.join(map(str, row))}" if row else "")
        )
    asked = [] if missing else _side(row["prompt"], "prompt", "user")
    sides = [_behind(asked, _side(row[name], name, "assistant")) for name in PREFERENCE[1:]]
    if not asked:
        asked = [one for one, other in zip(*sides, strict=False) if one == other]
        sides = [_behind(asked, side) for side in sides]
    for name, side in zip(PREFERENCE[1:], sides, strict=True):
        if len(side) != 1 or side[0].role != "assistant":
            raise ValueError(f"`{name}`: one answer of the assistant should follow the prompt, not {len(side)} turns")
        if not side[0].content.strip():
            raise ValueError(f"`{name}` is empty")
    if not any(turn.role == "user" for turn in asked):
        raise ValueError("no user turn before the answers")
    chosen, rejected = (side[0].content for side in sides)
    if chosen == rejected:
        raise ValueError("`chosen` and `rejected` are the same, so there is nothing to prefer")
    example = MixedExample(id=place, turns=tuple(asked), completion=chosen, rejected=rejected)
    columns = f"`{'`, `'.join(name for name in PREFERENCE if name not in missing)}`"
    return ExampleRow(example, columns, _stated(row, LICENCES), _stated(row, SOURCES))


def _behind(asked: list[Turn], turns: list[Turn]) -> list[Turn]:
    """The turns behind those of the prompt, where they begin with it."""
    return turns[len(asked) :] if asked and turns[: len(asked)] == asked else turns


def _turns(row: Mapping[str, Any]) -> tuple[list[Turn], str]:
    for name in CONVERSATIONS:
        if row.get(name) is not None:
            return _messages(row[name], name), f"`{name}`"
    for question, answer in PAIRS:
        if row.get(question) is not None and row.get(answer) is not None:
            return _pair(row, question, answer)
    missing = [name for name in PAIRS[0] if row.get(name) is None]
    raise ValueError(
        f"`{'` and `'.join(missing)}` missing; an example has `messages`, or `prompt` and `completion`, or another "
        f"customary pair such as `instruction` and `output`"
        + (f"; this one has {', '.join(map(str, row))}" if row else "")
    )


def _pair(row: Mapping[str, Any], question: str, answer: str) -> tuple[list[Turn], str]:
    asked, columns = row[question], f"`{question}` -> `{answer}`"
    context = row.get(CONTEXT) if question == "instruction" else None
    if isinstance(context, str) and context.strip() and isinstance(asked, str):
        asked, columns = f"{asked}\n\n{context}", f"`{question}` and `{CONTEXT}` -> `{answer}`"
    return [*_side(asked, question, "user"), *_side(row[answer], answer, "assistant")], columns


def _side(value: Any, name: str, role: str) -> list[Turn]:
    if isinstance(value, str):
        return [Turn.model_validate({"role": role, "content": value})]
    return _messages(value, name)


def _messages(value: Any, name: str) -> list[Turn]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise TypeError(f"`{name}` is not a list of messages")
    turns = []
    for number, message in enumerate(value, start=1):
        said = message.get("content", message.get("value")) if isinstance(message, Mapping) else None
        if not isinstance(said, str):
            raise TypeError(f"`{name}`: message {number} has no text in `content`")
        role = message.get("role", message.get("from"))
        role = _SHARE_GPT.get(role, role)
        if role not in _ROLES:
            raise ValueError(f"`{name}`: message {number} has the role {role!r}; there are {', '.join(_ROLES)}")
        turns.append(Turn(role=role, content=said))
    return turns


def _stated(row: Mapping[str, Any], names: Sequence[str]) -> str | None:
    """The text of the first of these columns that has any."""
    return next((value for name in names if isinstance(value := row.get(name), str) and value.strip()), None)
