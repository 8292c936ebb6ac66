"""A reward job for verl: its settings, prompts as Parquet, and the reward, which runs samples in passgap's sandbox.

Settings and columns are those of verl 0.9 (https://verl.readthedocs.io). verl renders a conversation and opens the
answer; it cannot begin one, so that a model that passgap asks with a begun answer is asked for a whole one.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from passgap.errors import EngineError
from passgap.models.chat import prompt_tokens
from passgap.ports import ExportRequest, RewardJob, RewardPrompt
from passgap.records import Prompt
from passgap.trainers.exports._supervised import tokenizer_of
from passgap.trainers.exports.base import ExportTarget, Written, base_of

DATA, PROBLEMS, REWARD, SCRIPT = "train.parquet", "problems.jsonl", "reward.py", "train.sh"

AVERAGES = {"dapo": "token-mean", "dr_grpo": "seq-mean-token-sum-norm", "grpo": "seq-mean-token-mean"}
"""How the losses of an update's tokens are averaged, in verl's words."""

SCHEDULES = {"cosine": "cosine", "constant": "constant"}

COMMANDS = """\
With verl 0.9, vLLM and passgap installed, on Linux, in this folder:

```console
bash train.sh
python -m verl.model_merger merge --backend fsdp \\
    --local_dir checkpoints/global_step_{steps}/actor --target_dir checkpoint
```

`train.sh` is for one GPU; verl's own settings can be added behind it, such as `trainer.n_gpus_per_node=8`. `reward.py`
rewards a sample with the outcome of its problem's tests in passgap's sandbox, and stops the training where one could
not be scored: that is no failed sample. {asked}
"""

BEGUN = (
    "passgap asks this model with the answer begun by a fence, and verl cannot begin an answer: here the model is "
    "asked for a whole one, whose fenced block is the program. It is evaluated with the answer begun, as the base "
    "model is."
)

REWARD_FILE = '''\
"""The reward of a sample: its program is run on the tests of its problem, in passgap's sandbox."""

import threading
from pathlib import Path

from passgap.execution import SandboxExecutor
from passgap.recipes.rewards import reward_of
from passgap.records import Problem, Prompt
from passgap.tasks import execution_job, kind_of

HERE = Path(__file__).resolve().parent
PARTIAL_CREDIT = {partial_credit}
PROBLEMS = {{
    problem.id: problem
    for problem in map(Problem.model_validate_json, (HERE / "problems.jsonl").read_text(encoding="utf-8").splitlines())
}}

_lock = threading.Lock()
_executors = []


def compute_score(data_source, solution_str, ground_truth, extra_info=None, **_):
    """Return the reward; `ground_truth` is the id of the problem."""
    problem = PROBLEMS[ground_truth]
    found = kind_of(problem).submission(problem, solution_str, Prompt(user=problem.prompt))
    job = execution_job(problem.id, problem, found)
    with _lock:
        if not _executors:
            _executors.append(SandboxExecutor())
        [result] = _executors[0].run([job])
    reward = reward_of(result.outcome, partial_credit=PARTIAL_CREDIT)
    if reward is None:
        raise RuntimeError(f"a sample of {{problem.id}} could not be scored: {{result.outcome.reason}}")
    return reward
