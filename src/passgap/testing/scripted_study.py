"""A whole study on a scripted model, with the real sandbox and store: what an arm does can be seen without weights."""

from __future__ import annotations

import atexit
import datetime as dt
import hashlib
import json
import shutil
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from passgap.errors import EngineError
from passgap.execution import SandboxExecutor
from passgap.ports import (
    EngineIdentity,
    FineTuneJob,
    FolderModel,
    GroupOutcome,
    Progress,
    RewardJob,
    RewardResult,
    RewardStep,
    Sampler,
    SampleRequest,
    SupervisedJob,
    SupervisedResult,
    TrainingMeans,
)
from passgap.ports.preference_job import (
    LogProbs,
    PairMeasurement,
    PreferenceJob,
    PreferenceResult,
    ReferenceJob,
    ReferenceResult,
)
from passgap.recipes import kept_after, updates_of
from passgap.records import (
    Decoding,
    ExecutionJob,
    ExecutionResult,
    FinishReason,
    KeptModel,
    Outcome,
    OutcomeKind,
    Record,
    Sample,
)
from passgap.stages import Silent
from passgap.store import StudyFolder
from passgap.study import Services, Study
from passgap.study.checking import parse_study

HELDOUT, POOL = 12, 6

DECLARED: dict[str, Any] = {
    "name": "a scripted study",
    "seed": 7,
    "rehearsal": True,
    "model": {
        "id": "scripted",
        "name": "scripted",
        "parameters": "1M",
        "licence": "MIT",
        "context_tokens": 1024,
        "benchmark": {"name": "none", "pass@1": "unknown", "pass@10": "unknown"},
    },
    "task_family": {"languages": ["python"], "kinds": ["algorithmic"], "surface": "additions"},
    "heldout": {"tasks": "jsonl", "path": "heldout.jsonl"},
    "pool": {"tasks": "jsonl", "path": "pool.jsonl"},
    "diagnostics": {"samples": 4, "k": [1, 2, 4], "decoding": {"temperature": 0.8, "max_new_tokens": 64}},
    "budget": {
        "device": "cpu",
        "hours": {"sampling": 1, "training": 1, "evaluation": 1},
        "price_per_hour": 1,
        "team_size": 1,
        "days_to_first_signal": 1,
    },
    "comparator": {"method": "do-nothing", "why": "nothing else is at hand"},
    "failure_cost": {"checkpoints": "all", "blocker": "any", "rollback": "one configuration flip"},
    "battery_looks": [1],
}
"""The study without its arms. The battery is asked at once: a dozen problems leave many of its probes undecided."""

WORDS = ("apple", "bridge", "candle", "desert", "engine", "forest", "garden", "harbour", "island", "jacket", "kettle")


class ScriptedSampler:
    """Solves a problem with every second sample; two of three after training. Other prompts get one short sentence."""

    concurrency = 1
    devices = 1

    def __init__(self, model: Path, drawn: Counter[str]) -> None:
        """Open a model.

        Args:
            model: its folder; a folder with the file ``tuned`` holds a model that was trained.
            drawn: counts the samples of each problem or prompt.
        """
        self.tuned = (model / "tuned").exists()
        self.drawn = drawn
        self.identity = EngineIdentity(
            engine="scripted",
            model=model.name,
            model_digest=scripted_digest(model),
            dtype="none",
            device="none",
            versions={"scripted": "1"},
        )

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        """Yield the samples of the script; the decoding has no influence."""
        for request in requests:
            for index, seed in zip(request.indices, request.seeds, strict=True):
                self.drawn[request.problem_id] += 1
                text = self._completion(request.problem_id, index)
                if progress:
                    progress(len(text.split()))
                yield Sample(
                    problem_id=request.problem_id,
                    index=index,
                    completion=text,
                    finish_reason=FinishReason.STOP,
                    seed=seed,
                    prompt_tokens=9,
                    completion_tokens=len(text.split()),
                )

    def close(self) -> None:
        """Nothing is held."""

    def _completion(self, problem_id: str, index: int) -> str:
        prefix, _, number = problem_id.partition("/")
        if prefix not in ("heldout", "pool"):
            return f"I would rather say no more than {number}."
        solved = index % 3 < 2 if self.tuned else index % 2 == 0
        value = f"x + {number}" if solved else f"x - {index + 1}"
        return f"def {prefix}_{number}(x):\n    total = {value}\n    return total\n"


class ScriptedTrainer:
    """Copies the base model and marks it as tuned."""

    def train(
        self, job: SupervisedJob, *, progress: Progress | None = None, means: TrainingMeans | None = None
    ) -> SupervisedResult:
        """Write the checkpoint."""
        del means
        known = _scripted_result(job, job.examples, progress)
        return SupervisedResult(**known, pass_tokens=known["tokens"])


