"""A trainer that runs each job in a process of its own, or in several that share it."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from passgap.errors import EngineError
from passgap.ports import FineTuneJob, Progress, TrainingMeans, TrainResult
from passgap.spec import ClusterSection
from passgap.trainers.base import TrainerEntry
from passgap.trainers.process.devices import VISIBLE, Placement, place
from passgap.trainers.process.exchange import (
    ORDER,
    OUTCOME,
    OUTPUT,
    PARENT_VARIABLE,
    TRACEBACK,
    ProcessOrder,
    read_outcome,
    write_record,
)

_LAST_LINES = 12
"""Lines of the process's output that an error message quotes."""

_FROM_A_LAUNCHER = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
"""Variables of a launcher that passgap itself may have been started with: the job's processes have their own."""


class ProcessTrainer:
    """Implements :class:`passgap.ports.Trainer` with a process for each job.

    The process holds the model, so that its memory is free again when it ends, its peak is the fine-tune's own, and
    what kills it ends neither the study nor its other arms. It ends with this process, however that ends.

    Args:
        entry: the trainer that the process opens.
        module: the module that is run as the process's program, with the job's folder as its argument.
        device: ``cpu``, ``cuda``, ``cuda:1``, ``mps``, or ``auto``.
        dtype: what the study's engine computes in.
        cluster: where the sandbox's workers are; None for this machine.
    """

    def __init__(
        self, entry: TrainerEntry, module: str, device: str, dtype: str, cluster: ClusterSection | None = None
    ) -> None:
        self._entry = entry
        self._module = module
        self._device = device
        self._dtype = dtype
        self._cluster = cluster

    def devices(self, job: FineTuneJob) -> int:
        """The number of devices that a job keeps busy.

        Raises:
            EngineError: the declared number of processes is not possible.
        """
        return self._place(job).devices

    def train(
        self, job: FineTuneJob, *, progress: Progress | None = None, means: TrainingMeans | None = None
    ) -> TrainResult:
        """Train as the protocol says; the process opens means of its own.

        Raises:
            EngineError: besides what the protocol names, the process was killed or crashed. The message quotes its last
                lines.
        """
        del means
        placement = self._place(job)
        _free_devices()
        with _folder_of(job) as folder:
            order = ProcessOrder(
                kind=self._entry.name,
                job=job.model_dump(mode="json"),
                device=placement.device,
                dtype=self._dtype,
                processes=placement.processes,
                sharded=placement.sharded,
                cluster=self._cluster,
            )
            for name in (OUTCOME, TRACEBACK):
                (folder / name).unlink(missing_ok=True)
            write_record(folder / ORDER, order)
            code = self._run(folder, placement, progress)
            outcome = read_outcome(folder)
            if outcome is None:
                raise EngineError(_ended(code), _explained(code, folder, job))
            return self._entry.result.model_validate(outcome.result_or_raise())

    def _place(self, job: FineTuneJob) -> Placement:
        return place(job.config, job.base, self._device, shares=self._entry.shares)

    def _run(self, folder: Path, placement: Placement, progress: Progress | None) -> int:
        """Run the process to its end, and return its exit status. Nothing of it is left when an error is raised."""
        command = [sys.executable, "-m", self._module, str(folder)]
        with (folder / OUTPUT).open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - passgap's own program
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
                env=_environment(placement),
                start_new_session=True,
            )
            try:
                assert process.stdout is not None
                _report(process.stdout, progress)
                return process.wait()
            finally:
                _kill_all_of(process)


@contextmanager
def _folder_of(job: FineTuneJob) -> Iterator[Path]:
    """The folder of the job's files: the one that outlives a kill, or one that does not."""
    if job.work is not None:
        job.work.mkdir(parents=True, exist_ok=True)
        yield job.work
        return
    with tempfile.TemporaryDirectory(prefix="passgap-training-") as folder:
        yield Path(folder)


def _environment(placement: Placement) -> dict[str, str]:
    environ = {name: value for name, value in os.environ.items() if name not in _FROM_A_LAUNCHER}
    environ[PARENT_VARIABLE] = str(os.getpid())
    environ["PYTHONSAFEPATH"] = "1"  # no module of the folder that passgap was started in takes another one's place
    if placement.visible is not None:
        environ[VISIBLE] = placement.visible
    return environ


def _report(lines: IO[bytes], progress: Progress | None) -> None:
    """Pass on the numbers of finished steps until the process closes its end."""
    for line in lines:
        if progress is not None and line.strip().isdigit():
            progress(int(line))


def _kill_all_of(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and all that it started: they are a process group of their own."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _free_devices() -> None:
    """Give the GPU memory back that an engine of this process has left behind."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        gc.collect()
        torch.cuda.empty_cache()


def _ended(code: int) -> str:
    """How the process ended, in one line."""
    if code >= 0:
        return f"the training process ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"the training process was killed by {name}"


def _explained(code: int, folder: Path, job: FineTuneJob) -> list[str]:
    """Say what may have happened, what to do, and what the process said last."""
    said = []
    if code == -signal.SIGKILL:
        said.append(
            "The system kills a process so where memory runs out. Lower `training.max_length`, set "
            "`training.activation_checkpointing: true`, or train with `method: lora`."
        )
    said.append(
        "Finished steps are kept from the last checkpoint on: run again to go on from it."
        if job.work is not None
        else "Run again to train from the beginning."
    )
    texts = (
        path.read_text(encoding="utf-8", errors="replace")
        for path in (folder / TRACEBACK, folder / OUTPUT)
        if path.exists()
    )
    lines = next((text.strip().splitlines() for text in texts if text.strip()), [])
    said.append("\n".join(("Its last lines:", *lines[-_LAST_LINES:])) if lines else "It printed nothing.")
    return said
