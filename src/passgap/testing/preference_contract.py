"""The contract of trainers (:class:`passgap.ports.Trainer`) for pairs: the reference pass, and the fine-tune."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import EngineError
from passgap.ports import Trainer
from passgap.ports.preference_job import LogProbs, PreferenceJob, PreferenceResult, ReferenceJob, ReferenceResult
from passgap.recipes import updates_of
from passgap.records import PreferenceLoss, PreferencePair, Prompt, TrainConfig, TrainExample

PROMPT = Prompt(user="Write a function that adds two numbers.", prefix="```python\n", stop=("\n```",))


def answer(text: str) -> TrainExample:
    """An answer to the one prompt."""
    return TrainExample(prompt=PROMPT, completion=text)


PAIRS = tuple(
    PreferencePair(
        chosen=answer(f"def add(a, b):\n    return a + b + {number}\n```"),
        rejected=answer(f"def add(a, b):\n    print(a, b, {number})\n```"),
    )
    for number in range(12)
)
TOO_LONG = PreferencePair(chosen=PAIRS[0].chosen, rejected=answer("x = 1\n" * 2000))


class PreferenceTrainerContract:
    """Holds the trainers for pairs to their contract. Subclass it in a test module and implement all three methods::

        class TestMyTrainers(PreferenceTrainerContract):
            def make(self):
                return MyPreferenceTrainer()

            def make_reference(self):
                return MyReferencePass()

            def base_model(self):
                return Path("a/small/model")

    If they take fixtures of yours, override the fixtures instead. The model should be tiny; random weights will do.
    """

    deterministic = True
    """Whether the same job gives the same bytes, as on a CPU."""

    def make(self) -> Trainer[PreferenceJob]:
        """Make the trainer for pairs."""
        raise NotImplementedError("implement `make`, or override the fixture `trainer`")

    def make_reference(self) -> Trainer[ReferenceJob]:
        """Make the one that computes the reference's log-probabilities."""
        raise NotImplementedError("implement `make_reference`, or override the fixture `reference`")

    def base_model(self) -> Path:
        """The folder of a tiny model in Hugging Face layout."""
        raise NotImplementedError("implement `base_model`, or override the fixture `base`")

    @pytest.fixture(scope="class")
    @classmethod
    def trainer(cls) -> Trainer[PreferenceJob]:
        """The trainer under test."""
        return cls().make()

    @pytest.fixture(scope="class")
    @classmethod
    def reference(cls) -> Trainer[ReferenceJob]:
        """The reference pass under test."""
        return cls().make_reference()

    @pytest.fixture(scope="class")
    @classmethod
    def base(cls) -> Path:
        """The model that is trained."""
        return cls().base_model()

    @pytest.fixture(scope="class")
    @classmethod
    def known(cls, reference: Trainer[ReferenceJob], base: Path) -> tuple[LogProbs | None, ...]:
        """The reference's log-probabilities of the pairs."""
        return _measured(reference, base, PAIRS)

    def test_they_are_trainers(self, trainer: Trainer[PreferenceJob], reference: Trainer[ReferenceJob]) -> None:
        assert isinstance(trainer, Trainer)
        assert isinstance(reference, Trainer)

    def test_margins_rise_and_a_model_is_written_and_the_base_is_left_alone(
        self, trainer: Trainer[PreferenceJob], base: Path, tmp_path: Path, known: Sequence[LogProbs | None]
    ) -> None:
        before = _digest(base)
        steps: list[int] = []
        result = _train(trainer, base, tmp_path / "tuned", PAIRS, known, progress=steps.append, epochs=2.0)
        assert result.checkpoint == tmp_path / "tuned"
        assert (result.checkpoint / "config.json").is_file()
        assert list(result.checkpoint.glob("*.safetensors"))
        assert list(result.checkpoint.glob("tokenizer*"))
        assert result.examples == len(PAIRS)
        assert sum(steps) == result.steps == 6
        assert result.losses[-1][1] < result.losses[0][1]
        assert result.before.margin == 0.0 < result.after.margin
        assert result.measured_pairs
        assert _digest(base) == before

    def test_it_takes_as_many_updates_as_are_predicted(
        self, trainer: Trainer[PreferenceJob], base: Path, tmp_path: Path, known: Sequence[LogProbs | None]
    ) -> None:
        result = _train(trainer, base, tmp_path / "tuned", PAIRS[:5], known[:5], epochs=1.5)
        assert result.steps == updates_of(5, TrainConfig(**_settings(epochs=1.5)))

    def test_the_same_job_gives_the_same_bytes(
        self, trainer: Trainer[PreferenceJob], base: Path, tmp_path: Path, known: Sequence[LogProbs | None]
    ) -> None:
        if not self.deterministic:
            pytest.skip("this trainer is declared not to be deterministic")
        for name in ("one", "two"):
            _train(trainer, base, tmp_path / name, PAIRS, known, epochs=0.5)
        first, second = (
            [_digest(path) for path in sorted((tmp_path / name).glob("*.safetensors"))] for name in ("one", "two")
        )
        assert first == second

    def test_too_long_pairs_are_left_out_and_counted_and_never_cut(
        self, trainer: Trainer[PreferenceJob], reference: Trainer[ReferenceJob], base: Path, tmp_path: Path
    ) -> None:
        pairs = (PAIRS[0], TOO_LONG, PAIRS[1])
        known = _measured(reference, base, pairs)
        assert [each is None for each in known] == [False, True, False]
        result = _train(trainer, base, tmp_path / "tuned", pairs, known)
        without = _train(trainer, base, tmp_path / "without", PAIRS[:2], (known[0], known[2]))
        assert (result.examples, result.dropped_too_long) == (2, 1)
        assert result.tokens == without.tokens

    def test_what_cannot_be_trained_on_is_refused_and_nothing_is_written(
        self,
        trainer: Trainer[PreferenceJob],
        reference: Trainer[ReferenceJob],
        base: Path,
        tmp_path: Path,
        known: Sequence[LogProbs | None],
    ) -> None:
        (tmp_path / "empty").mkdir()
        for model, pairs, values in (
            (base, [TOO_LONG], [None]),
            (base, PAIRS, known[:3]),
            (tmp_path / "empty", PAIRS, known),
        ):
            with pytest.raises(EngineError):
                _train(trainer, model, tmp_path / "none", pairs, values)
        for model, pairs in ((base, [TOO_LONG]), (tmp_path / "empty", PAIRS)):
            with pytest.raises(EngineError):
                _measured(reference, model, pairs)
        assert not (tmp_path / "none").exists()


