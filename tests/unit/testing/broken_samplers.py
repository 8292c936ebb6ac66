"""Samplers with one fault each, and the test of the contract that must find it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from documented import module_of
from passgap.errors import EngineError
from passgap.ports import SampleRequest
from passgap.records import Decoding, Sample
from passgap.testing import SamplerContract

BIGRAM: Any = module_of("extending.md", "bigram_engine.py").BigramSampler


class _Broken(SamplerContract):
    """Makes a sampler of the class ``faulty`` with a model of bigrams."""

    context_tokens = 4096
    faulty: Any

    @pytest.fixture(scope="class")
    @classmethod
    def sampler(cls, tmp_path_factory: pytest.TempPathFactory) -> Any:
        folder: Path = tmp_path_factory.mktemp("bigrams")
        (folder / "corpus.txt").write_text("def add(a, b):\n    return a + b\n" * 3)
        return cls.faulty(folder, context_tokens=4096)


class _Changing(BIGRAM):
    """Samples of the real engine, changed."""

    def sample(self, requests: Sequence[SampleRequest], decoding: Decoding, **options: Any) -> Iterator[Sample]:
        for sample in super().sample(requests, decoding, **options):
            yield sample.model_copy(update=self.change(sample))

    def change(self, sample: Sample) -> dict[str, Any]:
        return {}


class _LosesSamples(_Changing):
    def sample(self, requests: Sequence[SampleRequest], decoding: Decoding, **options: Any) -> Iterator[Sample]:
        return iter(list(super().sample(requests, decoding, **options))[:-1])


class BrokenLosesSamples(_Broken):
    fails = "test_every_sample_is_yielded_once_with_its_seed"
    faulty = _LosesSamples


class _CountsNoTokens(_Changing):
    def sample(self, requests: Sequence[SampleRequest], decoding: Decoding, **_: Any) -> Iterator[Sample]:
        return super().sample(requests, decoding)


class BrokenCountsNoTokens(_Broken):
    fails = "test_tokens_are_counted_and_limited"
    faulty = _CountsNoTokens


class _IgnoresSeeds(_Changing):
    calls = count()

    def change(self, sample: Sample) -> dict[str, Any]:
        return {"completion": f"{sample.completion}{next(self.calls)}"}


class BrokenIgnoresSeeds(_Broken):
    fails = "test_the_same_requests_give_the_same_samples"
    faulty = _IgnoresSeeds


class _IgnoresTheTemperature(_Changing):
    def sample(self, requests: Sequence[SampleRequest], decoding: Decoding, **options: Any) -> Iterator[Sample]:
        return super().sample(requests, decoding.model_copy(update={"temperature": 2.0}), **options)


class BrokenIgnoresTheTemperature(_Broken):
    fails = "test_greedy_samples_of_a_prompt_are_equal"
    faulty = _IgnoresTheTemperature


class _IgnoresStops(_Changing):
    def sample(self, requests: Sequence[SampleRequest], decoding: Decoding, **options: Any) -> Iterator[Sample]:
        unstopped = [
            each.model_copy(update={"prompt": each.prompt.model_copy(update={"stop": ()})}) for each in requests
        ]
        return super().sample(unstopped, decoding, **options)


class BrokenIgnoresStops(_Broken):
    fails = "test_a_stop_string_ends_a_completion_and_is_not_part_of_it"
    faulty = _IgnoresStops


class _NamesOnePrompt(_Changing):
    def sample(self, requests: Sequence[SampleRequest], decoding: Decoding, **options: Any) -> Iterator[Sample]:
        try:
            yield from super().sample(requests, decoding, **options)
        except EngineError as error:
            raise EngineError(error.summary, error.problems[:1]) from error


class BrokenNamesOnePrompt(_Broken):
    fails = "test_prompts_that_do_not_fit_are_all_named"
    faulty = _NamesOnePrompt


class _GoesOnWhereItWasLeft(_Changing):
    left: Iterator[Sample] | None = None

    def sample(self, requests: Sequence[SampleRequest], decoding: Decoding, **options: Any) -> Iterator[Sample]:
        before, self.left = self.left or iter(()), iter(list(super().sample(requests, decoding, **options)))
        yield from before
        yield from self.left


class BrokenGoesOnWhereItWasLeft(_Broken):
    fails = "test_an_abandoned_call_does_not_disturb_the_next"
    faulty = _GoesOnWhereItWasLeft


class _AlwaysKeepsLogprobs(_Changing):
    def change(self, sample: Sample) -> dict[str, Any]:
        return {"logprobs": (0.0,) * sample.completion_tokens}


class BrokenAlwaysKeepsLogprobs(_Broken):
    fails = "test_logprobs_are_kept_only_on_request"
    faulty = _AlwaysKeepsLogprobs


class _MakesOneUp(_Changing):
    def sample(self, requests: Sequence[SampleRequest], decoding: Decoding, **options: Any) -> Iterator[Sample]:
        yield from super().sample(requests, decoding, **options)
        if not requests:
            yield Sample.model_construct(problem_id="p0", index=0)


class BrokenMakesOneUp(_Broken):
    fails = "test_no_requests_give_no_samples"
    faulty = _MakesOneUp


class _SaysLittleOfItself(_Changing):
    def __init__(self, model: Path, **options: Any) -> None:
        super().__init__(model, **options)
        self.identity = self.identity.model_copy(update={"versions": {}})


class BrokenSaysLittleOfItself(_Broken):
    fails = "test_the_identity_is_complete_and_constant"
    faulty = _SaysLittleOfItself


class _GivesTooFewLogits(_Changing):
    def next_token_logits(self, prompt: Any, completion: str, limit: int) -> np.ndarray:
        logits: np.ndarray = super().next_token_logits(prompt, completion, limit)
        return logits[1:]


class BrokenGivesTooFewLogits(_Broken):
    fails = "test_logits_are_given_for_each_token_of_a_completion"
    faulty = _GivesTooFewLogits


class _ForgetsThePrompt(_Changing):
    """Likelihoods of another text than the one whose logits it gives."""

    def logits_of_tokens(self, prompt: Any, tokens: Sequence[int]) -> np.ndarray:
        return np.tile(np.arange(max(tokens) + 2, dtype=np.float32), (len(tokens), 1))

    def token_logprobs(self, prompt: Any, completions: Sequence[Sequence[int]]) -> Iterator[np.ndarray]:
        for tokens in completions:
            yield np.full(len(tokens), -0.5)

    def change(self, sample: Sample) -> dict[str, Any]:
        return {"tokens": tuple(range(sample.completion_tokens))}


class BrokenForgetsThePrompt(_Broken):
    fails = "test_likelihoods_of_given_tokens_are_those_of_the_logits"
    faulty = _ForgetsThePrompt
