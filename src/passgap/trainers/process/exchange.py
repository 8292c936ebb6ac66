"""The files by which a study and a training process talk: an order goes in, an outcome comes out.

Both are JSON in the job's folder. Finished steps are lines of the process's standard output, and all else that it or a
library prints goes to a file, from which an error message quotes the last lines.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from passgap.errors import DivergedError, EngineError, PassgapError, StoreError
from passgap.records import Record
from passgap.spec import ClusterSection

ORDER = "order.json"
OUTCOME = "outcome.json"
OUTPUT = "output.txt"
"""All that the process printed."""
TRACEBACK = "traceback.txt"
"""Where an exception that nobody expected was raised."""

PARENT_VARIABLE = "PASSGAP_TRAINING_PARENT"
"""The process without which a training process ends itself."""


class ProcessOrder(Record):
    """The order to a training process."""

    kind: str
    """The kind of job, which decides on the trainer."""
    job: dict[str, JsonValue]
    """The job, as JSON."""
    device: str
    dtype: str
    processes: int = 1
    """How many processes share the work."""
    sharded: bool = False
    """Whether weights, gradients and the optimizer's state are divided among the processes (FSDP2), rather than copied
    to each of them (DDP)."""
    cluster: ClusterSection | None = None
    """Where the sandbox's workers are, if the job needs any; None for this machine."""


class ProcessFault(Record):
    """An error that a person can act on, on its way out of the process."""

    summary: str
    problems: tuple[str, ...] = ()
    diverged: bool = False
    """Whether the fine-tune diverged (:class:`passgap.errors.DivergedError`)."""


class ProcessOutcome(Record):
    """The outcome of an order: a result or an error."""

    result: dict[str, JsonValue] | None = None
    fault: ProcessFault | None = None

    @classmethod
    def of(cls, error: PassgapError) -> ProcessOutcome:
        """The outcome that carries an error."""
        return cls(
            fault=ProcessFault(
                summary=error.summary, problems=error.problems, diverged=isinstance(error, DivergedError)
            )
        )

    def result_or_raise(self) -> dict[str, JsonValue]:
        """The result as JSON.

        Raises:
            EngineError: the process met an error.
        """
        if self.fault is not None:
            kind = DivergedError if self.fault.diverged else EngineError
            raise kind(self.fault.summary, self.fault.problems)
        assert self.result is not None
        return self.result


def write_record(path: Path, record: Record) -> None:
    """Write a record as JSON; it appears complete or not at all.

    Raises:
        StoreError: it could not be written.
    """
    staged = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        staged.write_text(record.model_dump_json(), encoding="utf-8", errors="surrogatepass")
        staged.replace(path)
    except OSError as error:
        raise StoreError(
            f"{path} could not be written",
            [f"{error.strerror or error}. Free some space or choose a folder that can be written to, and run again."],
        ) from error


def read_order(folder: Path) -> ProcessOrder:
    """Read the order of a job's folder."""
    return ProcessOrder.model_validate(_json_of(folder / ORDER))


def read_outcome(folder: Path) -> ProcessOutcome | None:
    """Read the outcome of a job's folder; None where the process left none."""
    path = folder / OUTCOME
    return ProcessOutcome.model_validate(_json_of(path)) if path.exists() else None


def _json_of(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
