"""Reinforcement learning with TRL's ``GRPOTrainer``, on samples that passgap's engine draws and its sandbox rewards."""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import datasets
import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback
from trl.trainer.grpo_config import GRPOConfig

from passgap.errors import EngineError
from passgap.models.chat import prompt_tokens
from passgap.models.dtypes import choose_dtype
from passgap.models.folders import from_folder
from passgap.ports import PolicySampler, Progress, RewardJob, RewardPrompt, RewardResult, Scorer, TrainingMeans
from passgap.quiet import quiet_libraries
from passgap.recipes.policy_stopping import reason_to_stop
from passgap.trainers.common.checkpoints import (
    Checkpoints,
    checkpoint_folder,
    fingerprint,
    last_checkpoint,
    steps_done,
)
from passgap.trainers.common.failures import StopWhereDiverged, failures_explained
from passgap.trainers.common.fine_tune import (
    StepCallback,
    adapters,
    loss_curve,
    processes,
    training_options,
)
from passgap.trainers.common.kept_models import goes_on, keep_models, kept_of, write_model
from passgap.trainers.reward.policy_trainer import EarlyStop, IdleUpdates, PolicyTrainer, curve_of
from passgap.trainers.reward.rollouts import Rollouts
from passgap.trainers.reward.step_figures import StepFigures
from passgap.trainers.supervised.packing import Example
from passgap.trainers.supervised.side_by_side import side_by_side_agrees