class ScriptedReference:
    """Finds chosen and rejected answers equally likely."""

    def train(
        self, job: ReferenceJob, *, progress: Progress | None = None, means: TrainingMeans | None = None
    ) -> ReferenceResult:
        """Write nothing."""
        del means
        if progress:
            progress(len(job.pairs))
        values = (LogProbs(chosen=-10.0, rejected=-10.0),) * len(job.pairs)
        counts = _counts_of(len(job.pairs))
        return ReferenceResult(checkpoint=job.output, steps=len(job.pairs), losses=(), log_probs=values, **counts)


class ScriptedPreferenceTrainer:
    """Copies the base model, marks it as tuned, and claims a margin."""

    def train(
        self, job: PreferenceJob, *, progress: Progress | None = None, means: TrainingMeans | None = None
    ) -> PreferenceResult:
        """Write the checkpoint."""
        del means
        return PreferenceResult(
            **_scripted_result(job, job.pairs, progress),
            chosen_tokens=5 * len(job.pairs),
            rejected_tokens=5 * len(job.pairs),
            measured_pairs=len(job.pairs),
            before=PairMeasurement(chosen=-2.0, rejected=-2.0, margin=0.0, accuracy=0.0),
            after=PairMeasurement(chosen=-1.5, rejected=-2.5, margin=1.0, accuracy=1.0),
        )


class ScriptedRewardTrainer:
    """Copies the base model, marks it as tuned, and claims that every second sample passed."""

    def train(
        self, job: RewardJob, *, progress: Progress | None = None, means: TrainingMeans | None = None
    ) -> RewardResult:
        """Write the checkpoint."""
        del means
        policy = job.policy
        half = policy.group_size // 2
        problem = job.prompts[0].problem.id if job.prompts else ""
        group = GroupOutcome(problem_id=problem, passed=half, scored=policy.group_size, unscored=0, informative=True)
        update = RewardStep(
            step=1,
            groups=(group,) * policy.prompts_per_step,
            reward=half / policy.group_size,
            truncated=0,
            tokens=10 * policy.rollouts_per_step,
            prompt_tokens=9 * policy.rollouts_per_step,
            entropy=1.0,
            logprob_difference=0.0,
            largest_logprob_difference=0.0,
            loss=0.0,
            grad_norm=1.0,
            rollout_seconds=2.0,
            reward_seconds=1.0,
            update_seconds=1.0,
        )
        known = _scripted_result(job, job.prompts, progress)
        curve = tuple(update.model_copy(update={"step": number}) for number in range(1, policy.steps + 1))
        counts = {**known, **_counts_of(policy.rollouts), "steps": policy.steps}
        return RewardResult(**counts, curve=curve, rollouts=policy.rollouts)


SCRIPTED_TRAINERS: dict[str, Callable[[], Any]] = {
    "supervised": ScriptedTrainer,
    "reference": ScriptedReference,
    "preference": ScriptedPreferenceTrainer,
    "reward": ScriptedRewardTrainer,
}
"""By the kind of job."""


def _scripted_result(job: FineTuneJob, data: Sequence[Record], progress: Progress | None) -> dict[str, Any]:
    """Copy the base model, mark it as tuned, and return the fields of every result."""
    if not data:
        raise EngineError("there is nothing to train on")
    shutil.copytree(job.base, job.output)
    content = json.dumps([each.model_dump(mode="json") for each in data])
    (job.output / "tuned").write_text(hashlib.sha256(content.encode()).hexdigest())
    steps = job.policy.steps if isinstance(job, RewardJob) else updates_of(len(data), job.config)
    kept = [KeptModel(share=share, step=step) for share, step in kept_after(steps, job.config).items() if job.kept]
    for each in kept:
        assert job.kept is not None
        shutil.copytree(job.output, job.kept / each.name, dirs_exist_ok=True)
        (job.kept / each.name / "step").write_text(str(each.step))
    if progress:
        progress(steps)
    return {
        "checkpoint": job.output,
        "steps": steps,
        "losses": ((1, 2.0), (steps, 1.0)),
        "kept": kept,
        **_counts_of(len(data)),
    }


def _counts_of(examples: int) -> dict[str, Any]:
    return {
        "examples": examples,
        "tokens": 10 * examples,
        "prompt_tokens": 9 * examples,
        "dropped_too_long": 0,
        "seconds": 1.0,
        "versions": {"scripted": "1"},
    }


