"""The contract of an engine's sampler (:class:`passgap.ports.Sampler`)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest

from passgap.errors import EngineError
from passgap.ports import LikelihoodSource, LogitSource, Sampler, SampleRequest, TopLogprobSource
from passgap.records import Decoding, FinishReason, Prompt, Sample, sample_seed

DECODING = Decoding(temperature=1.0, top_k=20, top_p=0.9, max_new_tokens=10)
"""Some randomness, little of it in the tail, few tokens."""

COMPLETION = "def add(a, b):\n    return a + b\n"


def sample_requests(problems: int = 3, samples: int = 5) -> list[SampleRequest]:
    """``samples`` samples for each of ``problems`` prompts of different lengths, each with a seed of its own."""
    return [
        SampleRequest(
            problem_id=f"p{number}",
            prompt=Prompt(user="Write a function that adds. " * (number + 1), prefix="```python\n", stop=("\n```",)),
            indices=tuple(range(samples)),
            seeds=tuple(sample_seed(1, number, index) for index in range(samples)),
        )
        for number in range(problems)
    ]


class SamplerContract:
    """Holds a sampler to its contract. Subclass it in a test module and implement :meth:`make`::

        class TestMyEngine(SamplerContract):
            context_tokens = 1024

            def make(self):
                return MySampler("path/to/a/small/model")

    The sampler is opened once per class and closed twice at the end. If making it takes fixtures of yours, override the
    fixture :meth:`sampler` instead. Any model will do, with random weights too, if its tokenizer can encode English and
    code; it should be small, since about 200 completions of 10 tokens are drawn.
    """

    context_tokens: int = 32_768
    """Tokens that a prompt and its completion may have together."""

    def make(self) -> Sampler:
        """Open the sampler."""
        raise NotImplementedError("implement `make`, or override the fixture `sampler`")

    @pytest.fixture(scope="class")
    @classmethod
    def sampler(cls) -> Iterator[Sampler]:
        """The sampler under test."""
        opened = cls().make()
        yield opened
        opened.close()
        opened.close()

    def test_it_is_a_sampler(self, sampler: Sampler) -> None:
        assert isinstance(sampler, Sampler)
        assert sampler.concurrency >= 1
        assert sampler.devices >= 1

    def test_every_sample_is_yielded_once_with_its_seed(self, sampler: Sampler) -> None:
        requests = sample_requests()
        seeds = {(each.problem_id, i): s for each in requests for i, s in zip(each.indices, each.seeds, strict=True)}
        samples = list(sampler.sample(requests, DECODING))
        assert {(each.problem_id, each.index): each.seed for each in samples} == seeds
        assert len(samples) == len(seeds)

    def test_tokens_are_counted_and_limited(self, sampler: Sampler) -> None:
        counted: list[int] = []
        samples = list(sampler.sample(sample_requests(), DECODING, progress=counted.append))
        assert sum(counted) == sum(each.completion_tokens for each in samples)
        assert all(1 <= each.completion_tokens <= DECODING.max_new_tokens for each in samples)
        cut = [each for each in samples if each.finish_reason is FinishReason.LENGTH]
        assert all(each.completion_tokens == DECODING.max_new_tokens for each in cut)
        longer = {each.problem_id: each.prompt_tokens for each in samples}
        assert 0 < longer["p0"] < longer["p1"] < longer["p2"]

    def test_the_same_requests_give_the_same_samples(self, sampler: Sampler) -> None:
        first = _by_key(sampler.sample(sample_requests(), DECODING))
        second = _by_key(sampler.sample(sample_requests(), DECODING))
        assert first == second
        assert len({each.completion for each in first.values()}) > 1

    def test_greedy_samples_of_a_prompt_are_equal(self, sampler: Sampler) -> None:
        greedy = Decoding(temperature=0.0, max_new_tokens=6)
        samples = list(sampler.sample(sample_requests(1), greedy))
        assert len(samples) == 5
        assert len({each.completion for each in samples}) == 1

    def test_a_stop_string_ends_a_completion_and_is_not_part_of_it(self, sampler: Sampler) -> None:
        greedy = Decoding(temperature=0.0, max_new_tokens=12)
        [whole] = sampler.sample(sample_requests(1, 1), greedy)
        stop = next(each for each in whole.completion[2:] if each.isascii() and each.isprintable())
        [request] = sample_requests(1, 1)
        stopped = request.model_copy(update={"prompt": request.prompt.model_copy(update={"stop": (stop,)})})
        [cut] = sampler.sample([stopped], greedy)
        assert cut.finish_reason is FinishReason.STOP
        assert stop not in cut.completion
        assert whole.completion.startswith(cut.completion)
        assert cut.completion_tokens <= whole.completion_tokens

    def test_prompts_that_do_not_fit_are_all_named(self, sampler: Sampler) -> None:
        long = Prompt(user="word " * (3 * self.context_tokens))
        requests = [each.model_copy(update={"prompt": long}) for each in sample_requests(2)]
        with pytest.raises(EngineError, match="2 prompts do not fit") as caught:
            list(sampler.sample([*sample_requests(1), *requests], DECODING))
        assert [problem.split(":")[0] for problem in caught.value.problems] == ["p0", "p1"]

    def test_an_abandoned_call_does_not_disturb_the_next(self, sampler: Sampler) -> None:
        abandoned = list(islice(sampler.sample(sample_requests(2, 4), DECODING), 1))
        assert len(abandoned) == 1
        samples = list(sampler.sample(sample_requests(3, 4), DECODING))
        assert len(_by_key(samples)) == len(samples) == 12

    def test_logprobs_are_kept_only_on_request(self, sampler: Sampler) -> None:
        assert {each.logprobs for each in sampler.sample(sample_requests(1), DECODING)} == {None}

    def test_no_requests_give_no_samples(self, sampler: Sampler) -> None:
        assert list(sampler.sample([], DECODING)) == []

    def test_the_identity_is_complete_and_constant(self, sampler: Sampler) -> None:
        assert len(sampler.identity.model_digest) == 64
        assert sampler.identity.versions
        before = sampler.identity.model_dump()
        assert len(list(sampler.sample(sample_requests(), DECODING))) > 0
        assert sampler.identity.model_dump() == before

    def test_logits_are_given_for_each_token_of_a_completion(self, sampler: Sampler) -> None:
        prompt = sample_requests(1)[0].prompt
        if isinstance(sampler, TopLogprobSource):
            top = sampler.top_logprobs(prompt, COMPLETION, 4)
            assert top.shape[0] == 4
            assert 2 <= top.shape[1] <= sampler.vocabulary
            assert (np.diff(top, axis=1) <= 0.0).all()
            assert (np.exp(top).sum(axis=1) <= 1.0 + 1e-6).all()
        elif isinstance(sampler, LogitSource):
            logits = sampler.next_token_logits(prompt, COMPLETION, 4)
            assert logits.shape[0] == 4
            assert logits.shape[1] > 2
            assert logits.dtype == "float32"
        else:
            pytest.skip("it gives neither logits nor log-probabilities, so no learning signal is measured with it")

    def test_likelihoods_of_given_tokens_are_those_of_the_logits(self, sampler: Sampler) -> None:
        if not isinstance(sampler, LikelihoodSource):
            pytest.skip("it reports no likelihoods of given tokens, so what rests on them is not measured with it")
        drawn = [each for each in sampler.sample(sample_requests(1), DECODING) if each.tokens]
        if not drawn:
            pytest.skip("its samples carry no tokens")
        # Of different lengths, with one token too, as completions of a prompt are.
        given = [each.tokens for each in drawn if each.tokens] + [drawn[0].tokens[:1] if drawn[0].tokens else ()]
        prompt = sample_requests(1)[0].prompt
        found = list(sampler.token_logprobs(prompt, given))
        assert [len(each) for each in found] == [len(each) for each in given]
        for tokens, logprobs in zip(given, found, strict=True):
            logits = sampler.logits_of_tokens(prompt, tokens).astype(np.float64)
            assert logits.shape[0] == len(tokens)
            own = logits[np.arange(len(tokens)), list(tokens)] - np.logaddexp.reduce(logits, axis=1)
            assert np.abs(own - logprobs).max() < 0.05


def _by_key(samples: Iterator[Sample] | list[Sample]) -> dict[tuple[str, int], Sample]:
    return {(each.problem_id, each.index): each for each in samples}