class RewardTrainer:
    """Implements :class:`passgap.ports.Trainer` for reward jobs.

    Args:
        device: ``cpu``, ``cuda``, ``mps``, or ``auto``.
        dtype: the type of the matrix products, in training and in sampling: weights, and sums, stay in float32 while
            they are trained. float16 needs a scaled loss, which can end a fine-tune, so that it counts as ``auto``.
    """

    def __init__(self, device: str = "auto", dtype: str = "auto") -> None:
        self._chosen = choose_dtype("auto" if dtype == "float16" else dtype, device)
        self._use_cpu = self._chosen.device == "cpu"

    def train(
        self, job: RewardJob, *, progress: Progress | None = None, means: TrainingMeans | None = None
    ) -> RewardResult:
        """Train as the protocol says; weights are kept in float32 and saved as ``job.config.save_dtype`` says.

        Args:
            job: the prompts, the policy's configuration, and the base model.
            progress: called with the number of finished updates.
            means: opens the sampler of the policy and the sandbox.

        Raises:
            EngineError: as the protocol names it, or a disk is full.
            ExecutionError: the sandbox cannot be set up.
        """
        if means is None:
            raise EngineError("a reward job needs a sandbox and a sampler", ["Nothing could be drawn or rewarded."])
        started = time.monotonic()
        transformers.set_seed(job.seed)
        prompts = self._fitting(job)
        with ExitStack() as stack:
            stack.enter_context(quiet_libraries())
            stack.enter_context(failures_explained(job.work or job.output.parent))
            scratch = Path(stack.enter_context(TemporaryDirectory(prefix="passgap-train-")))
            folder = checkpoint_folder(job, stack)
            sampler = stack.enter_context(
                means.policy_sampler(job.base, scratch, device=self._chosen.device, dtype=self._chosen.dtype)
            )
            scorer = stack.enter_context(means.scorer())
            stop = EarlyStop(lambda curve: reason_to_stop(job.policy, curve))
            trainer = self._trainer(job, prompts, sampler, scorer, stop, folder)
            if trainer.is_fsdp_enabled:
                raise EngineError(
                    "the model is too large to be trained on rewards on these devices",
                    [
                        "Its weights, gradients and moments would be divided among the GPUs, and the policy is sampled "
                        "whole on each. Set `training.method: lora`, or train it elsewhere: `passgap export --to verl`."
                    ],
                )
            trainer.add_callback(StepCallback(progress))
            if job.work is not None:
                trainer.add_callback(Checkpoints(folder, self._belongs_to(job), job.config.checkpoint_minutes))
            updates = int(trainer.args.max_steps)
            found = last_checkpoint(folder, self._belongs_to(job), partial(goes_on, job, updates))
            own = from_folder(AutoTokenizer, job.base)
            keep_models(trainer, own, job, self._chosen.dtype, steps_done(found))
            outcome = trainer.train(resume_from_checkpoint=None if found is None else str(found))
            losses = loss_curve(trainer.state.log_history)
            curve = tuple(curve_of(trainer.state.log_history))
            write_model(trainer, own, job, job.output, self._chosen.dtype, goes_on=False)
        drawn = sum(group.scored + group.unscored for each in curve for group in each.groups)
        return RewardResult(
            checkpoint=job.output,
            examples=drawn,
            rollouts=drawn,
            steps=int(outcome.global_step),
            tokens=sum(each.tokens for each in curve),
            prompt_tokens=sum(each.prompt_tokens for each in curve),
            dropped_too_long=len(job.prompts) - len(prompts),
            losses=losses,
            kept=kept_of(job, updates),
            seconds=time.monotonic() - started,
            versions={
                **{name: version(name) for name in ("torch", "transformers", "trl", "peft")},
                "dtype": self._chosen.dtype,
            },
            processes=processes(),
            curve=curve,
            ended_early=stop.ended,
        )

    def _belongs_to(self, job: RewardJob) -> str:
        """The fingerprint of the checkpoints that a job goes on from."""
        versions = (version(name) for name in ("torch", "transformers", "trl", "peft"))
        return fingerprint(job, self._chosen.dtype, str(processes()), *versions)

    def _fitting(self, job: RewardJob) -> list[RewardPrompt]:
        """The prompts that leave room for a completion within ``max_length``."""
        tokenizer, room = from_folder(AutoTokenizer, job.base), job.config.max_length - job.policy.max_new_tokens
        fitting = [each for each in job.prompts if len(prompt_tokens(tokenizer, each.prompt)) <= room]
        if not fitting:
            raise EngineError(
                "there is nothing to train on",
                [
                    f"{len(job.prompts)} prompts were given, and none of them leaves room for "
                    f"{job.policy.max_new_tokens} new tokens within {job.config.max_length}. Raise "
                    f"`training.max_length`, or lower `max_new_tokens`."
                ],
            )
        return fitting

    def _trainer(
        self,
        job: RewardJob,
        prompts: list[RewardPrompt],
        sampler: PolicySampler,
        scorer: Scorer,
        stop: EarlyStop,
        folder: Path,
    ) -> PolicyTrainer:
        # TRL sets a missing padding token, so it is given a tokenizer of its own.
        tokenizer = from_folder(AutoTokenizer, job.base)
        model: Any = from_folder(AutoModelForCausalLM, job.base, dtype=torch.float32)
        figures = StepFigures()
        rollouts = Rollouts(job, prompts, tokenizer, sampler, scorer, figures)
        trainer = PolicyTrainer(
            figures=figures,
            loss_scale=lambda: rollouts.loss_scale,
            packed=self._packs(model, prompts, tokenizer) if self._use_cpu else None,
            model=model,
            reward_funcs=[rollouts.rewards],
            rollout_func=rollouts.draw,
            args=GRPOConfig(**self._options(job, str(folder))),
            train_dataset=datasets.Dataset.from_dict({"prompt": rollouts.placeholders()}),
            processing_class=tokenizer,
            peft_config=adapters(job.config, model),
            callbacks=[IdleUpdates(), StopWhereDiverged(), stop],
        )
        trainer.remove_callback(PrinterCallback)
        return trainer

    def _packs(self, model: Any, prompts: list[RewardPrompt], tokenizer: Any) -> bool:
        """Whether the model computes samples of a group behind one prompt as it computes them one by one."""
        first, last = (tuple(prompt_tokens(tokenizer, each.prompt)) for each in (prompts[0], prompts[-1]))
        return side_by_side_agrees(model, [Example(first, first[:8]), Example(last, last[:8])])  # any tokens do

    def _options(self, job: RewardJob, folder: str) -> dict[str, Any]:
        """The arguments of TRL's ``GRPOConfig``."""
        policy, sharing = job.policy, processes()
        # Whole parts of groups: on a CPU they are computed behind one prompt, and without padding.
        share = policy.rollouts_per_step // sharing
        most = max(1, min(job.config.micro_batch_size, share))
        at_once = next(each for each in range(most, 0, -1) if policy.group_size % each == 0 and share % each == 0)
        return {
            **training_options(job, folder, policy.rollouts, use_cpu=self._use_cpu),
            "per_device_train_batch_size": at_once,
            "gradient_accumulation_steps": share // at_once,
            "bf16": self._chosen.dtype == "bfloat16",
            "disable_dropout": True,
            "shuffle_dataset": False,
            "num_generations": policy.group_size,
            "num_iterations": 1,
            "max_completion_length": policy.max_new_tokens,
            "temperature": policy.temperature,
            "top_p": 1.0,
            "top_k": 0,
            "beta": policy.beta,
            "loss_type": policy.loss,
            "scale_rewards": policy.scale_rewards,
            # The reward alone moves the policy: no loss that balances experts, which unrewarded samples would feed.
            "router_aux_loss_coef": 0.0,
            # Completions end with a stop string, which is no end token; all of them would count as truncated.
            "mask_truncated_completions": False,
        }
