"""Instruction data to mix in: read whole or not at all, from JSON lines, Parquet or the hub.

An example is a conversation under ``messages``, or ``prompt`` and ``completion``, each a text or a list of messages.
The last assistant turn is the completion; the turns before it are the prompt, and turns after it are left out. Other
columns are ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from passgap.errors import StudyError
from passgap.paths import AnyPath
from passgap.records import MixedExample, Record, Turn, digest_of
from passgap.tasks.hub import fetch_dataset, is_hub_id
from passgap.tasks.json_lines import describe, read_json_lines, shown

WHAT = "instruction data to mix in"
SPLIT = "train"
"""The split of a hub dataset that is read."""

_ROLES = ("system", "user", "assistant")
_REMEDY = "Give a file of JSON lines or Parquet, or a dataset's hub id `owner/name`."


class MixSet(Record):
    """The examples of one file, in its order."""

    name: str
    examples: tuple[MixedExample, ...]

    @property
    def digest(self) -> str:
        """The hash over what the examples say; where they stand is no part of it, their order is."""
        return digest_of([[list(each.turns), each.completion] for each in self.examples])


def load_mix(place: str, root: AnyPath, *, chat: bool) -> MixSet:
    """Read what can be mixed in.

    Args:
        place: a file, relative to the study's folder or not, or a hub id.
        root: the study's folder.
        chat: whether the model has a chat template; without one, conversations are refused.

    Raises:
        StudyError: nothing is there, or examples are damaged; each is named by its line.
    """
    root = Path(root)
    path = next((each for each in (root / place, Path(place).expanduser()) if each.is_file()), None)
    if path is not None:
        examples = _of_parquet(path) if _is_parquet(path) else _of_lines(path)
    elif is_hub_id(Path(place)):
        remedy = f"`training.mix_path` names no file that is here. {_REMEDY}"
        examples = _built(fetch_dataset(place, split=SPLIT, remedy=remedy), place)
    else:
        raise StudyError(f"training.mix_path: {place} is not there", [_REMEDY])
    if not examples:
        raise StudyError(f"training.mix_path: {place} holds no examples", [_REMEDY])
    talks = [each.id for each in examples if len(each.turns) > 1 or each.turns[0].role != "user"]
    if talks and not chat:
        raise StudyError(
            "training.mix_path: conversations cannot be mixed into a model that continues plain text",
            [
                f"`model.chat` is false, and {len(talks)} of the {len(examples)} examples of {place} have more "
                f"turns than one prompt and its completion: {', '.join(shown(talks))}."
            ],
        )
    return MixSet(name=place, examples=tuple(examples))


def mixed_example(row: Mapping[str, Any], place: str) -> MixedExample:
    """Build an example from one row.

    Raises:
        ValueError: the row is not an example; the message says why.
    """
    turns = _turns(row)
    last = max((at for at, turn in enumerate(turns) if turn.role == "assistant"), default=None)
    if last is None:
        raise ValueError("no assistant turn, so there is nothing to learn")
    if not turns[last].content.strip():
        raise ValueError("the last assistant turn is empty")
    before = turns[:last]
    if not any(turn.role == "user" for turn in before):
        raise ValueError("no user turn before the last assistant turn")
    return MixedExample(id=place, turns=tuple(before), completion=turns[last].content)


def _turns(row: Mapping[str, Any]) -> list[Turn]:
    if row.get("messages") is not None:
        return _messages(row["messages"], "messages")
    missing = [name for name in ("prompt", "completion") if row.get(name) is None]
    if missing:
        raise ValueError(
            f"`{'` and `'.join(missing)}` missing; an example has `messages`, or `prompt` and `completion`"
            + (f"; this one has {', '.join(map(str, row))}" if row else "")
        )
    return [*_side(row["prompt"], "prompt", "user"), *_side(row["completion"], "completion", "assistant")]


def _side(value: Any, name: str, role: str) -> list[Turn]:
    if isinstance(value, str):
        return [Turn.model_validate({"role": role, "content": value})]
    return _messages(value, name)


def _messages(value: Any, name: str) -> list[Turn]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise TypeError(f"`{name}` is not a list of messages")
    turns = []
    for number, message in enumerate(value, start=1):
        if not isinstance(message, Mapping) or not isinstance(message.get("content"), str):
            raise TypeError(f"`{name}`: message {number} has no text in `content`")
        if message.get("role") not in _ROLES:
            raise ValueError(
                f"`{name}`: message {number} has the role {message.get('role')!r}; there are {', '.join(_ROLES)}"
            )
        turns.append(Turn(role=message["role"], content=message["content"]))
    return turns


def _of_lines(path: Path) -> list[MixedExample]:
    numbers = iter(range(1, 1 << 62))
    return read_json_lines(path, lambda row: mixed_example(row, f"example {next(numbers)} of {path.name}"), WHAT)


def _of_parquet(path: Path) -> list[MixedExample]:
    import pyarrow as pa  # noqa: PLC0415 - loaded when it is needed
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        rows = pq.read_table(path).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise StudyError(f"training.mix_path: {path} cannot be read", [f"{error}. {_REMEDY}"]) from error
    return _built(rows, path.name)


def _built(rows: Iterable[Any], where: str) -> list[MixedExample]:
    examples, faults = [], []
    for number, row in enumerate(rows, start=1):
        try:
            examples.append(mixed_example(row, f"example {number} of {where}"))
        except (ValueError, KeyError, TypeError) as error:
            faults.append(f"row {number}: {describe(error)}")
    if faults:
        raise StudyError(f"{where} does not hold {WHAT}; nothing of it is used", shown(faults))
    return examples


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(4) == b"PAR1"