def _settings(**changes: Any) -> dict[str, Any]:
    return {"learning_rate": 3e-3, "batch_size": 4, "micro_batch_size": 2, "epochs": 1.0, **changes}


def _measured(
    reference: Trainer[ReferenceJob], base: Path, pairs: Sequence[PreferencePair]
) -> tuple[LogProbs | None, ...]:
    job = ReferenceJob(base=base, output=base / "none", config=TrainConfig(**_settings()), seed=11, pairs=tuple(pairs))
    result = reference.train(job)
    assert isinstance(result, ReferenceResult)
    assert not job.output.exists()
    return result.log_probs


def _train(
    trainer: Trainer[PreferenceJob],
    base: Path,
    output: Path,
    pairs: Sequence[PreferencePair],
    known: Sequence[LogProbs | None],
    *,
    progress: Any = None,
    **changes: Any,
) -> PreferenceResult:
    job = PreferenceJob(
        base=base,
        output=output,
        config=TrainConfig(**_settings(**changes)),
        seed=11,
        pairs=tuple(pairs),
        loss=PreferenceLoss(kind="dpo", beta=0.1),
        reference=tuple(known),
    )
    result = trainer.train(job, progress=progress)
    assert isinstance(result, PreferenceResult)
    return result


def _digest(place: Path) -> str:
    """A digest of a file, or of every file of a folder with its name."""
    if place.is_file():
        return hashlib.sha256(place.read_bytes()).hexdigest()
    return "\n".join(f"{each.name} {_digest(each)}" for each in sorted(place.iterdir()) if each.is_file())
