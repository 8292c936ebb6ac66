"""A checkpoint that was trained elsewhere as the result of a job: checked against the base model, merged and copied."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

from passgap.errors import EngineError
from passgap.lazy_imports import imported, needed_for
from passgap.models.digests import model_digest
from passgap.models.folders import from_folder
from passgap.ports import DeclaredTraining, FineTuneJob, ImportedResult, RewardJob, SupervisedJob
from passgap.ports.preference_job import PreferenceJob
from passgap.recipes import examples_seen, mixed_among, updates_of
from passgap.trainers.imports.comparison import ADAPTERS, faults_of, unchanged, undefined


def adopt(job: FineTuneJob, declared: DeclaredTraining, computed: str = "bfloat16") -> ImportedResult:
    """Check a checkpoint against a job, and write it where the job's own would be.

    LoRA adapters are merged into the base model in float32. Weights are stored in the type that the arm declares, by
    default that which the study computes in, as those of passgap's own trainers are, beside the base model's tokenizer
    and chat template.

    Args:
        job: the job.
        declared: the checkpoint, and what is known of its training.
        computed: the type that the study computes in.

    Raises:
        EngineError: the checkpoint is none of the base model, or the base model itself; every reason is named.
    """
    started = time.monotonic()
    losses = read_losses(declared.log) if declared.log is not None else ()
    faults = faults_of(declared.checkpoint, job.base)
    if faults:
        raise EngineError(f"{declared.checkpoint} is no checkpoint of the base model", faults)
    given = model_digest(declared.checkpoint)
    with needed_for("importing a checkpoint", "passgap[local]", EngineError):
        _write(job, declared.checkpoint, computed)
    _refuse_useless(job, declared.checkpoint)
    counts = _counts(job)
    return ImportedResult(
        checkpoint=job.output,
        steps=losses[-1][0] if losses else counts["steps"],
        examples=counts["examples"],
        tokens=counts["tokens"],
        prompt_tokens=0,
        dropped_too_long=counts["too_long"],
        losses=losses,
        seconds=time.monotonic() - started,
        pass_tokens=counts["pass_tokens"],
        imported={
            "source": str(declared.checkpoint),
            "checkpoint": given,
            "hours": declared.hours,
            "device": declared.device,
            "log": str(declared.log) if declared.log is not None else None,
        },
    )


def read_losses(path: Path) -> tuple[tuple[int, float], ...]:
    """Read (step, loss) from a trainer's log: ``trainer_state.json``, or JSON lines with ``step`` and ``loss``.

    Raises:
        EngineError: it cannot be read, holds no loss, or one that is not finite.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".jsonl":
            rows = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            whole = json.loads(text)
            rows = whole.get("log_history", []) if isinstance(whole, dict) else whole
        losses = tuple((int(row["step"]), float(row["loss"])) for row in rows if "loss" in row)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise EngineError(f"the log {path} cannot be read", [f"{type(error).__name__}: {error}. {_LOGS}"]) from error
    if not losses:
        raise EngineError(f"the log {path} holds no losses", [_LOGS])
    if not all(math.isfinite(loss) for _, loss in losses):
        raise EngineError(f"the log {path} holds a loss that is not finite", ["Such a fine-tune has failed."])
    return losses


_LOGS = "Read are `trainer_state.json` of Hugging Face trainers, and JSON lines with `step` and `loss`."


def _write(job: FineTuneJob, checkpoint: Path, computed: str) -> None:
    import torch  # noqa: PLC0415 - loaded when it is needed

    from passgap.trainers.common.fine_tune import dtype_to_save, save  # noqa: PLC0415

    causal, dtype = imported("transformers:AutoModelForCausalLM"), dtype_to_save(job.config, job.base, computed)
    if (checkpoint / ADAPTERS).exists():
        base = from_folder(causal, job.base, dtype=torch.float32)
        try:
            model = imported("peft:PeftModel").from_pretrained(base, checkpoint)
        except (RuntimeError, ValueError, KeyError, OSError) as error:
            raise EngineError(
                f"the adapters in {checkpoint} cannot be merged into the base model", [f"{error}"]
            ) from error
    else:
        model = from_folder(causal, checkpoint, dtype=dtype)
    save(model, from_folder(imported("transformers:AutoTokenizer"), job.base), job.output, dtype)


def _refuse_useless(job: FineTuneJob, checkpoint: Path) -> None:
    """Refuse weights that are those of the base model, or no numbers.

    Raises:
        EngineError: they are.
    """
    if (broken := undefined(job.output)) is not None:
        raise EngineError(f"{checkpoint} holds weights that are not finite", [f"The tensor {broken} has some."])
    if unchanged(job.output, job.base):
        raise EngineError(
            f"{checkpoint} holds the base model's own weights",
            ["No weight differs from the base model in bfloat16: nothing was trained, or the folder is another one."],
        )


def _counts(job: FineTuneJob) -> dict[str, int]:
    """The size of the registered job. Tokens of samples that are drawn while training are not known."""
    if isinstance(job, PreferenceJob):
        return _counts_of_pairs(job)
    if not isinstance(job, SupervisedJob):
        samples, steps = (job.policy.rollouts, job.policy.steps) if isinstance(job, RewardJob) else (0, 0)
        return {"examples": samples, "steps": steps, "tokens": 0, "pass_tokens": 0, "too_long": 0}
    from passgap.trainers.supervised.encoding import encode_examples  # noqa: PLC0415 - loaded when it is needed

    tokenizer = from_folder(imported("transformers:AutoTokenizer"), job.base)
    encoded = encode_examples(tokenizer, job.examples, job.config.max_length)
    own = len(encoded.rows)
    examples = own + (mixed_among(own, job.mix.ratio) if job.mix else 0)
    seen = examples_seen(examples, job.config)
    return {
        "examples": examples,
        "steps": updates_of(examples, job.config),
        "tokens": round(encoded.loss_tokens * seen / max(1, own)),
        "pass_tokens": encoded.loss_tokens,
        "too_long": encoded.dropped_too_long,
    }


def _counts_of_pairs(job: PreferenceJob) -> dict[str, int]:
    from passgap.trainers.preference.encoding import encode_pairs  # noqa: PLC0415 - loaded when it is needed

    tokenizer = from_folder(imported("transformers:AutoTokenizer"), job.base)
    encoded = encode_pairs(tokenizer, job.pairs, job.config.max_length)
    pairs, once = len(encoded.rows), encoded.chosen_tokens + encoded.rejected_tokens
    return {
        "examples": pairs,
        "steps": updates_of(pairs, job.config),
        "tokens": round(once * examples_seen(pairs, job.config) / max(1, pairs)),
        "pass_tokens": once,
        "too_long": encoded.dropped_too_long,
    }
