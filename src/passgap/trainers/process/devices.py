"""Which devices a fine-tune uses, and in how many processes.

Trainers of TRL refuse a process that sees several GPUs, so a process is shown exactly those that it is to use.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from passgap.errors import EngineError
from passgap.models.dtypes import device_named
from passgap.models.parameters import parameters_in
from passgap.records import Record, TrainConfig
from passgap.spec.fine_tuning import uneven_share

VISIBLE = "CUDA_VISIBLE_DEVICES"

BYTES_PER_TRAINED = 16
"""Of a parameter that is trained: float32 weight, gradient and two moments of AdamW."""

BYTES_PER_FROZEN = 4
"""Of a parameter that carries adapters: its float32 weight."""

SHARE_FOR_WEIGHTS = 0.7
"""Of a GPU's memory; what weights, gradients and moments leave over is for activations."""


class Placement(Record):
    """The devices of a fine-tune."""

    device: str
    """``cpu``, ``cuda`` or ``mps``, as every one of the processes sees it."""
    processes: int = 1
    visible: str | None = None
    """The GPUs that the processes may see, as CUDA names them; None leaves that as it is."""
    sharded: bool = False
    """Whether the processes divide weights, gradients and moments among them."""

    @property
    def devices(self) -> int:
        """The number of devices that are busy: GPUs, or the one CPU that all processes share."""
        return self.processes if self.device == "cuda" else 1


def place(
    config: TrainConfig, base: Path, device: str, environ: Mapping[str, str] = os.environ, *, shares: bool = True
) -> Placement:
    """Choose the devices for a fine-tune: as many processes as the study declares, else one for each visible GPU.

    Every update is of exactly ``batch_size`` examples, so that the number of processes divides it: of eight GPUs, a
    batch of 12 examples uses six.

    Args:
        config: the fine-tune's.
        base: the folder of the base model.
        device: ``cpu``, ``cuda``, ``cuda:1``, ``mps``, or ``auto``.
        environ: the environment, which may restrict the GPUs.
        shares: whether several processes can share the job at all.

    Raises:
        EngineError: more processes are declared than there are GPUs, or they cannot share the batch or the job.
    """
    if not shares:
        if (config.processes or 1) > 1:
            raise EngineError(
                "the declared number of training processes is not possible",
                ["training.processes: a fine-tune of this kind runs in one process. Remove the field."],
            )
        config = config.model_copy(update={"processes": 1})
    named = device_named(device)
    kind, _, number = named.partition(":")
    if kind != "cuda":
        return Placement(device=kind, processes=_declared(config, None))
    gpus = _gpus(environ)
    if number:
        return Placement(device=kind, processes=_declared(config, 1), visible=gpus[int(number)])
    count = _declared(config, len(gpus)) if config.processes else _largest_divisor(config.batch_size, len(gpus))
    return Placement(
        device=kind,
        processes=count,
        visible=",".join(gpus[:count]),
        sharded=count > 1 and _too_large(config, base, _memory_of_a_gpu()),
    )


def _declared(config: TrainConfig, gpus: int | None) -> int:
    """The declared number of processes, one by default."""
    count = config.processes or 1
    problems = []
    if gpus is not None and count > gpus:
        problems.append(f"training.processes: {count} are declared, and {gpus} GPUs can be used. Each takes a GPU.")
    problems += uneven_share(config.batch_size, count, str, size="training.batch_size")
    if problems:
        raise EngineError("the declared number of training processes is not possible", problems)
    return count


def _largest_divisor(batch: int, most: int) -> int:
    return next((count for count in range(max(1, most), 0, -1) if batch % count == 0), 1)


def _gpus(environ: Mapping[str, str]) -> list[str]:
    """The visible GPUs, as CUDA names them."""
    import torch  # noqa: PLC0415 - loaded when it is needed

    count = torch.cuda.device_count()
    named = [each.strip() for each in environ.get(VISIBLE, "").split(",") if each.strip()]
    return named[:count] if named else [str(number) for number in range(count)]


def _memory_of_a_gpu() -> int:
    import torch  # noqa: PLC0415 - loaded when it is needed

    return int(torch.cuda.get_device_properties(0).total_memory)


def _too_large(config: TrainConfig, base: Path, memory: int) -> bool:
    """Whether weights, gradients and moments would not leave enough of one GPU's memory for activations."""
    parameters = parameters_in(base)
    if parameters is None:
        return False
    each = BYTES_PER_TRAINED if config.method == "full" else BYTES_PER_FROZEN
    return parameters * each > SHARE_FOR_WEIGHTS * memory
