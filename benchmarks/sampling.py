"""New tokens a second of the local engine against ``model.generate``, in one run on one machine.

    PASSGAP_MBPP=mbpp.jsonl python benchmarks/sampling.py [--dtype float32] [--vllm-python /path/to/python] [--json]

The shape is that of a study: 32 problems of MBPP, 16 samples of each, up to 120 new tokens, temperature 0.8, top-p
0.95, two threads, the embedded model; both sides in one type, by default the one that ``dtype: auto`` means here. An
AVX2 processor without bfloat16 instructions is emulated with ``ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2
MKL_ENABLE_INSTRUCTIONS=AVX2`` where there are more. ``generate`` is given each of several batch sizes on the first
prompts, and the best of them counts. Tokens after the end of an answer are not counted for either. Both answers end
at the model's own end token alone, since stop strings would slow ``generate`` further. With ``--vllm-python``, vLLM is
a further peer on the first prompts, through passgap's own engine in the environment of that interpreter; loading and
compiling do not count. The machine's load is read before and after: figures taken on a busy machine say little beyond
their ratio, and there the ratio of tokens a second of CPU time, worker processes included, says more than that of the
clock's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from passgap.engines.local.sampler import LocalSampler
from passgap.models.chat import render_prompt
from passgap.models.dtypes import choose_dtype, cpu_flags
from passgap.models.embedded import embedded_model
from passgap.ports import SampleRequest
from passgap.records import Decoding, Prompt, Record, Sample, sample_seed

PER_PROMPT = 16

HELD_BACK_BY = ("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS")
"""Variables that hold the libraries to older instructions."""

DECODING = Decoding(temperature=0.8, top_p=0.95, max_new_tokens=120)


class Speed(Record):
    """The result of one way of sampling."""

    name: str
    samples: int
    new_tokens: int
    seconds: float
    cpu_seconds: float
    """Of all processes that took part."""

    @property
    def cpu_rate(self) -> float:
        """New tokens a second of CPU time."""
        return self.new_tokens / self.cpu_seconds

    @property
    def rate(self) -> float:
        """New tokens a second."""
        return self.new_tokens / self.seconds


def mbpp_prompts(count: int) -> list[Prompt]:
    """The first problems of MBPP's test split, as a study asks them."""
    path = Path(os.environ.get("PASSGAP_MBPP", "../shared/data/mbpp.jsonl"))
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    tests = [row for row in rows if 11 <= row["task_id"] <= 510]
    return [
        Prompt(user="\n".join([row["text"], *row["test_list"]]), prefix="```python\n", chat=True)
        for row in tests[:count]
    ]


