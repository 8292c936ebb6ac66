"""Which devices a fine-tune uses, and in how many processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from passgap.errors import EngineError
from passgap.records import TrainConfig
from passgap.trainers.process import devices
from passgap.trainers.process.devices import Placement, place
from passgap.trainers.process.exchange import ProcessOrder
from passgap.trainers.process.launching import accelerate_config


def config(**changes: Any) -> TrainConfig:
    return TrainConfig(**{"learning_rate": 1e-3, "batch_size": 12, **changes})


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with four GPUs of 80 GB: what PyTorch says of it, and no more."""
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.setattr(devices, "_memory_of_a_gpu", lambda: 80 * 10**9)


def test_a_cpu_has_one_process_unless_more_are_declared(tmp_path: Path) -> None:
    assert place(config(), tmp_path, "cpu") == Placement(device="cpu")
    assert place(config(processes=3), tmp_path, "cpu") == Placement(device="cpu", processes=3)
    assert place(config(processes=3), tmp_path, "cpu").devices == 1, "they share one CPU"


@pytest.mark.usefixtures("gpus")
def test_every_visible_gpu_that_the_batch_can_be_shared_among_is_used(tmp_path: Path) -> None:
    assert place(config(), tmp_path, "cuda", {}) == Placement(device="cuda", processes=4, visible="0,1,2,3")
    assert place(config(batch_size=6), tmp_path, "cuda", {}).visible == "0,1,2"
    assert place(config(batch_size=7), tmp_path, "cuda", {}) == Placement(device="cuda", visible="0")
    assert place(config(processes=2), tmp_path, "cuda", {}).devices == 2


@pytest.mark.usefixtures("gpus")
def test_one_process_sees_one_gpu_and_names_that_the_environment_gives_are_kept(tmp_path: Path) -> None:
    named = {"CUDA_VISIBLE_DEVICES": "GPU-a, GPU-b,GPU-c,GPU-d"}
    assert place(config(processes=1), tmp_path, "cuda", named).visible == "GPU-a"
    assert place(config(), tmp_path, "cuda:2", named) == Placement(device="cuda", visible="GPU-c")


@pytest.mark.usefixtures("gpus")
@pytest.mark.parametrize(
    ("declared", "device", "said"),
    [(8, "cuda", "8 are declared, and 4 GPUs can be used"), (5, "cpu", "cannot share updates of 12 examples evenly")],
)
def test_a_number_of_processes_that_is_not_possible_is_refused(
    declared: int, device: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(EngineError) as caught:
        place(config(processes=declared), tmp_path, device, {})
    assert any(said in problem for problem in caught.value.problems)


@pytest.mark.usefixtures("gpus")
def test_a_model_that_one_gpu_cannot_hold_with_its_moments_is_divided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "parameters_in", lambda _: 8 * 10**9)
    assert place(config(), tmp_path, "cuda", {}).sharded
    assert not place(config(method="lora"), tmp_path, "cuda", {}).sharded
    assert not place(config(processes=1), tmp_path, "cuda", {}).sharded, "one process has nobody to share with"


def test_the_launcher_is_told_how_weights_are_divided() -> None:
    order = ProcessOrder(kind="supervised", job={}, device="cuda", dtype="auto", processes=4)
    assert accelerate_config(order)["distributed_type"] == "MULTI_GPU"
    sharded = accelerate_config(order.model_copy(update={"sharded": True}))
    assert sharded["distributed_type"] == "FSDP" and sharded["num_processes"] == 4
    assert sharded["fsdp_config"]["fsdp_version"] == 2  # type: ignore[index]
