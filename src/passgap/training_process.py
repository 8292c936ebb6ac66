"""The program of a training process: ``python -m passgap.training_process FOLDER``.

It is the composition root of the process, as :mod:`passgap.wiring` is of a study: it opens the trainer, and what the
trainer may use besides the model. The folder holds the order; the outcome is written beside it. Finished steps are
numbers on standard output, one on each line, and whatever else is printed goes to standard error.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from passgap import trainers
from passgap.errors import EXIT_DONE, EXIT_FAULT, EXIT_REFUSED, EngineError, PassgapError
from passgap.ports import Executor, PolicySampler, Progress, Scorer
from passgap.quiet import hush
from passgap.spec import ClusterSection
from passgap.trainers.process.exchange import (
    OUTCOME,
    PARENT_VARIABLE,
    TRACEBACK,
    ProcessOrder,
    ProcessOutcome,
    read_order,
    write_record,
)
from passgap.trainers.process.following import follow
from passgap.trainers.process.launching import is_worker, launch
from passgap.trainers.process.measured import measured

if TYPE_CHECKING:
    from passgap.ports import FineTuneJob

MODULE = "passgap.training_process"
"""The name under which this module is run."""


class ProcessMeans:
    """The means of a trainer in its process (:class:`passgap.ports.TrainingMeans`).

    Args:
        cluster: where the sandbox's workers are; None for this machine.
    """

    def __init__(self, cluster: ClusterSection | None = None) -> None:
        self._cluster = cluster

    @contextmanager
    def executor(self) -> Iterator[Executor]:
        """Open the sandbox, on the study's cluster or here, and leave no process behind."""
        execution = import_module("passgap.execution")  # what it is made of exists on Linux only
        opened: Executor = (
            execution.open_on_cluster(self._cluster) if self._cluster is not None else execution.SandboxExecutor()
        )
        try:
            yield opened
        finally:
            opened.close()

    @contextmanager
    def policy_sampler(self, base: Path, scratch: Path, *, device: str, dtype: str) -> Iterator[PolicySampler]:
        """Open the local engine on the weights that are trained; processes that share a job share the cores."""
        sampling = import_module("passgap.engines.local.policy_sampler")  # it imports torch
        share = max(1, sampling.cores() // int(os.environ.get("WORLD_SIZE", "1"))) if device == "cpu" else None
        opened: PolicySampler = sampling.LocalPolicySampler(base, scratch, device=device, dtype=dtype, workers=share)
        try:
            yield opened
        finally:
            opened.close()

    @contextmanager
    def scorer(self) -> Iterator[Scorer]:
        """Open the sandbox for samples, which are scored as in every evaluation."""
        from passgap.stages.rewards import ProgramScorer  # noqa: PLC0415 - most fine-tunes score nothing

        with self.executor() as executor:
            yield ProgramScorer(executor)


def main(folder: Path) -> int:
    """Do what a folder's order asks for, and return the exit status."""
    if PARENT_VARIABLE in os.environ:
        follow(int(os.environ[PARENT_VARIABLE]))
    hush()
    order = read_order(folder)
    if order.processes > 1 and not is_worker():
        launch(MODULE, folder, order)
        return EXIT_DONE
    first = int(os.environ.get("RANK", "0")) == 0
    try:
        outcome = ProcessOutcome(result=_train(order, _reporting() if first else None))
    except PassgapError as error:
        write_record(folder / OUTCOME, ProcessOutcome.of(error))
        return EXIT_REFUSED
    except Exception:
        # Of several processes, the first to fail says why; the others fail because it did.
        with suppress(FileExistsError), (folder / TRACEBACK).open("x", encoding="utf-8") as file:
            traceback.print_exc(file=file)
        raise
    if first:
        write_record(folder / OUTCOME, outcome)
    return EXIT_DONE


def _train(order: ProcessOrder, progress: Progress | None) -> dict[str, object]:
    """Train, and return the result as JSON.

    Raises:
        PassgapError: whatever the trainer raises.
    """
    entry = trainers.TRAINERS[order.kind]
    job: FineTuneJob = entry.job.model_validate(order.job)
    trainer = entry.open(order.device, order.dtype)
    result = trainer.train(job, progress=progress, means=ProcessMeans(order.cluster))
    return measured(result, order.processes).model_dump(mode="json")


def _reporting() -> Progress:
    """A progress callback that writes to what is standard output now; from here on, all else goes to standard error."""
    lines = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1, encoding="ascii")
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def report(steps: int) -> None:
        try:
            print(steps, file=lines)
        except BrokenPipeError as error:
            raise EngineError("the study that this training process belongs to has ended") from error

    return report


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if len(arguments) != 1:
        sys.exit(EXIT_FAULT)
    sys.exit(main(Path(arguments[0])))
