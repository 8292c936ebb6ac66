"""Rollouts a second of passgap's policy sampler against those of TRL's ``GRPOTrainer``, in one run on one machine.

    PASSGAP_MBPP=mbpp.jsonl python benchmarks/rollouts.py [--dtype float32] [--repeats 3] [--json]

The shape is that of an update: 8 problems of MBPP, 8 samples of each, up to 120 new tokens, temperature 1 without
truncation, the embedded model with float32 weights as a fine-tune keeps them. TRL draws with its own
``GRPOTrainer._generate_single_turn``, which calls ``generate`` on the weights as they are. passgap's side includes the
copy of the weights to the workers, which every update pays, in the type that a fine-tune would sample in here
(``auto``, or ``--dtype``). Answers end at the model's end token alone on both sides, and tokens behind it are not
counted. The two sides take turns; loading and a first call of each, of four tokens, do not count. The sampler's
log-probabilities are compared with those that the trainer's weights give in float32. The machine's load is read before
and after: on a busy machine the ratio by CPU time, worker processes included, says more than that by the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import datasets
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from passgap.engines.local.policy_sampler import LocalPolicySampler
from passgap.models.chat import prompt_tokens
from passgap.models.dtypes import choose_dtype
from passgap.models.embedded import embedded_model
from passgap.ports import SampleRequest
from passgap.quiet import quiet_libraries
from passgap.records import Decoding, Prompt, Record, Sample, sample_seed
from sampling import cpu_seconds, mbpp_prompts, processor

Tokens = Sequence[Sequence[int]]


class Rollouts(Record):
    """The rollouts of one side over all of its turns."""

    name: str
    rollouts: int
    tokens: int
    seconds: float
    cpu_seconds: float
    """Of all processes that took part."""

    @property
    def per_second(self) -> float:
        """Rollouts a second."""
        return self.rollouts / self.seconds

    @property
    def tokens_per_second(self) -> float:
        """New tokens a second."""
        return self.tokens / self.seconds


class Turns:
    """The turns of one side, added up.

    Args:
        name: of the side.
        draw: draws the rollouts of an update, with a seed and the most new tokens.
        pids: the processes that take part besides this one.
    """

    def __init__(self, name: str, draw: Callable[[int, int], Tokens], pids: Callable[[], list[int]]) -> None:
        self._name, self._draw, self._pids = name, draw, pids
        self._sums = [0.0] * 4
        draw(0, 4)

    def take(self, seed: int, new_tokens: int) -> None:
        used, began = cpu_seconds(self._pids()), time.perf_counter()
        drawn = self._draw(seed, new_tokens)
        seconds, used = time.perf_counter() - began, cpu_seconds(self._pids()) - used
        for place, value in enumerate((len(drawn), sum(map(len, drawn)), seconds, used)):
            self._sums[place] += value

    @property
    def result(self) -> Rollouts:
        rollouts, tokens, seconds, used = self._sums
        return Rollouts(name=self._name, rollouts=int(rollouts), tokens=int(tokens), seconds=seconds, cpu_seconds=used)


class TrlSide:
    """TRL's trainer, which draws as it does within a fine-tune."""

    def __init__(self, model: Any, tokenizer: Any, prompts: Sequence[Prompt], options: Any, scratch: str) -> None:
        self._ids = [prompt_tokens(tokenizer, each) for each in prompts for _ in range(options.group)]
        arguments = GRPOConfig(
            output_dir=scratch,
            per_device_train_batch_size=len(self._ids),
            num_generations=options.group,
            max_completion_length=options.new_tokens,
            temperature=1.0,
            top_k=0,
            use_cpu=True,
            bf16=False,
            report_to="none",
        )
        rows = datasets.Dataset.from_dict({"prompt": ["any"] * len(prompts)})
        self._trainer = GRPOTrainer(
            model=model,
            reward_funcs=[lambda completions, **_: [0.0] * len(completions)],
            args=arguments,
            train_dataset=rows,
            processing_class=tokenizer,
        )

    def draw(self, seed: int, new_tokens: int) -> Tokens:
        torch.manual_seed(seed)
        self._trainer.generation_config.max_new_tokens = new_tokens
        drawn, _ = self._trainer._generate_single_turn(self._ids, None, {}, 1)
        return drawn  # type: ignore[no-any-return]


