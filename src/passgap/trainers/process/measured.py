"""The memory of a fine-tune, taken in the processes that carried it out."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.ports import TrainResult
from passgap.trainers.process.memory import peak_device_memory, peak_memory


def measured(result: TrainResult, processes: int) -> TrainResult:
    """Return the result with the peaks of all processes that share the job; every one of them has to call this.

    Args:
        result: the trainer's.
        processes: how many there are.
    """
    own = (peak_memory(), peak_device_memory())
    peaks = [own] if processes == 1 else _from_all(own)
    main, device = (_sum([each[place] for each in peaks]) for place in range(2))
    return result.model_copy(update={"processes": processes, "peak_memory_bytes": main, "peak_device_bytes": device})


def _from_all(own: tuple[int | None, int | None]) -> list[tuple[int | None, int | None]]:
    from accelerate.utils import gather_object  # noqa: PLC0415 - heavy

    return list(gather_object([own]))


def _sum(peaks: Sequence[int | None]) -> int | None:
    known = [each for each in peaks if each is not None]
    return sum(known) if len(known) == len(peaks) else None
