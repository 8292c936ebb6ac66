"""Instruction data to mix in or to train on: read whole or not at all, from JSON lines, Parquet, a folder or the hub.

:mod:`passgap.tasks.example_rows` has the columns that are read.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from passgap.errors import StudyError
from passgap.paths import AnyPath
from passgap.records import MixedExample, Problem, Record, Turn, digest_of
from passgap.tasks.example_rows import ExampleRow, ReadRow, read_row
from passgap.tasks.hub import fetch_dataset, is_hub_id
from passgap.tasks.json_lines import describe, read_json_lines, shown
from passgap.tasks.sources import SOURCES

MIX_PATH, MIXED = "training.mix_path", "instruction data to mix in"
SPLIT = "train"
"""The split of a hub dataset that is read."""

SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet")
"""Files that are read in a folder."""

_REMEDY = "Give a file of JSON lines or Parquet, a folder of such files, or a dataset's hub id `owner/name`."


class MixSet(Record):
    """The examples of one file, in its order."""

    name: str
    examples: tuple[MixedExample, ...]

    @property
    def digest(self) -> str:
        """The hash over what the examples say; where they stand is no part of it, their order is."""
        said = [
            [list(each.turns), *(text for text in (each.completion, each.rejected) if text)] for each in self.examples
        ]
        return digest_of(said)


class ExampleSet(MixSet):
    """Examples to train on, with what their rows state of themselves."""

    columns: dict[str, int] = Field(default_factory=dict)
    """Rows by the columns that they were read from."""
    licences: dict[str, int] = Field(default_factory=dict)
    """Rows by the licence that they state."""
    sources: dict[str, int] = Field(default_factory=dict)
    """Rows by the source that they state."""


def load_mix(place: str, root: AnyPath, *, chat: bool) -> MixSet:
    """Read what can be mixed in.

    Args:
        place: a file or folder, relative to the study's folder or not, or a hub id.
        root: the study's folder.
        chat: whether the model has a chat template; without one, conversations are refused.

    Raises:
        StudyError: nothing is there, or examples are damaged; each is named by its line.
    """
    found = _load(place, Path(root), chat=chat, field=MIX_PATH, what=MIXED)
    return MixSet(name=found.name, examples=found.examples)


def load_examples(
    place: str, root: AnyPath, *, chat: bool, field: str, what: str, read: ReadRow = read_row
) -> ExampleSet:
    """Read data to train on, in which every answer that is learned follows a user's turn.

    Args:
        place: a file or folder, relative to the study's folder or not, or a hub id.
        root: the study's folder.
        chat: whether the model has a chat template; without one, conversations are refused.
        field: the field of the study that names it, for messages.
        what: what it should hold, for messages.
        read: reads one row.

    Raises:
        StudyError: nothing is there, or examples are damaged; each is named by its line.
    """
    found = _load(place, Path(root), chat=chat, field=field, what=what, read=read)
    faults = [
        f"{each.id}: its last answer follows a turn of the role {each.turns[-1].role!r}, and not a user's"
        for each in found.examples
        if each.turns[-1].role != "user"
    ]
    if faults:
        raise StudyError(f"{field}: {place} does not hold {what}; nothing of it is used", shown(faults))
    return found


def _load(place: str, root: Path, *, chat: bool, field: str, what: str, read: ReadRow = read_row) -> ExampleSet:
    rows = _rows(place, root, _Reader(field, what, read))
    if not rows:
        raise StudyError(f"{field}: {place} holds no examples", [_REMEDY])
    examples = tuple(each.example for each in rows)
    talks = [each.id for each in examples if len(each.turns) > 1 or each.turns[0].role != "user"]
    if talks and not chat:
        raise StudyError(
            f"{field}: conversations cannot be given to a model that continues plain text",
            [
                f"`model.chat` is false, and {len(talks)} of the {len(examples)} examples of {place} have more "
                f"turns than one prompt and its completion: {', '.join(shown(talks))}."
            ],
        )
    return ExampleSet(
        name=place,
        examples=examples,
        columns=dict(Counter(each.columns for each in rows)),
        licences=dict(Counter(each.licence for each in rows if each.licence is not None)),
        sources=dict(Counter(each.source for each in rows if each.source is not None)),
    )


def reference_examples(name: str, problems: Sequence[Problem]) -> ExampleSet:
    """The reference solutions of problems as examples, each under its problem's id."""
    known = [problem for problem in problems if problem.reference is not None and problem.reference.strip()]
    return ExampleSet(
        name=f"reference solutions of {name}",
        examples=tuple(
            MixedExample(
                id=problem.id, turns=(Turn(role="user", content=problem.prompt),), completion=problem.reference or ""
            )
            for problem in known
        ),
        licences=dict(Counter(SOURCES[each.source].licence for each in known if each.source in SOURCES)),
        sources=dict(Counter(problem.source for problem in known)),
    )


