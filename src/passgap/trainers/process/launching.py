"""Several processes for one job: by ``accelerate launch`` on GPUs, by ``torchrun`` on a CPU.

accelerate starts several CPU processes through MPI only, so that PyTorch's own launcher, which it uses for GPUs too, is
called for them directly.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from passgap.trainers.process.exchange import PARENT_VARIABLE, ProcessOrder

WORKER_VARIABLE = "PASSGAP_TRAINING_WORKER"
"""Set in the processes that share a job."""

CONFIG = "accelerate.json"


def is_worker() -> bool:
    """Whether this process is one of several that share a job."""
    return WORKER_VARIABLE in os.environ


def launch(module: str, folder: Path, order: ProcessOrder) -> None:
    """Run a job's processes to their end.

    Args:
        module: the program of each.
        folder: the job's.
        order: what is asked for.

    Raises:
        torch.distributed.elastic.multiprocessing.errors.ChildFailedError: a process failed; the others were stopped.
    """
    os.environ |= {WORKER_VARIABLE: "1", PARENT_VARIABLE: str(os.getpid())}
    if order.device == "cuda":
        from accelerate.commands.launch import launch_command, launch_command_parser  # noqa: PLC0415 - heavy

        config = folder / CONFIG
        config.write_text(json.dumps(accelerate_config(order), indent=2), encoding="utf-8")
        options = ["--config_file", str(config), "--main_process_port", "0", "-m", module, str(folder)]
        launch_command(launch_command_parser().parse_args(options))
        return
    from torch.distributed import run  # noqa: PLC0415 - heavy

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (cores or 1) // order.processes)))
    count = str(order.processes)
    arguments = ["--standalone", "--nproc_per_node", count, "-m", module, str(folder)]
    run.run(run.parse_args(arguments))  # type: ignore[no-untyped-call]


def accelerate_config(order: ProcessOrder) -> dict[str, object]:
    """The configuration file of ``accelerate launch``, as ``accelerate config`` would write it."""
    config: dict[str, object] = {
        "compute_environment": "LOCAL_MACHINE",
        "distributed_type": "FSDP" if order.sharded else "MULTI_GPU",
        "machine_rank": 0,
        "num_machines": 1,
        "num_processes": order.processes,
        "mixed_precision": "no",  # the trainer's own arguments say in what it computes
        "use_cpu": False,
    }
    if order.sharded:
        config["fsdp_config"] = {
            "fsdp_version": 2,
            "fsdp_reshard_after_forward": True,
            "fsdp_auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
            "fsdp_state_dict_type": "SHARDED_STATE_DICT",
            "fsdp_cpu_ram_efficient_loading": False,
            "fsdp_activation_checkpointing": False,
            "fsdp_offload_params": False,
        }
    return config
