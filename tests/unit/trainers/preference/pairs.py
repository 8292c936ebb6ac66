"""Pairs that a tiny model can learn from, and the jobs on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from passgap.ports.preference_job import LogProbs, PreferenceJob, PreferenceResult, ReferenceJob
from passgap.records import PreferenceLoss, PreferencePair, Prompt, TrainConfig, TrainExample
from passgap.trainers import open_trainer

PROMPT = Prompt(user="Write a function that adds two numbers.", prefix="```python\n", stop=("\n```",))
DPO = PreferenceLoss(kind="dpo", beta=0.1)


def example(text: str, **parts: Any) -> TrainExample:
    return TrainExample(prompt=PROMPT, completion=text, **parts)


def pair(number: int) -> PreferencePair:
    """An answer that returns the sum, and one of the same length that prints it."""
    return PreferencePair(
        chosen=example(f"def add(a, b):\n    return a + b + {number}\n```"),
        rejected=example(f"def add(a, b):\n    print(a, b, {number})\n```"),
    )


PAIRS = tuple(map(pair, range(12)))


def config(**changes: Any) -> TrainConfig:
    settings = {"learning_rate": 3e-3, "batch_size": 4, "micro_batch_size": 2, "epochs": 2.0, "weight_decay": 0.0}
    return TrainConfig(**{**settings, **changes})


def reference(base: Path, pairs: tuple[PreferencePair, ...] = PAIRS, **changes: Any) -> tuple[LogProbs | None, ...]:
    """The base model's log-probabilities of the answers."""
    job = ReferenceJob(base=base, output=base / "none", config=config(**changes), seed=11, pairs=pairs)
    result: Any = open_trainer("reference", "cpu").train(job)
    return tuple(result.log_probs)


def train(
    base: Path,
    output: Path,
    pairs: tuple[PreferencePair, ...] = PAIRS,
    loss: PreferenceLoss = DPO,
    known: tuple[LogProbs | None, ...] | None = None,
    **changes: Any,
) -> PreferenceResult:
    job = PreferenceJob(
        base=base,
        output=output,
        config=config(**changes),
        seed=11,
        pairs=pairs,
        loss=loss,
        reference=known or reference(base, pairs, **changes),
    )
    steps: list[int] = []
    result = open_trainer("preference", "cpu").train(job, progress=steps.append)
    assert isinstance(result, PreferenceResult)
    assert sum(steps) == result.steps
    return result