def files_at(place: str, root: Path) -> list[Path]:
    """The files that a place names and that are here, in order: itself, or those that a folder holds."""
    path = next((each for each in (root / place, Path(place).expanduser()) if each.exists()), None)
    if path is None or path.is_file():
        return [path] if path is not None else []
    return sorted(each for each in path.rglob("*") if each.is_file() and each.name.endswith(SUFFIXES))


@dataclass(frozen=True)
class _Reader:
    """Reads the rows of one field's data."""

    field: str
    what: str
    read: ReadRow

    def files(self, files: Sequence[Path]) -> list[ExampleRow]:
        """The rows of files in order; the faults of all of them are told at once."""
        rows: list[ExampleRow] = []
        faults: list[StudyError] = []
        common = Path(os.path.commonpath([path.parent for path in files]))
        for path in files:
            try:
                name = path.name if len(files) == 1 else path.relative_to(common).as_posix()
                rows += self._parquet(path, name) if _is_parquet(path) else self._lines(path, name)
            except StudyError as fault:
                faults.append(fault)
        if len(faults) == 1:
            raise faults[0]
        if faults:
            raise StudyError(
                f"{self.field}: {len(faults)} files cannot be used; nothing is used of the others",
                [f"{each.summary}: {' '.join(each.problems)}" for each in faults],
            )
        return rows

    def built(self, rows: Iterable[Any], where: str) -> list[ExampleRow]:
        """The examples of rows."""
        examples, faults = [], []
        for number, row in enumerate(rows, start=1):
            try:
                examples.append(self.read(row, f"example {number} of {where}"))
            except (ValueError, KeyError, TypeError) as error:
                faults.append(f"row {number}: {describe(error)}")
        if faults:
            raise StudyError(f"{where} does not hold {self.what}; nothing of it is used", shown(faults))
        return examples

    def _lines(self, path: Path, name: str) -> list[ExampleRow]:
        numbers = iter(range(1, 1 << 62))
        return read_json_lines(path, lambda row: self.read(row, f"example {next(numbers)} of {name}"), self.what)

    def _parquet(self, path: Path, name: str) -> list[ExampleRow]:
        import pyarrow as pa  # noqa: PLC0415 - loaded when it is needed
        import pyarrow.parquet as pq  # noqa: PLC0415

        try:
            rows = pq.read_table(path).to_pylist()
        except (pa.ArrowException, OSError) as error:
            raise StudyError(f"{self.field}: {path} cannot be read", [f"{error}. {_REMEDY}"]) from error
        return self.built(rows, name)


def _rows(place: str, root: Path, reader: _Reader) -> list[ExampleRow]:
    files, field = files_at(place, root), reader.field
    if files:
        return reader.files(files)
    if any(each.is_dir() for each in (root / place, Path(place).expanduser())):
        raise StudyError(f"{field}: the folder {place} holds no data", [f"Files end in {', '.join(SUFFIXES)}."])
    if is_hub_id(Path(place)):
        remedy = f"`{field}` names no file that is here. {_REMEDY}"
        return reader.built(fetch_dataset(place, split=SPLIT, remedy=remedy), place)
    raise StudyError(f"{field}: {place} is not there", [_REMEDY])


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(4) == b"PAR1"