def processor() -> str:
    """The processor, the instructions that PyTorch uses of it, and what holds them back."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "processor")
    flags = sorted(flag for flag in cpu_flags() if flag.startswith(("avx", "amx", "sve")) or flag == "bf16")
    held = [f"{name}={os.environ[name]}" for name in HELD_BACK_BY if name in os.environ]
    used = torch.backends.cpu.get_cpu_capability()
    return "; ".join([name, f"flags {' '.join(flags)}", f"PyTorch uses {used}", *held])


def cpu_seconds(pids: Sequence[int] = ()) -> float:
    """The CPU time that this process and some others have used."""
    own = time.process_time()
    fields = [Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split() for pid in pids]
    return own + sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


def requests_for(prompts: Sequence[Prompt]) -> list[SampleRequest]:
    return [
        SampleRequest(
            problem_id=f"mbpp/{number}",
            prompt=prompt,
            indices=tuple(range(PER_PROMPT)),
            seeds=tuple(sample_seed(0, number, index) for index in range(PER_PROMPT)),
        )
        for number, prompt in enumerate(prompts)
    ]


def time_local(model: Path, prompts: Sequence[Prompt], dtype: str, options: dict[str, int]) -> Speed:
    sampler = LocalSampler(model, device="cpu", dtype=dtype, **options)
    shares = [requests_for(prompts)[share :: sampler.concurrency] for share in range(sampler.concurrency)]

    def draw(share: Sequence[SampleRequest], decoding: Decoding = DECODING) -> list[Sample]:
        return list(sampler.sample(share, decoding))

    with ThreadPoolExecutor(sampler.concurrency) as threads:
        started = DECODING.model_copy(update={"max_new_tokens": 4})
        list(threads.map(draw, [share[:4] for share in shares], [started] * len(shares)))
        workers = sampler._pool.pids if sampler._pool is not None else []
        used, began = cpu_seconds(workers), time.perf_counter()
        samples = [sample for share in threads.map(draw, shares) for sample in share]
        seconds = time.perf_counter() - began
        used = cpu_seconds(workers) - used
    sampler.close()
    tokens = sum(sample.completion_tokens for sample in samples)
    name = f"local {options or ''}".strip()
    return Speed(name=name, samples=len(samples), new_tokens=tokens, seconds=seconds, cpu_seconds=used)


def time_generate(folder: Path, prompts: Sequence[Prompt], dtype: str, batch_size: int) -> Speed:
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype)).eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(folder, padding_side="left")
    texts = [render_prompt(tokenizer, prompt) for prompt in prompts for _ in range(PER_PROMPT)]
    torch.manual_seed(0)
    tokens = 0
    used, began = cpu_seconds(), time.perf_counter()
    for start in range(0, len(texts), batch_size):
        batch = tokenizer(
            texts[start : start + batch_size], padding=True, add_special_tokens=False, return_tensors="pt"
        )
        with torch.inference_mode():
            whole = model.generate(
                **batch,
                do_sample=True,
                temperature=DECODING.temperature,
                top_p=DECODING.top_p,
                top_k=0,
                max_new_tokens=DECODING.max_new_tokens,
            )
        fresh = whole[:, batch["input_ids"].shape[1] :]
        ended = (fresh == model.config.eos_token_id).cumsum(dim=1)
        tokens += int(((ended == 0) | ((ended == 1) & (fresh == model.config.eos_token_id))).sum())
    seconds, used = time.perf_counter() - began, cpu_seconds() - used
    name = f"generate, batch {batch_size}"
    return Speed(name=name, samples=len(texts), new_tokens=tokens, seconds=seconds, cpu_seconds=used)


def time_vllm(model: Path, prompts: Sequence[Prompt], dtype: str) -> Speed:
    from passgap.engines.vllm.sampler import VllmSampler  # noqa: PLC0415 - vLLM has an environment of its own

    sampler = VllmSampler(model, dtype=dtype, memory=0.3)
    requests = requests_for(prompts)
    list(sampler.sample(requests[:2], DECODING.model_copy(update={"max_new_tokens": 4})))
    used, began = cpu_seconds(), time.perf_counter()
    samples = list(sampler.sample(requests, DECODING))
    seconds, used = time.perf_counter() - began, cpu_seconds() - used
    tokens = sum(sample.completion_tokens for sample in samples)
    name = f"vllm {sampler.identity.versions['vllm']}"
    sampler.close()
    return Speed(name=name, samples=len(samples), new_tokens=tokens, seconds=seconds, cpu_seconds=used)


def time_vllm_elsewhere(python: str, prompts: int, dtype: str) -> Speed:
    """Time vLLM in another environment, which finds this passgap first."""
    source = Path(__file__).resolve().parents[1] / "src"
    command = [python, __file__, "--only-vllm", "--prompts", str(prompts), "--dtype", dtype]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return Speed.model_validate_json(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompts", type=int, default=32)
    parser.add_argument("--generate-prompts", type=int, default=8, help="prompts that each batch size is tried on")
    parser.add_argument("--batch-sizes", type=int, nargs="*", default=[32, 64, 128])
    parser.add_argument("--local-batch-size", type=int, help="of the local engine, where not its default")
    parser.add_argument("--local-workers", type=int, help="worker processes of the local engine, where not its default")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dtype", default="auto", help="the arithmetic of both sides, where not what is fast here")
    parser.add_argument("--vllm-python", help="an interpreter whose environment has vLLM, to time it as well")
    parser.add_argument("--vllm-prompts", type=int, default=8, help="prompts that vLLM is tried on")
    parser.add_argument("--only-vllm", action="store_true", help="time vLLM here and nothing else")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.only_vllm:
        print(time_vllm(embedded_model(), mbpp_prompts(options.prompts), options.dtype).model_dump_json())
        return

    torch.set_num_threads(options.threads)
    folder = embedded_model()
    chosen_dtype = choose_dtype(options.dtype, "cpu")
    dtype = chosen_dtype.dtype
    prompts = mbpp_prompts(options.prompts)
    declared = {"batch_size": options.local_batch_size, "workers": options.local_workers}
    chosen = {name: value for name, value in declared.items() if value is not None}
    before = os.getloadavg()
    local = time_local(folder, prompts, dtype, chosen)
    plain = [time_generate(folder, prompts[: options.generate_prompts], dtype, size) for size in options.batch_sizes]
    served = [time_vllm_elsewhere(options.vllm_python, options.vllm_prompts, dtype)] if options.vllm_python else []
    after = os.getloadavg()
    best = max(plain, key=lambda speed: speed.rate) if plain else None
    ratio = local.rate / best.rate if best else None
    if options.json:
        document = {
            "runs": [
                {**speed.model_dump(), "tokens_per_second": speed.rate, "per_cpu_second": speed.cpu_rate}
                for speed in (local, *plain, *served)
            ],
            "ratio": ratio,
            "ratio_to_vllm": local.rate / served[0].rate if served else None,
            "dtype": dtype,
            "processor": processor(),
            "threads": options.threads,
            "load_before": before,
            "load_after": after,
            "torch": version("torch"),
            "transformers": version("transformers"),
        }
        print(json.dumps(document, indent=2))
        return
    for speed in (local, *plain, *served):
        print(
            f"{speed.name:24} {speed.new_tokens:7} tokens in {speed.seconds:6.1f} s: {speed.rate:7.1f} tokens/s, "
            f"{speed.cpu_rate:6.1f} a CPU second"
        )
    if best is not None:
        print(f"local against the best generate: {ratio:.1f}x, by CPU time {local.cpu_rate / best.cpu_rate:.1f}x")
    for speed in served:
        print(f"local against {speed.name}: {local.rate / speed.rate:.1f}x")
    print(f"{chosen_dtype}; {processor()}")
    print(f"load before {before[0]:.1f}, after {after[0]:.1f}")


if __name__ == "__main__":
    main()
