"""Sample a model: prompts in, Parquet shards out, each written atomically."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from math import ceil
from threading import Event

from pydantic import JsonValue

from passgap.errors import EngineError
from passgap.ports import EngineIdentity, Sampler, SampleRequest
from passgap.records import (
    Decoding,
    FinishReason,
    Prompt,
    Record,
    Sample,
    SampleKey,
    SamplesManifest,
    SampleText,
    Stage,
    digest_of,
    digested,
    sample_seed,
)
from passgap.stages.context import StageContext
from passgap.stages.costs import metered, metered_seconds
from passgap.store import Artifact, SamplesArtifact, StudyFolder, read_json, write_json, write_samples
from passgap.store.shards import Shards

SHARD_SAMPLES = 1024
"""The largest number of samples per shard, and so the most that each worker of a killed run repeats."""

LEAST_SHARD_SAMPLES = 32
"""The smallest number of samples per shard, if the plan has as many: at the end of a shard, batches are not full."""

_SHARD_COUNT = "shards.json"


class SamplingPlan(Record):
    """The samples to generate: ``per_prompt`` for each prompt, in this order."""

    name: str
    prompts: tuple[tuple[str, Prompt], ...]
    decoding: Decoding
    per_prompt: int
    seed: int
    first: int = 0
    """The number of the first sample of each prompt; those before it are another plan's."""
    stage: Stage = Stage.SAMPLING
    """The stage that the cost is counted towards."""

    @property
    def total(self) -> int:
        """The number of samples."""
        return len(self.prompts) * self.per_prompt

    def shards(self, concurrency: int) -> list[tuple[tuple[str, Prompt], ...]]:
        """Distribute the prompts over as many shards as keep an engine of this concurrency busy to the end."""
        rounds = ceil(self.total / SHARD_SAMPLES / concurrency)
        return self.in_shards(max(1, min(concurrency * rounds, self.total // LEAST_SHARD_SAMPLES, len(self.prompts))))

    def in_shards(self, count: int) -> list[tuple[tuple[str, Prompt], ...]]:
        """Distribute the prompts over ``count`` shards."""
        return [self.prompts[shard::count] for shard in range(count)]

    def requests(self, prompts: Sequence[tuple[str, Prompt]]) -> list[SampleRequest]:
        """The requests for some of the prompts, with a seed for each sample.

        Two models get the same seeds on the same problems, which narrows their paired difference slightly.
        """
        indices = tuple(range(self.first, self.first + self.per_prompt))
        return [
            SampleRequest(
                problem_id=problem_id,
                prompt=prompt,
                indices=indices,
                seeds=tuple(sample_seed(self.seed, problem_id, index) for index in indices),
            )
            for problem_id, prompt in prompts
        ]


def sampling_artifact(plan: SamplingPlan, identity: EngineIdentity, folder: StudyFolder) -> SamplesArtifact:
    """The artifact of a plan on an engine. Its inputs are everything that can change a sample."""
    inputs: dict[str, JsonValue] = {
        "prompts": digest_of(plan.prompts),
        "problems": len(plan.prompts),
        "decoding": digested(plan.decoding),
        "per_prompt": plan.per_prompt,
        "seed": plan.seed,
        "engine": digested(identity),
        **({"first": plan.first} if plan.first else {}),
    }
    return folder.artifact(f"{plan.name}-samples", inputs, SamplesArtifact)


def sample(plan: SamplingPlan, sampler: Sampler, context: StageContext) -> SamplesArtifact:
    """Generate the samples of a plan that are missing, and return the complete artifact.

    Raises:
        EngineError: the engine failed, or returned other samples than requested. Finished shards are kept.
        StoreError: a shard could not be written.
    """
    artifact = sampling_artifact(plan, sampler.identity, context.folder)
    if artifact.complete:
        return artifact
    artifact.begin()
    shards = _assign(plan, artifact, sampler.concurrency)
    texts = artifact.open_shards(len(shards))
    missing = [number for number in range(len(shards)) if not artifact.shard_path(number).exists()]
    done = plan.total - sum(len(shards[number]) for number in missing) * plan.per_prompt
    threads_needed = max(1, min(sampler.concurrency, len(missing)))
    with (
        metered(artifact, context.clock, sampler.devices) as meter,
        context.progress.task(f"sampling {plan.name}", plan.total, done=done) as advance,
    ):
        aborted = Event()
        speeds: list[float] = []

        def draw(number: int) -> None:
            requests = plan.requests(shards[number])
            samples: list[Sample] = []
            began = context.clock.monotonic()
            for drawn in sampler.sample(requests, plan.decoding):
                if aborted.is_set():
                    return
                samples.append(drawn)
                advance(1)
                meter.tick()
            _check(requests, samples)
            drawn_in = max(context.clock.monotonic() - began, 1e-9)
            speeds.append(sum(each.completion_tokens for each in samples) / drawn_in)
            samples.sort(key=lambda each: each.key)
            write_samples(artifact.shard_path(number), samples, artifact.inputs)
            texts.keep(number, tuple(each.text for each in samples))

        with ThreadPoolExecutor(max_workers=threads_needed, thread_name_prefix="shard") as threads:
            running = [threads.submit(draw, number) for number in missing]
            try:
                for ended in as_completed(running):
                    ended.result()
            except BaseException:
                aborted.set()
                sampler.close()  # the other calls may be waiting for an answer, for minutes
                threads.shutdown(wait=False, cancel_futures=True)
                raise
    artifact.finish(_manifest(plan, texts, metered_seconds(artifact), speeds))
    return artifact


def _assign(plan: SamplingPlan, artifact: Artifact, concurrency: int) -> list[tuple[tuple[str, Prompt], ...]]:
    """Distribute the prompts as the first run did. The concurrency may have changed since, as on a growing cluster."""
    path = artifact.path(_SHARD_COUNT)
    if not path.exists():
        write_json(path, len(plan.shards(concurrency)))
    return plan.in_shards(int(read_json(path)))


def _check(requests: Sequence[SampleRequest], samples: Sequence[Sample]) -> None:
    """Check the engine's contract: every requested sample, exactly once, with its seed."""
    asked = {
        SampleKey(request.problem_id, index): seed
        for request in requests
        for index, seed in zip(request.indices, request.seeds, strict=True)
    }
    given = {sample.key: sample.seed for sample in samples}
    if asked != given or len(samples) != len(asked):
        missing = len(asked.keys() - given.keys())
        extra = len(samples) - len(asked.keys() & given.keys())
        raise EngineError(
            "the engine did not give the samples that it was asked for",
            [f"{missing} are missing, {extra} are repeated or unknown. Nothing of this shard was kept; run again."],
        )


def _manifest(
    plan: SamplingPlan, texts: Shards[SampleText], seconds: float, speeds: Sequence[float]
) -> SamplesManifest:
    every = [each for shard in texts for each in shard]
    return SamplesManifest(
        stage=plan.stage,
        seconds=seconds,
        samples=len(every),
        tokens=sum(each.completion_tokens for each in every),
        prompt_tokens=sum(each.prompt_tokens for each in every),
        truncated=sum(each.finish_reason is FinishReason.LENGTH for each in every),
        shard_speeds=tuple(round(each, 3) for each in speeds),
    )