class PassgapSide:
    """The policy sampler, with the copy of the weights that every update makes."""

    def __init__(self, model: Any, folder: Path, prompts: Sequence[Prompt], options: Any, scratch: Path) -> None:
        self._model, self._prompts, self._group = model, prompts, options.group
        self.sampler = LocalPolicySampler(folder, scratch, device="cpu", dtype=options.dtype, workers=options.workers)
        self.last: list[Sample] = []
        self.refreshing = 0.0

    def draw(self, seed: int, new_tokens: int) -> Tokens:
        began = time.perf_counter()
        self.sampler.refresh(self._model.named_parameters())
        self.refreshing += time.perf_counter() - began
        indices = tuple(range(self._group))
        requests = [
            SampleRequest(
                problem_id=str(number),
                prompt=prompt,
                indices=indices,
                seeds=tuple(sample_seed(seed, number, index) for index in indices),
            )
            for number, prompt in enumerate(self._prompts)
        ]
        self.last = list(self.sampler.sample(requests, Decoding(temperature=1.0, max_new_tokens=new_tokens)))
        return [each.tokens or () for each in self.last]

    def pids(self) -> list[int]:
        return self.sampler._pool.pids if self.sampler._pool is not None else []


def logprob_difference(model: Any, tokenizer: Any, prompts: Sequence[Prompt], samples: Sequence[Sample]) -> float:
    """The mean absolute difference, in nats per token, to what the trainer's weights give the drawn tokens."""
    apart = torch.zeros(0)
    for each in samples:
        prefix, tokens = prompt_tokens(tokenizer, prompts[int(each.problem_id)]), list(each.tokens or ())
        with torch.no_grad():
            logits = model(torch.tensor([[*prefix, *tokens]])).logits[0, len(prefix) - 1 : -1]
        wanted = logits.log_softmax(-1).gather(1, torch.tensor(tokens)[:, None])[:, 0]
        apart = torch.cat((apart, (torch.tensor(each.logprobs) - wanted).abs()))
    return float(apart.mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompts", type=int, default=8)
    parser.add_argument("--group", type=int, default=8, help="samples of a prompt")
    parser.add_argument("--new-tokens", type=int, default=120)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--dtype", default="auto", help="in which passgap samples, where not what is fast here")
    parser.add_argument("--workers", type=int, help="worker processes of the sampler, where not one per core")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    chosen, folder = choose_dtype(options.dtype, "cpu"), embedded_model()
    prompts = [each.model_copy(update={"stop": ()}) for each in mbpp_prompts(options.prompts)]
    before = os.getloadavg()
    with tempfile.TemporaryDirectory() as scratch, quiet_libraries():
        tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        theirs = TrlSide(model, tokenizer, prompts, options, scratch)
        ours = PassgapSide(model, folder, prompts, options, Path(scratch))
        sides = [Turns("TRL generate", theirs.draw, list), Turns("passgap", ours.draw, ours.pids)]
        ours.refreshing = 0.0
        for repeat in range(options.repeats):
            for side in sides:
                side.take(repeat + 1, options.new_tokens)
        ours.sampler.close()
        difference = logprob_difference(model.eval(), tokenizer, prompts, ours.last)
    plain, own = (side.result for side in sides)
    document = {
        "runs": [
            {**each.model_dump(), "rollouts_per_second": each.per_second, "tokens_per_second": each.tokens_per_second}
            for each in (plain, own)
        ],
        "ratio_of_rollouts": own.per_second / plain.per_second,
        "ratio_of_tokens": own.tokens_per_second / plain.tokens_per_second,
        "ratio_of_tokens_per_cpu_second": (own.tokens / own.cpu_seconds) / (plain.tokens / plain.cpu_seconds),
        "refresh_seconds": ours.refreshing / options.repeats,
        "logprob_difference": difference,
        "dtype": {"passgap": chosen.dtype, "TRL": "float32"},
        "processor": processor(),
        "threads": options.threads,
        "load_before": before,
        "load_after": os.getloadavg(),
        "versions": {name: version(name) for name in ("torch", "transformers", "trl")},
    }
    print(json.dumps(document, indent=2) if options.json else table(document))


def table(document: dict[str, Any]) -> str:
    """The same for people."""
    rows = [
        f"{each['name']:14} {each['rollouts']:5} rollouts, {each['tokens']:7} tokens in {each['seconds']:6.1f} s: "
        f"{each['rollouts_per_second']:6.2f} rollouts/s, {each['tokens_per_second']:7.1f} tokens/s"
        for each in document["runs"]
    ]
    ratios = ("ratio_of_rollouts", "ratio_of_tokens", "ratio_of_tokens_per_cpu_second")
    rows.append("; ".join(f"{name.replace('_', ' ')} {document[name]:.1f}x" for name in ratios))
    rows.append(
        f"copying the weights {document['refresh_seconds']:.2f} s an update; sampler against trainer "
        f"{document['logprob_difference']:.5f} nats per token"
    )
    rows.append(f"{document['dtype']}; {document['processor']}")
    rows.append(f"load before {document['load_before'][0]:.1f}, after {document['load_after'][0]:.1f}")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
