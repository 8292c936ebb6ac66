"""Completion tokens a second and peak memory of passgap's supervised trainer against TRL's, on the same samples.

    PASSGAP_MBPP=mbpp.jsonl python benchmarks/training.py [--dtype float32] [--trl-python PATH] [--json]

The samples are a study's: the embedded model's on problems of MBPP, some of each, at the training temperature and
truncation of the default recipe. Every contender makes one pass over the same token ids in updates of 16 examples, all
weights, AdamW, in one type of the matrix products, each in a process of its own, one after the other, in turn for as
many rounds as are asked for; the median counts. Timed is the training loop alone: not the start of the process, nor
loading and saving. Peak memory is the process's largest resident set.

TRL's ``SFTTrainer`` is the pinned one, as it comes (8 examples at once, activations recomputed), and without
recomputing activations, with the numbers of examples at once that are given; the best of these is the one to beat.
``SSDTrainer`` is that of trl 1.15, the last version that had one, in an environment of its own: it is made unless a
Python is given, and is handed the samples that it would draw. passgap is timed as it comes, and with ``order:
prompts``, by which the samples of one prompt are in one update and its computation is shared.

On a busy machine, ratios of CPU time say more than those of the clock's. An AVX2 processor without bfloat16
instructions is emulated with ``ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 MKL_ENABLE_INSTRUCTIONS=AVX2``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

BATCH = 16
SSD_REQUIREMENT = "trl==1.15.0"
CONTENDERS = ("passgap", "passgap-prompts", "sft-default", "sft", "ssd-default", "ssd")


def draw(path: Path, problems: int, per_prompt: int) -> None:
    """Draw the samples, and write them with the token ids of their prompts."""
    from transformers import AutoTokenizer  # noqa: PLC0415

    from passgap.engines.local.sampler import LocalSampler  # noqa: PLC0415
    from passgap.models.chat import prompt_tokens, render_prompt  # noqa: PLC0415
    from passgap.models.embedded import embedded_model  # noqa: PLC0415
    from passgap.ports import SampleRequest  # noqa: PLC0415
    from passgap.records import Decoding, sample_seed  # noqa: PLC0415
    from sampling import mbpp_prompts  # noqa: PLC0415 - beside this script

    model = embedded_model()
    tokenizer = AutoTokenizer.from_pretrained(model)
    prompts = mbpp_prompts(problems)
    requests = [
        SampleRequest(
            problem_id=str(number),
            prompt=prompt,
            indices=tuple(range(per_prompt)),
            seeds=tuple(sample_seed(0, number, index) for index in range(per_prompt)),
        )
        for number, prompt in enumerate(prompts)
    ]
    sampler = LocalSampler(model, device="cpu")
    drawn = sampler.sample(requests, Decoding(temperature=1.0, top_k=20, top_p=0.8, max_new_tokens=256))
    rows = [
        {
            "prompt": prompts[int(each.problem_id)].model_dump(mode="json"),
            "text": render_prompt(tokenizer, prompts[int(each.problem_id)]),
            "prompt_ids": prompt_tokens(tokenizer, prompts[int(each.problem_id)]),
            "completion_ids": list(each.tokens or ()),
        }
        for each in sorted(drawn, key=lambda sample: (int(sample.problem_id), sample.index))
        if each.tokens
    ]
    sampler.close()
    whole = len(rows) - len(rows) % BATCH  # TRL's sampler of SSD leaves out what does not fill an update
    path.write_text(json.dumps({"model": str(model), "rows": rows[:whole]}), encoding="utf-8")


def timed(train: Callable[[], Any]) -> dict[str, Any]:
    """Run a fine-tune, and take the times of its loop."""
    from transformers import Trainer  # noqa: PLC0415

    found: dict[str, Any] = {}
    plain = Trainer._inner_training_loop

    def loop(*arguments: Any, **options: Any) -> Any:
        wall, used = time.perf_counter(), time.process_time()
        outcome = plain(*arguments, **options)
        found.update(seconds=time.perf_counter() - wall, cpu_seconds=time.process_time() - used)
        return outcome

    Trainer._inner_training_loop = loop  # type: ignore[method-assign]
    train()
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    found["peak_bytes"] = 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmHWM:")))
    return found


def passgap(samples: dict[str, Any], order: str, dtype: str, scratch: Path) -> dict[str, Any]:
    from passgap.ports import SupervisedJob  # noqa: PLC0415
    from passgap.records import Prompt, TrainConfig, TrainExample  # noqa: PLC0415
    from passgap.trainers import open_trainer  # noqa: PLC0415

    examples = tuple(
        TrainExample(prompt=Prompt.model_validate(row["prompt"]), completion="", tokens=tuple(row["completion_ids"]))
        for row in samples["rows"]
    )
    config = TrainConfig(learning_rate=2e-5, batch_size=BATCH, order=order)  # type: ignore[arg-type]
    job = SupervisedJob(base=Path(samples["model"]), output=scratch / "tuned", config=config, seed=1, examples=examples)
    trainer = open_trainer("supervised", "cpu", dtype)
    results: list[Any] = []
    found = timed(lambda: results.append(trainer.train(job)))
    return {**found, "tokens": results[0].tokens, "steps": results[0].steps, "loss": results[0].losses[-1][1]}


def trl_options(dtype: str, at_once: int, recompute: bool, scratch: Path) -> dict[str, Any]:
    return {
        "output_dir": str(scratch),
        "per_device_train_batch_size": at_once,
        "gradient_accumulation_steps": BATCH // at_once,
        "num_train_epochs": 1,
        "learning_rate": 2e-5,
        "bf16": dtype == "bfloat16",
        "gradient_checkpointing": recompute,
        "use_cpu": True,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
        "seed": 1,
    }


def loaded(samples: dict[str, Any]) -> tuple[Any, Any]:
    import torch  # noqa: PLC0415
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415

    tokenizer = AutoTokenizer.from_pretrained(samples["model"])
    return AutoModelForCausalLM.from_pretrained(samples["model"], dtype=torch.float32), tokenizer


def sft(samples: dict[str, Any], dtype: str, at_once: int, recompute: bool, scratch: Path) -> dict[str, Any]:
    import datasets  # noqa: PLC0415
    from trl import SFTConfig, SFTTrainer  # noqa: PLC0415

    model, tokenizer = loaded(samples)
    rows = [
        {
            "input_ids": row["prompt_ids"] + row["completion_ids"],
            "labels": [-100] * len(row["prompt_ids"]) + row["completion_ids"],
        }
        for row in samples["rows"]
    ]
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(
            **trl_options(dtype, at_once, recompute, scratch),
            max_length=None,
            dataset_kwargs={"skip_prepare_dataset": True},
        ),
        train_dataset=datasets.Dataset.from_list(rows),
        processing_class=tokenizer,
    )
    found = timed(trainer.train)
    return {**found, **counted(samples, trainer)}


def ssd(samples: dict[str, Any], dtype: str, at_once: int, recompute: bool, scratch: Path) -> dict[str, Any]:
    import datasets  # noqa: PLC0415
    import torch  # noqa: PLC0415
    from trl.experimental.ssd import SSDConfig, SSDTrainer  # noqa: PLC0415
    from trl.trainer.utils import pad  # noqa: PLC0415

    waiting: dict[str, list[list[int]]] = defaultdict(list)
    for row in samples["rows"]:
        waiting[row["text"]].append(row["completion_ids"])

    class Given(SSDTrainer):  # type: ignore[misc]
        """Takes the samples that are there rather than draw new ones."""

        def _generate_completion_ids(self, prompts: list[str]) -> tuple[Any, Any]:
            ids = [torch.tensor(waiting[prompt].pop()) for prompt in prompts]
            masks = [torch.ones(len(each), dtype=torch.long) for each in ids]
            end = self._tokenizer.pad_token_id
            return pad(ids, padding_value=end, padding_side="right"), pad(masks, padding_value=0, padding_side="right")

    model, tokenizer = loaded(samples)
    trainer = Given(
        model=model,
        args=SSDConfig(**trl_options(dtype, at_once, recompute, scratch), filter_empty=False, max_prompt_length=None),
        train_dataset=datasets.Dataset.from_list([{"prompt": row["text"]} for row in samples["rows"]]),
        processing_class=tokenizer,
    )
    found = timed(trainer.train)
    return {**found, **counted(samples, trainer)}


def counted(samples: dict[str, Any], trainer: Any) -> dict[str, Any]:
    """The counts of one pass."""
    tokens = sum(len(row["completion_ids"]) for row in samples["rows"])
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return {"tokens": tokens, "steps": trainer.state.global_step, "loss": losses[-1] if losses else None}


def contend(name: str, samples: Path, dtype: str, at_once: int) -> None:
    """Run one contender in this process, and print its figures as JSON."""
    given = json.loads(samples.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="training-benchmark-") as folder:
        scratch = Path(folder)
        match name:
            case "passgap" | "passgap-prompts":
                found = passgap(given, "prompts" if name.endswith("prompts") else "examples", dtype, scratch)
            case "sft-default":
                found = sft(given, dtype, 8, True, scratch)
            case "sft":
                found = sft(given, dtype, at_once, False, scratch)
            case "ssd-default":
                found = ssd(given, dtype, 8, True, scratch)
            case _:
                found = ssd(given, dtype, at_once, False, scratch)
    print("RESULT " + json.dumps(found), flush=True)


def environment_with_ssd(folder: Path) -> str:
    """An environment with trl 1.15 before this one's packages; returns its Python."""
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    paths = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", paths, SSD_REQUIREMENT]
    subprocess.run(command, check=True)
    own = [sysconfig.get_path("purelib"), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    Path(paths, "parent.pth").write_text("\n".join(each for each in own if each) + "\n", encoding="utf-8")
    return str(python)


def run(name: str, python: str, samples: Path, dtype: str, at_once: int) -> dict[str, Any]:
    """Run a contender in a process of its own."""
    command = [python, __file__, "--contender", name, "--samples", str(samples), "--dtype", dtype]
    finished = subprocess.run(
        [*command, "--at-once", str(at_once)], capture_output=True, text=True, check=False, env=_quiet()
    )
    lines = [line for line in finished.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        sys.exit(f"{name} failed:\n{finished.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(lines[-1].removeprefix("RESULT "))
    return found


def _quiet() -> dict[str, str]:
    return {**os.environ, "HF_HUB_OFFLINE": "1", "TRL_EXPERIMENTAL_SILENCE": "1", "TRANSFORMERS_VERBOSITY": "error"}


def summary(rounds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The medians of several rounds of one contender."""
    tokens = rounds[0]["tokens"]
    return {
        "tokens": tokens,
        "steps": rounds[0]["steps"],
        "loss": rounds[0]["loss"],
        "tokens_per_second": tokens / median(each["seconds"] for each in rounds),
        "tokens_per_cpu_second": tokens / median(each["cpu_seconds"] for each in rounds),
        "peak_gb": median(each["peak_bytes"] for each in rounds) / 1e9,
        "rounds": len(rounds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", type=int, default=24)
    parser.add_argument("--per-prompt", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--dtype", default="auto", help="of the matrix products: auto, bfloat16 or float32")
    parser.add_argument("--at-once", type=int, default=4, help="examples at once of TRL without recomputing")
    parser.add_argument(
        "--trl-python", help=f"a Python whose trl has SSDTrainer; by default one with {SSD_REQUIREMENT}"
    )
    parser.add_argument("--only", nargs="*", default=CONTENDERS, choices=CONTENDERS)
    parser.add_argument("--samples", type=Path, help="samples of an earlier run; written there if there are none")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.contender:
        contend(options.contender, options.samples, options.dtype, options.at_once)
        return
    with tempfile.TemporaryDirectory(prefix="training-benchmark-") as folder:
        compare(options, Path(folder))


def compare(options: argparse.Namespace, folder: Path) -> None:
    from passgap.models.dtypes import choose_dtype  # noqa: PLC0415
    from sampling import processor  # noqa: PLC0415 - beside this script

    dtype = choose_dtype(options.dtype, "cpu").dtype
    samples = options.samples or folder / "samples.json"
    if not samples.exists():
        draw(samples, options.problems, options.per_prompt)
    rows = json.loads(samples.read_text(encoding="utf-8"))["rows"]
    wants_ssd = any(name.startswith("ssd") for name in options.only)
    other = options.trl_python or (environment_with_ssd(folder / "trl") if wants_ssd else "")
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    load = os.getloadavg()[0]
    for _ in range(options.rounds):
        for name in options.only:
            python = other if name.startswith("ssd") else sys.executable
            found[name].append(run(name, python, samples, dtype, options.at_once))
            print(f"{name}: {found[name][-1]}", file=sys.stderr, flush=True)
    table = {name: summary(rounds) for name, rounds in found.items()}
    if options.json:
        print(json.dumps({"processor": processor(), "dtype": dtype, "load": load, "contenders": table}, indent=2))
        return
    prompts = sum(len(row["prompt_ids"]) for row in rows) / len(rows)
    completions = sum(len(row["completion_ids"]) for row in rows) / len(rows)
    print(f"{processor()}; load {load:.1f} before, {os.getloadavg()[0]:.1f} after; {dtype}")
    print(
        f"{len(rows)} samples of {len({row['text'] for row in rows})} problems, {prompts:.0f} prompt and "
        f"{completions:.0f} completion tokens each; updates of {BATCH}\n"
    )
    print("| contender | tokens/s | tokens/CPU s | peak memory, GB | last loss |")
    print("|---|---|---|---|---|")
    for name, each in table.items():
        print(
            f"| {name} | {each['tokens_per_second']:.1f} | {each['tokens_per_cpu_second']:.1f} | "
            f"{each['peak_gb']:.2f} | {each['loss']:.3f} |"
        )
    peers = [name for name in table if not name.startswith("passgap")]
    for ours in (name for name in table if name.startswith("passgap") and peers):
        best = max(peers, key=lambda name: table[name]["tokens_per_cpu_second"])
        for name in peers:
            ratios = [table[ours][key] / table[name][key] for key in ("tokens_per_second", "tokens_per_cpu_second")]
            memory = table[ours]["peak_gb"] / table[name]["peak_gb"]
            mark = " (the fastest)" if name == best else ""
            print(
                f"{ours} / {name}{mark}: {ratios[0]:.2f} x by the clock, {ratios[1]:.2f} x by CPU time, "
                f"{memory:.2f} x the memory"
            )


if __name__ == "__main__":
    main()
