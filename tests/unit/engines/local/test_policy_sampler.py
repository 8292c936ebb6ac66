"""Sampling of weights that change between calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from transformers import AutoModelForCausalLM  # noqa: E402

from passgap.engines import open_sampler  # noqa: E402
from passgap.engines.local.policy_sampler import LocalPolicySampler  # noqa: E402
from passgap.errors import EngineError  # noqa: E402
from passgap.models.chat import prompt_tokens  # noqa: E402
from passgap.models.folders import from_folder  # noqa: E402
from passgap.ports import PolicySampler, SampleRequest  # noqa: E402
from passgap.records import Decoding, Sample  # noqa: E402
from passgap.testing.sampler_contract import sample_requests  # noqa: E402

ALL = Decoding(temperature=0.7, max_new_tokens=8)


@pytest.fixture(params=["tiny_model", "other_model"], ids=["decoder", "generate"])
def base(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.getfixturevalue(request.param)
    return folder


def opened(base: Path, scratch: Path, workers: int = 1) -> LocalPolicySampler:
    return LocalPolicySampler(base, scratch, device="cpu", dtype="float32", workers=workers)


def drawn(sampler: PolicySampler, requests: list[SampleRequest]) -> list[Sample]:
    return sorted(sampler.sample(requests, ALL), key=lambda each: each.key)


def changed(base: Path) -> Any:
    """The base model with other weights."""
    model = from_folder(AutoModelForCausalLM, base, dtype=torch.float32)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.5)
    return model


def test_until_it_is_refreshed_it_draws_what_the_base_model_draws(base: Path, tmp_path: Path) -> None:
    plain = open_sampler("local", base, device="cpu", dtype="float32", workers=1)
    policy = opened(base, tmp_path)
    assert isinstance(policy, PolicySampler)
    requests = sample_requests(3, 4)
    found = [each.model_copy(update={"logprobs": None}) for each in drawn(policy, requests)]
    assert found == sorted(plain.sample(requests, ALL), key=lambda each: each.key)


def test_samples_are_of_the_weights_that_it_was_given_last_with_the_odds_that_they_were_drawn_at(
    base: Path, tmp_path: Path
) -> None:
    policy, model = opened(base, tmp_path), changed(base)
    before = drawn(policy, sample_requests(2, 4))
    policy.refresh(model.named_parameters())
    after = drawn(policy, sample_requests(2, 4))
    assert [each.tokens for each in before] != [each.tokens for each in after]
    requests = {each.problem_id: each for each in sample_requests(2, 4)}
    for each in after:
        prefix = prompt_tokens(policy._own._prompts.tokenizer, requests[each.problem_id].prompt)
        tokens = list(each.tokens or ())
        with torch.no_grad():
            logits = model(torch.tensor([[*prefix, *tokens]])).logits[0, len(prefix) - 1 : -1] / ALL.temperature
        wanted = logits.log_softmax(-1).gather(1, torch.tensor(tokens)[:, None])[:, 0]
        assert torch.allclose(torch.tensor(each.logprobs), wanted, atol=1e-4)


@pytest.mark.slow
def test_workers_draw_what_one_process_draws_before_and_after_a_refresh(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = opened(tiny_model, tmp_path / "one"), opened(tiny_model, tmp_path / "two", workers=2)
    requests = sample_requests(5, 8)
    try:
        assert drawn(one, requests) == drawn(two, requests)
        for policy in (one, two):
            policy.refresh(changed(tiny_model).named_parameters())
        assert drawn(one, requests) == drawn(two, requests)
        assert drawn(two, requests[:1]) == drawn(one, requests[:1]), "few samples are drawn without workers"
    finally:
        two.close()
    assert list((tmp_path / "two").iterdir()) == []


def test_weights_of_another_model_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    def stranger() -> Iterator[tuple[str, Any]]:
        yield "model.norm.weight", torch.ones(3)

    with pytest.raises(EngineError, match="not those of the base model") as caught:
        opened(tiny_model, tmp_path).refresh(stranger())
    assert "model.norm.weight" in caught.value.problems[0]
    with pytest.raises(EngineError, match="not those of the base model"):
        opened(tiny_model, tmp_path).refresh([("no.such.weight", torch.ones(3))])