'''


class Verl(ExportTarget):
    """verl's GRPO."""

    name = "verl"
    caption = "Reinforcement learning with verl."
    position = 20.0
    kinds = ("reward",)

    def write(self, job: Any, request: ExportRequest, folder: Path) -> Written:
        """Write prompts, problems, reward and script.

        Raises:
            EngineError: verl cannot do what the arm declares.
        """
        problems = list(_without_counterpart(job))
        if problems:
            raise EngineError(f"verl cannot train the arm `{request.arm}` as it is declared", problems)
        tokenizer = tokenizer_of(job)
        asked = [(each, _whole(each.prompt)) for each in job.prompts]
        lengths = [len(prompt_tokens(tokenizer, prompt)) for _, prompt in asked]
        limit = job.config.max_length - job.policy.max_new_tokens
        kept = [(each, prompt) for (each, prompt), length in zip(asked, lengths, strict=True) if length <= limit]
        if not kept:
            raise EngineError(
                "there is nothing to train on",
                [f"All {len(asked)} prompts are longer than {limit} tokens. Raise `training.max_length`."],
            )
        pq.write_table(pa.Table.from_pylist([_row(*each, place) for place, each in enumerate(kept)]), folder / DATA)
        lines = "".join(f"{each.problem.model_dump_json()}\n" for each, _ in kept)
        (folder / PROBLEMS).write_text(lines, encoding="utf-8")
        (folder / REWARD).write_text(REWARD_FILE.format(partial_credit=job.policy.partial_credit), encoding="utf-8")
        longest = max(length for length in lengths if length <= limit)
        (folder / SCRIPT).write_text(script(job, request, len(kept), longest), encoding="utf-8")
        begun = any(each.prompt.prefix for each, _ in kept)
        return Written(
            commands=COMMANDS.format(steps=job.policy.steps, asked=BEGUN if begun else ""),
            kept=f"the settings in `{SCRIPT}` and the reward",
            counted={
                "prompts": f"{len(kept)}; {len(asked) - len(kept)} longer ones were left out",
                "samples": f"{job.policy.rollouts} in {job.policy.steps} updates",
            },
            examples=len(kept),
            dropped_too_long=len(asked) - len(kept),
            files=[DATA, PROBLEMS, REWARD, SCRIPT],
        )


def script(job: RewardJob, request: ExportRequest, prompts: int, longest: int) -> str:
    """The shell script that trains: verl takes its settings as arguments."""
    values = settings(job, request, prompts, longest).items()
    lines = ["exec python -m verl.trainer.main_ppo", *(f"{name}={_written(value)}" for name, value in values), '"$@"']
    return '#!/bin/sh\nset -eu\ncd "$(dirname "$0")"\n' + " \\\n    ".join(lines) + "\n"


def settings(job: RewardJob, request: ExportRequest, prompts: int, longest: int) -> dict[str, Any]:
    """The recipe in verl's words, for one GPU.

    Args:
        job: the job.
        request: what is exported.
        prompts: how many prompts there are.
        longest: tokens of the longest one.
    """
    config, policy = job.config, job.policy
    actor, rollout = "actor_rollout_ref.actor", "actor_rollout_ref.rollout"
    chosen: dict[str, Any] = {
        "algorithm.adv_estimator": "grpo",
        "algorithm.norm_adv_by_std_in_grpo": policy.scale_rewards == "group",
        "algorithm.use_kl_in_reward": False,
        "data.train_files": Path(DATA),
        "data.val_files": Path(DATA),
        "data.train_batch_size": policy.prompts_per_step,
        "data.max_prompt_length": longest,
        "data.max_response_length": policy.max_new_tokens,
        "data.shuffle": True,
        "data.seed": job.seed,
        "actor_rollout_ref.model.path": base_of(job, request),
        f"{actor}.optim.lr": config.learning_rate,
        f"{actor}.optim.weight_decay": config.weight_decay,
        f"{actor}.optim.betas": f"[{config.adam_beta1},{config.adam_beta2}]",
        f"{actor}.optim.lr_warmup_steps": round(policy.steps * config.warmup_ratio),
        f"{actor}.optim.lr_scheduler_type": SCHEDULES[config.schedule],
        f"{actor}.grad_clip": config.max_grad_norm,
        f"{actor}.ppo_mini_batch_size": policy.prompts_per_step,
        f"{actor}.ppo_epochs": 1,
        f"{actor}.use_dynamic_bsz": True,
        f"{actor}.loss_agg_mode": AVERAGES[policy.loss],
        f"{actor}.entropy_coeff": 0,
        f"{actor}.use_kl_loss": policy.beta > 0.0,
        f"{actor}.kl_loss_coef": policy.beta,
        f"{rollout}.name": "vllm",
        f"{rollout}.n": policy.group_size,
        f"{rollout}.temperature": policy.temperature,
        f"{rollout}.top_p": 1.0,
        f"{rollout}.top_k": -1,
        f"{rollout}.tensor_model_parallel_size": 1,
        "reward.custom_reward_function.path": Path(REWARD),
        "reward.custom_reward_function.name": "compute_score",
        "trainer.total_training_steps": policy.steps,
        "trainer.total_epochs": math.ceil(policy.steps / max(1, prompts // policy.prompts_per_step)),
        "trainer.nnodes": 1,
        "trainer.n_gpus_per_node": 1,
        "trainer.save_freq": policy.steps,
        "trainer.test_freq": -1,
        "trainer.val_before_train": False,
        "trainer.logger": "[console]",
        "trainer.project_name": "passgap",
        "trainer.experiment_name": request.arm,
        "trainer.default_local_dir": Path("checkpoints"),
    }
    if config.method == "lora":
        chosen["actor_rollout_ref.model.lora_rank"] = config.lora_rank
        chosen["actor_rollout_ref.model.lora_alpha"] = config.lora_alpha
    return chosen


def _without_counterpart(job: RewardJob) -> Iterator[str]:
    """Yield each setting of a job that verl does not have."""
    policy = job.policy
    if any(not each.prompt.chat for each in job.prompts):
        yield "`model.chat` is false, and verl asks every model in its chat template."
    if policy.scale_rewards == "batch":
        yield "`scale_rewards: batch`: verl divides advantages by the deviation of their group, or by nothing."
    if policy.order == "curriculum":
        yield "`prompts: curriculum`: verl takes prompts in passes."
    if job.config.schedule not in SCHEDULES:
        yield f"`schedule: {job.config.schedule}`: verl has {' and '.join(SCHEDULES)}."
    if policy.stop_entropy is not None or policy.stop_idle is not None:
        yield "`stop_entropy` and `stop_idle`: verl trains for all of its updates. Leave them out of the arm."
    if len(job.prompts) < policy.prompts_per_step:
        yield (
            f"`prompts_per_step: {policy.prompts_per_step}` of {len(job.prompts)} prompts: verl takes no prompt twice "
            f"in an update."
        )


def _whole(prompt: Prompt) -> Prompt:
    """The prompt without a begun answer."""
    return prompt.model_copy(update={"prefix": "", "stop": ()})


def _row(each: RewardPrompt, prompt: Prompt, place: int) -> dict[str, Any]:
    system = [{"role": "system", "content": prompt.system}] if prompt.system is not None else []
    return {
        "data_source": "passgap",
        "prompt": [*system, {"role": "user", "content": prompt.user}],
        "ability": "code",
        "reward_model": {"style": "rule", "ground_truth": each.problem.id},
        "extra_info": {"index": place},
    }


def _written(value: Any) -> str:
    """A value as the shell takes it; files are beside the script, and verl's workers run in other folders."""
    if isinstance(value, Path):
        return f'"$PWD/{value}"'
    return shlex.quote(str(value).lower() if isinstance(value, bool) else str(value))


EXPORT = Verl()
