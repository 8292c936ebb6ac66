"""A job runs in a process of its own: what it says, how it may end, and that nothing of it is left."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from passgap import training_process
from passgap.errors import EngineError
from passgap.ports import SupervisedJob, SupervisedResult, Trainer
from passgap.records import Prompt, TrainConfig, TrainExample
from passgap.trainers import TRAINERS, open_process_trainer
from passgap.trainers.process import ProcessTrainer
from passgap.trainers.process.exchange import OUTPUT

HERE = Path(__file__).parent
PATIENCE = 600.0


def wait_for(holds: Callable[[], object]) -> bool:
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    return False


def job_of(folder: Path, what: str, **parts: Any) -> SupervisedJob:
    example = TrainExample(prompt=Prompt(user="Add.", prefix=""), completion=what)
    config = TrainConfig(learning_rate=1e-3, batch_size=4, **parts.pop("config", {}))
    return SupervisedJob(
        base=folder,
        output=folder / "out",
        config=config,
        seed=1,
        examples=(example,),
        **{"work": folder / "w", **parts},
    )


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> ProcessTrainer:
    """One whose process is scripted."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), *sys.path]))
    return ProcessTrainer(TRAINERS["supervised"], "scripted_process", "cpu", "bfloat16")


def test_it_is_a_trainer(trainer: ProcessTrainer) -> None:
    assert isinstance(trainer, Trainer)
    assert isinstance(open_process_trainer("supervised", training_process.MODULE), ProcessTrainer)


def test_the_order_goes_in_and_steps_and_the_result_come_out(
    trainer: ProcessTrainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "3")
    steps: list[int] = []
    result = trainer.train(job_of(tmp_path, "done"), progress=steps.append)
    assert steps == [1, 2]
    assert isinstance(result, SupervisedResult) and (result.steps, result.losses) == (3, ((1, 2.0),))
    told = json.loads(result.versions["told"])
    assert (told["kind"], told["device"], told["dtype"], told["processes"]) == ("supervised", "cpu", "bfloat16", 1)
    assert told["RANK"] == "", "a launcher that passgap was started with is none of the job's"


def test_a_job_without_a_folder_of_its_own_leaves_none(trainer: ProcessTrainer, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="exit code 1") as caught:
        trainer.train(job_of(tmp_path, "crash", work=None))
    assert "Run again to train from the beginning" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_process_is_raised_as_it_was(trainer: ProcessTrainer, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no") as caught:
        trainer.train(job_of(tmp_path, "refuse"))
    assert (caught.value.summary, caught.value.problems) == ("no", ("the first", "the second"))


@pytest.mark.parametrize(
    ("what", "ended", "said"),
    [
        ("crash", "ended with exit code 1", "RuntimeError: a bug"),
        ("kill", "was killed by SIGKILL", "where memory runs out"),
        ("segfault", "was killed by SIGSEGV", "this goes to the output"),
    ],
)
def test_a_crash_is_an_error_with_the_last_lines_and_what_was_kept(
    what: str, ended: str, said: str, trainer: ProcessTrainer, tmp_path: Path
) -> None:
    with pytest.raises(EngineError, match=ended) as caught:
        trainer.train(job_of(tmp_path, what))
    text = str(caught.value)
    assert said in text and "this goes to the output" in text and "run again to go on from it" in text


def test_nothing_of_it_is_left_when_the_study_gives_up(trainer: ProcessTrainer, tmp_path: Path) -> None:
    class GivenUpError(Exception):
        pass

    def give_up(steps: int) -> None:
        if steps == 2:
            assert wait_for((tmp_path / "w" / "pids").exists)
            raise GivenUpError

    with pytest.raises(GivenUpError):
        trainer.train(job_of(tmp_path, "wait"), progress=give_up)
    pids = list(map(int, (tmp_path / "w" / "pids").read_text().split()))
    assert wait_for(lambda: not any(map(alive, pids)))


def test_it_ends_with_a_study_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nsys.path.insert(0, sys.argv[2])\n"
        "from test_process_trainer import job_of\nfrom passgap.trainers import TRAINERS\n"
        "from passgap.trainers.process import ProcessTrainer\n"
        "ProcessTrainer(TRAINERS['supervised'], 'scripted_process', 'cpu', 'float32')"
        ".train(job_of(Path(sys.argv[1]), 'wait'))\n"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    study = subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(HERE)], env=environ)
    assert wait_for((tmp_path / "w" / "pids").exists)
    trained = int((tmp_path / "w" / "pids").read_text().split()[0])
    assert alive(trained)
    study.kill()
    study.wait()
    assert wait_for(lambda: not alive(trained))


