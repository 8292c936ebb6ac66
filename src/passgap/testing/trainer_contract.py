"""The contract of a trainer (:class:`passgap.ports.Trainer`) for supervised jobs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import EngineError
from passgap.ports import SupervisedJob, SupervisedResult, Trainer
from passgap.recipes import updates_of
from passgap.records import Mix, MixedExample, Prompt, TrainConfig, TrainExample, Turn

PROMPT = Prompt(user="Write a function that adds two numbers.", prefix="```python\n", stop=("\n```",))
EXAMPLES = tuple(
    TrainExample(prompt=PROMPT, completion=f"def add(a, b):\n    return a + b + {number}\n```") for number in range(24)
)
TOO_LONG = TrainExample(prompt=PROMPT, completion="x = 1\n" * 2000)


def instruction_example(number: int) -> MixedExample:
    """A short conversation of someone else's to mix in."""
    turns = (Turn(role="system", content="Be short."), Turn(role="user", content=f"Say {number}."))
    return MixedExample(id=f"example {number}", turns=turns, completion=f"word {number}")


class TrainerContract:
    """Holds a trainer for supervised jobs to its contract. Subclass it in a test module and implement both methods::

        class TestMyTrainer(TrainerContract):
            def make(self):
                return MyTrainer()

            def base_model(self):
                return Path("a/small/model")

    If they take fixtures of yours, override the fixtures :meth:`trainer` and :meth:`base` instead. The model is trained
    about ten times for a dozen steps, so it should be tiny; random weights will do.
    """

    deterministic = True
    """Whether the same job gives the same bytes, as on a CPU."""

    def make(self) -> Trainer[SupervisedJob]:
        """Make the trainer."""
        raise NotImplementedError("implement `make`, or override the fixture `trainer`")

    def base_model(self) -> Path:
        """The folder of a tiny model in Hugging Face layout."""
        raise NotImplementedError("implement `base_model`, or override the fixture `base`")

    @pytest.fixture(scope="class")
    @classmethod
    def trainer(cls) -> Trainer[SupervisedJob]:
        """The trainer under test."""
        return cls().make()

    @pytest.fixture(scope="class")
    @classmethod
    def base(cls) -> Path:
        """The model that is trained."""
        return cls().base_model()

    def test_it_is_a_trainer(self, trainer: Trainer[SupervisedJob]) -> None:
        assert isinstance(trainer, Trainer)

    def test_it_learns_and_writes_a_model_and_leaves_the_base_alone(
        self, trainer: Trainer[SupervisedJob], base: Path, tmp_path: Path
    ) -> None:
        before = _digest(base)
        steps: list[int] = []
        result = _train(trainer, base, tmp_path / "tuned", EXAMPLES, progress=steps.append, epochs=2.0)
        assert result.checkpoint == tmp_path / "tuned"
        assert (result.checkpoint / "config.json").is_file()
        assert list(result.checkpoint.glob("*.safetensors"))
        assert list(result.checkpoint.glob("tokenizer*"))
        assert result.examples == len(EXAMPLES)
        assert sum(steps) == result.steps == 12
        assert result.losses[-1][1] < result.losses[0][1]
        assert result.versions
        assert _digest(base) == before

    @pytest.mark.parametrize(("count", "batch", "epochs"), [(24, 10, 1.0), (20, 4, 1.1), (5, 16, 0.5)])
    def test_it_takes_as_many_updates_as_are_predicted(
        self, trainer: Trainer[SupervisedJob], base: Path, tmp_path: Path, count: int, batch: int, epochs: float
    ) -> None:
        result = _train(trainer, base, tmp_path / "tuned", EXAMPLES[:count], batch_size=batch, epochs=epochs)
        config = TrainConfig(learning_rate=1e-2, batch_size=batch, micro_batch_size=2, epochs=epochs)
        assert result.steps == updates_of(count, config)

    def test_the_same_job_gives_the_same_bytes(
        self, trainer: Trainer[SupervisedJob], base: Path, tmp_path: Path
    ) -> None:
        if not self.deterministic:
            pytest.skip("this trainer is declared not to be deterministic")
        for name in ("one", "two"):
            _train(trainer, base, tmp_path / name, EXAMPLES, epochs=0.5)
        first, second = ({path.name: _digest(path) for path in _weights(tmp_path / name)} for name in ("one", "two"))
        assert first
        assert first == second

    def test_too_long_examples_are_left_out_and_counted_and_never_cut(
        self, trainer: Trainer[SupervisedJob], base: Path, tmp_path: Path
    ) -> None:
        without = _train(trainer, base, tmp_path / "without", EXAMPLES[:4])
        result = _train(trainer, base, tmp_path / "with", [*EXAMPLES[:4], TOO_LONG])
        assert (result.examples, result.dropped_too_long) == (4, 1)
        assert result.tokens == without.tokens

    def test_nothing_to_train_on_is_refused_and_nothing_is_written(
        self, trainer: Trainer[SupervisedJob], base: Path, tmp_path: Path
    ) -> None:
        with pytest.raises(EngineError):
            _train(trainer, base, tmp_path / "none", [TOO_LONG])
        assert not (tmp_path / "none").exists()

    def test_a_base_that_is_no_model_is_refused_and_nothing_is_written(
        self, trainer: Trainer[SupervisedJob], tmp_path: Path
    ) -> None:
        (tmp_path / "empty").mkdir()
        with pytest.raises(EngineError):
            _train(trainer, tmp_path / "empty", tmp_path / "none", EXAMPLES)
        assert not (tmp_path / "none").exists()

    def test_the_mixed_share_is_exact_and_counted(
        self, trainer: Trainer[SupervisedJob], base: Path, tmp_path: Path
    ) -> None:
        mix = Mix(ratio=0.2, chat=True, examples=tuple(map(instruction_example, range(9))))
        result = _train(trainer, base, tmp_path / "tuned", [*EXAMPLES[:16], TOO_LONG], mix=mix)
        assert (result.examples, result.mixed_examples, result.dropped_too_long) == (20, 4, 1)
        assert 0 < result.mixed_tokens < result.pass_tokens

    def test_too_few_examples_to_mix_in_are_refused_and_nothing_is_written(
        self, trainer: Trainer[SupervisedJob], base: Path, tmp_path: Path
    ) -> None:
        mix = Mix(ratio=0.2, chat=True, examples=(instruction_example(1),))
        with pytest.raises(EngineError):
            _train(trainer, base, tmp_path / "none", EXAMPLES, mix=mix)
        assert not (tmp_path / "none").exists()


def _train(
    trainer: Trainer[SupervisedJob],
    base: Path,
    output: Path,
    examples: Sequence[TrainExample],
    *,
    mix: Mix | None = None,
    progress: Any = None,
    **changes: Any,
) -> SupervisedResult:
    settings = {"learning_rate": 1e-2, "batch_size": 4, "micro_batch_size": 2, "epochs": 1.0, **changes}
    job = SupervisedJob(
        base=base, output=output, config=TrainConfig(**settings), seed=11, examples=tuple(examples), mix=mix
    )
    result = trainer.train(job, progress=progress)
    assert isinstance(result, SupervisedResult)
    return result


def _weights(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.safetensors"))


def _digest(place: Path) -> str:
    """A digest of a file, or of every file of a folder with its name."""
    if place.is_file():
        return hashlib.sha256(place.read_bytes()).hexdigest()
    return "\n".join(f"{each.name} {_digest(each)}" for each in sorted(place.iterdir()) if each.is_file())