class SteadyClock:
    """A clock that moves on a little each time it is read."""

    seconds = 0.0

    def now(self) -> dt.datetime:
        """The same time always."""
        return dt.datetime(2026, 4, 1, tzinfo=dt.UTC)

    def monotonic(self) -> float:
        """A 64th of a second after the last reading."""
        self.seconds += 1 / 64
        return self.seconds


class _SharedSandbox(SandboxExecutor):
    """The real sandbox, whose processes are kept for the next study, and which runs equal jobs once.

    Scripted models write the same few programs in every study.
    """

    def __init__(self) -> None:
        super().__init__()
        self._outcomes: dict[str, Outcome] = {}
        """By the job without its key."""

    def _results(self, jobs: Iterator[ExecutionJob], ordered: bool) -> Iterator[ExecutionResult]:
        del ordered  # they always are
        begun: deque[tuple[str, str, Outcome | None]] = deque()
        """Key and content of jobs, with their outcome or None where the sandbox runs them."""

        def new() -> Iterator[ExecutionJob]:
            for job in jobs:
                content = job.model_copy(update={"key": ""}).model_dump_json()
                begun.append((job.key, content, outcome := self._outcomes.get(content)))
                if outcome is None:
                    yield job

        def known() -> Iterator[ExecutionResult]:
            while begun and (outcome := begun[0][2]) is not None:
                yield ExecutionResult(key=begun.popleft()[0], outcome=outcome)

        for result in super()._results(new(), ordered=True):
            yield from known()
            _, content, _ = begun.popleft()
            if result.outcome.kind is not OutcomeKind.UNSCORED:
                self._outcomes[content] = result.outcome
            yield result
        yield from known()

    def close(self) -> None:
        """Keep the processes, which end with this one, unless a run was broken off that may yet be held open."""
        if self._running:
            super().close()
            shared_sandbox.cache_clear()


@cache
def shared_sandbox() -> SandboxExecutor:
    """The sandbox of all scripted studies of this process: to start its processes takes as long as to run a study."""
    executor = _SharedSandbox()
    atexit.register(SandboxExecutor.close, executor)
    return executor


def scripted_digest(model: Path) -> str:
    """A digest of the files of a model's folder."""
    parts = [f"{each.name} {each.read_text()}" for each in sorted(model.iterdir())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def study_text(arms: Mapping[str, Any], further: Mapping[str, Any] | None = None) -> str:
    """The declaration of the study, with these blocks under ``arms``, and with further sections or others of them."""
    return yaml.safe_dump({**DECLARED, **(further or {}), "arms": dict(arms)}, sort_keys=False)


def open_scripted_study(
    folder: Path,
    arms: Mapping[str, Any],
    drawn: Counter[str],
    further: Mapping[str, Any] | None = None,
    *,
    script: Callable[[Path, Counter[str]], Sampler] = ScriptedSampler,
) -> Study:
    """Open the study in a folder, which is given its problems and its model.

    Args:
        folder: where the study lives.
        arms: the blocks under ``arms``, by the arm's name.
        drawn: counts every sample that is drawn.
        further: sections of the study that are declared besides, or otherwise than :data:`DECLARED`.
        script: opens a model, given its folder and the counter.
    """
    for prefix, count in (("heldout", HELDOUT), ("pool", POOL)):
        rows = [json.dumps(_problem(prefix, number)) for number in range(count)]
        (folder / f"{prefix}.jsonl").write_text("\n".join(rows) + "\n")
    model = folder / "scripted"
    model.mkdir(exist_ok=True)
    (model / "config.json").write_text("{}")
    services = Services(
        clock=SteadyClock(),
        progress=Silent(),
        who="contract",
        resolve_model=lambda name: FolderModel(folder=folder / name),
        model_digest=scripted_digest,
        open_sampler=lambda reference, _: script(reference.folder, drawn),  # type: ignore[union-attr]
        open_executor=shared_sandbox,
        open_trainer=lambda kind: SCRIPTED_TRAINERS[kind](),
    )
    text = study_text(arms, further)
    (folder / "study.yaml").write_text(text)
    return Study(parse_study(text, str(folder / "study.yaml")), StudyFolder(folder), services)


def _problem(prefix: str, number: int) -> dict[str, Any]:
    word = WORDS[number % len(WORDS)]
    return {
        "task_id": f"{prefix}/{number}",
        "prompt": f"Add the {prefix} {word} number to x, {number} times over.",
        "entry_point": f"{prefix}_{number}",
        "test": f"assert {prefix}_{number}(1) == {number + 1}",
        "reference": f"def {prefix}_{number}(x):\n    return x + {number}\n",
        "difficulty": "easy" if number % 2 else "hard",
    }
