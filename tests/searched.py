"""A study with a search for a recipe, on a scripted model that reports likelihoods: the best recipe is known."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import log_softmax

from passgap.ports import Progress, SampleRequest, SupervisedJob, SupervisedResult, TrainingMeans
from passgap.recipes import updates_of
from passgap.records import Decoding, Prompt, Sample
from passgap.study import Study
from passgap.testing import scripted_study
from passgap.testing.scripted_study import ScriptedSampler, ScriptedTrainer, open_scripted_study

VOCABULARY = 8
PROBABILITY = 0.6
"""The share of positions at which the base model finds the drawn token likelier than another one."""

PILOT: dict[str, Any] = {
    "arm": "ssd",
    "recipes": [
        {"temperature": 1.2, "learning_rate": 1e-3},
        {"temperature": 1.6, "learning_rate": 3e-3},
        {"temperature": 1.6, "learning_rate": 2e-3},
    ],
    "rungs": [{"dose": 0.5, "problems": 5, "samples": 3}, {"dose": 1, "problems": 10, "samples": 3}],
    "base_samples": 3,
    "least_problems": 3,
}
BEST = 2
"""The number of the recipe with the highest learning rate, which is the best one in this script."""

ARMS: dict[str, Any] = {"ssd": {"sampling": {"top_k": 20, "per_prompt": 2}, "training": {"batch_size": 2}}}


class LikelySampler(ScriptedSampler):
    """The scripted model with tokens and logits: a tuned one finds the drawn tokens likelier, as far as it learned."""

    def __init__(self, model: Path, drawn: Counter[str]) -> None:
        super().__init__(model, drawn)
        learned = model / "learned"
        self._learned = float(learned.read_text()) if learned.exists() else 0.0

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        for each in super().sample(requests, decoding, progress=progress):
            tokens = tuple(byte % VOCABULARY for byte in hashlib.sha256(each.completion.encode()).digest())
            yield each.model_copy(update={"tokens": tokens})

    def token_logprobs(self, prompt: Prompt, completions: Sequence[Sequence[int]]) -> Iterator[npt.NDArray[np.float64]]:
        for tokens in completions:
            rows = log_softmax(self.logits_of_tokens(prompt, tokens).astype(np.float64), axis=-1)
            yield rows[np.arange(len(tokens)), tokens]

    def logits_of_tokens(self, prompt: Prompt, tokens: Sequence[int]) -> npt.NDArray[np.float32]:
        seed = int.from_bytes(hashlib.sha256(repr((prompt.user, tuple(tokens))).encode()).digest()[:4], "big")
        luck = np.random.default_rng(seed).uniform(size=len(tokens))
        logits = np.zeros((len(tokens), VOCABULARY), dtype=np.float32)
        right = np.where(luck < PROBABILITY + self._learned, tokens, (np.asarray(tokens) + 1) % VOCABULARY)
        logits[np.arange(len(tokens)), right] = 2.0
        return logits


class GradedTrainer(ScriptedTrainer):
    """Learns in proportion to the learning rate and to the updates that were made."""

    def train(
        self, job: SupervisedJob, *, progress: Progress | None = None, means: TrainingMeans | None = None
    ) -> SupervisedResult:
        result = super().train(job, progress=progress, means=means)
        whole = updates_of(len(job.examples), job.config)
        steps = min(whole, job.stop_after or whole)
        (job.output / "learned").write_text(str(100.0 * job.config.learning_rate * steps / whole))
        assert job.work is not None
        job.work.mkdir(parents=True, exist_ok=True)
        return result.model_copy(update={"steps": steps})


def open_search(
    folder: Path,
    drawn: Counter[str],
    patch: pytest.MonkeyPatch,
    pilot: dict[str, Any] | None = None,
    *,
    over_budget: bool = False,
    **further: Any,
) -> Study:
    """Open the study in a folder.

    Args:
        folder: where it lives.
        drawn: counts every sample that is drawn.
        patch: puts the trainer of this module in the place of that of the scripted study.
        pilot: other settings of the search.
        over_budget: whether the budget may be exceeded.
        further: other sections.
    """
    patch.setitem(scripted_study.SCRIPTED_TRAINERS, "supervised", GradedTrainer)
    folder.mkdir(exist_ok=True)
    sections = {
        "heldout": {"tasks": "jsonl", "path": "heldout.jsonl", "limit": 2},
        "pilot": {**PILOT, **(pilot or {})},
        **further,
    }
    context = open_scripted_study(folder, ARMS, drawn, sections, script=LikelySampler)._context
    return Study(context.intake, context.folder, context.services, over_budget=over_budget)