EXAMPLES = tuple(
    TrainExample(prompt=Prompt(user=f"Add {word}.", prefix="```python\n"), completion=f"x = {number}\ny = x + 1\n")
    for number, word in enumerate(["two", "all", "some", "none"] * 4, start=1)
)


def real_job(base: Path, output: Path, **parts: Any) -> SupervisedJob:
    settings = {"learning_rate": 5e-3, "batch_size": 4, "epochs": 40.0, "checkpoint_minutes": 1e-9}
    config = TrainConfig(**{**settings, **parts.pop("config", {})})
    return SupervisedJob(base=base, output=output, config=config, seed=3, examples=EXAMPLES, **parts)


def real_trainer() -> Trainer[SupervisedJob]:
    pytest.importorskip("peft")
    return open_process_trainer("supervised", training_process.MODULE, "cpu", "float32")


@pytest.mark.slow  # tests/e2e runs a study with one in the fast tests
def test_a_real_process_trains_and_says_how_much_memory_it_took(tiny_model: Path, tmp_path: Path) -> None:
    steps: list[int] = []
    result = real_trainer().train(real_job(tiny_model, tmp_path / "m", config={"epochs": 1.0}), progress=steps.append)
    assert sum(steps) == result.steps == 4
    assert (tmp_path / "m" / "model.safetensors").is_file()
    assert result.peak_memory_bytes is not None and 50e6 < result.peak_memory_bytes < 4e9
    assert (result.processes, result.peak_device_bytes) == (1, None)


@pytest.mark.slow
def test_a_process_that_is_killed_in_the_middle_goes_on_and_ends_in_the_same_bytes(
    tiny_model: Path, tmp_path: Path
) -> None:
    whole = real_trainer().train(real_job(tiny_model, tmp_path / "whole"))
    work = tmp_path / "work"
    for wanted in (6, 60):
        failed: list[EngineError] = []

        def run(failed: list[EngineError] = failed) -> None:
            try:
                real_trainer().train(real_job(tiny_model, tmp_path / "resumed", work=work))
            except EngineError as error:
                failed.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        assert wait_for(
            lambda wanted=wanted: [  # type: ignore[misc]
                path for path in work.glob("checkpoints/*/complete.json") if int(path.parent.name[11:]) >= wanted
            ]
        )
        [pid] = [
            int(path.parent.name)
            for path in Path("/proc").glob("[0-9]*/cmdline")
            if str(work).encode() in path.read_bytes()
        ]
        os.kill(pid, signal.SIGKILL)
        thread.join()
        assert "was killed by SIGKILL" in failed[0].summary
    steps: list[int] = []
    resumed = real_trainer().train(real_job(tiny_model, tmp_path / "resumed", work=work), progress=steps.append)
    assert steps[0] >= 60 and sum(steps) == whole.steps == 160
    assert (tmp_path / "whole" / "model.safetensors").read_bytes() == (
        tmp_path / "resumed" / "model.safetensors"
    ).read_bytes()
    assert (resumed.losses, resumed.tokens) == (whole.losses, whole.tokens)
    assert (work / OUTPUT).exists()


@pytest.mark.slow
@pytest.mark.parametrize("method", ["full", "lora"])
def test_two_processes_are_one_within_rounding(tiny_model: Path, tmp_path: Path, method: str) -> None:
    from safetensors.torch import load_file  # noqa: PLC0415

    results = {}
    for count in (1, 2):
        config = {"processes": count, "method": method, "save_dtype": "float32", "eval_every": 5, "lora_rank": 4}
        job = real_job(tiny_model, tmp_path / str(count), config={**config, "epochs": 3.0}, held_back=EXAMPLES[:3])
        results[count] = real_trainer().train(job)
    one, two = results[1], results[2]
    assert (one.processes, two.processes) == (1, 2)
    assert (one.steps, one.tokens, one.prompt_tokens) == (two.steps, two.tokens, two.prompt_tokens)
    for (_, first), (_, second) in zip(one.losses, two.losses, strict=True):
        assert second == pytest.approx(first, rel=1e-4)
    for ours, theirs in zip(one.dose, two.dose, strict=True):  # type: ignore[attr-defined]
        assert (ours.step, ours.tokens) == (theirs.step, theirs.tokens)
        assert theirs.loss == pytest.approx(ours.loss, rel=1e-4)
    tuned, other, base = (
        load_file(folder / "model.safetensors") for folder in (one.checkpoint, two.checkpoint, tiny_model)
    )
    moved = max(float((tuned[name] - base[name].float()).abs().max()) for name in tuned)
    apart = max(float((tuned[name] - other[name]).abs().max()) for name in tuned)
    assert apart < 0.02 * moved
