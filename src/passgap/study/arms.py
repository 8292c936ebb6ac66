"""Run an arm: sample the pool, select, train under the registration (R6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from passgap.ports import FolderModel
from passgap.recipes import (
    Arm,
    ExampleEnds,
    MinimalSelection,
    PipelineSpec,
    earlier_example,
    ends_of,
    in_mixing_order,
    select_minimal,
    training_example,
)
from passgap.records import Mix, ModelManifest, Prompt, Record, Sample, SamplesManifest, TrainExample
from passgap.stages import SamplingPlan, StageCost, TrainingPlan, cost_of, sample, train
from passgap.stages.training import training_artifact
from passgap.store import ModelArtifact, SamplesArtifact
from passgap.study.context import StudyContext
from passgap.study.preregistration import require_registration
from passgap.study.programs import program_of
from passgap.study.splits import Splits


class TrainingFacts(Record):
    """Facts about an arm's training data, for the report."""

    sampled: int
    truncated: int
    dropped: int
    """Empty answers and stubs together."""
    dropped_empty: int | None
    dropped_stubs: int | None
    """Each of them; None where an earlier version trained and did not write them down."""
    dropped_too_long: int
    trained: int
    steps: int
    tokens: int
    losses: tuple[tuple[int, float], ...]
    ends: ExampleEnds | None = None
    """Counts of what ended the selected samples; None where an earlier version trained and did not count it."""
    mixed_examples: int = 0
    """Of ``trained``, those that are not the model's own."""
    mixed_too_long: int = 0
    pass_tokens: int = 0
    """Completion tokens of one pass; 0 where the study was trained before they were counted."""
    mixed_tokens: int = 0
    """Of these, those of mixed examples."""


@dataclass(frozen=True)
class TrainedArm:
    """An arm's checkpoint and how it came about."""

    arm: Arm
    pool_samples: SamplesArtifact
    model: ModelArtifact

    @property
    def checkpoint(self) -> Path:
        """The folder of the tuned model."""
        return self.model.checkpoint

    @property
    def tuned(self) -> FolderModel:
        """The tuned model."""
        return FolderModel(folder=self.checkpoint)

    @property
    def costs(self) -> tuple[StageCost, ...]:
        """The costs of sampling the pool and of training."""
        return (cost_of(self.pool_samples), cost_of(self.model))

    @property
    def facts(self) -> TrainingFacts:
        """Counts for the report."""
        drawn, trained = self.pool_samples.manifest, self.model.manifest
        return TrainingFacts.model_validate(
            {
                "sampled": drawn.samples,
                "truncated": drawn.truncated,
                **_dropped(trained, drawn),
                "trained": trained.examples,
                "steps": trained.steps,
                "tokens": trained.tokens,
                "losses": trained.losses,
                "ends": trained.facts.get("ends"),
                "mixed_examples": trained.mixed_examples,
                "mixed_too_long": trained.mixed_too_long,
                "pass_tokens": trained.pass_tokens,
                "mixed_tokens": trained.mixed_tokens,
            }
        )


def _dropped(trained: ModelManifest, drawn: SamplesManifest) -> dict[str, JsonValue]:
    """Count what was drawn and not trained on, as the fine-tune wrote it down: another version may select otherwise."""
    known: dict[str, JsonValue] = {name: trained.facts.get(name) for name in ("dropped_empty", "dropped_stubs")}
    return {
        **known,
        "dropped": drawn.samples - (trained.examples - trained.mixed_examples) - trained.dropped_too_long,
        "dropped_too_long": trained.dropped_too_long,
    }


def sample_pool(context: StudyContext, splits: Splits) -> SamplesArtifact:
    """Sample the base model on the pool, as registered; what is on disk is not drawn again."""
    spec = context.spec
    plan = SamplingPlan(
        name="base-pool",
        prompts=splits.prompts(splits.pool.problems, chat=spec.model.chat),
        decoding=spec.pool_decoding,
        per_prompt=spec.sampling.per_prompt,
        seed=spec.seed,
    )
    with context.sampler(context.base_model()) as sampler:
        return sample(plan, sampler, context.stage)


def _mix(context: StudyContext, splits: Splits) -> Mix | None:
    """Return the examples to mix in, in the order in which they are taken."""
    if splits.mix is None:
        return None
    return Mix(
        ratio=context.spec.training.mix_ratio,
        chat=context.spec.model.chat,
        examples=in_mixing_order(splits.mix.examples, context.spec.seed),
    )


def _of_an_earlier_version(
    samples: Sequence[Sample], selection: MinimalSelection, prompts: Mapping[str, Prompt]
) -> list[TrainExample]:
    """Return the examples that a fine-tune on samples without tokens was bound to; none where all have theirs."""
    if all(each.tokens is not None for each in samples):
        return []
    return [earlier_example(prompts[samples[place].problem_id], samples[place]) for place in selection.kept]


def train_arm(context: StudyContext, splits: Splits, pipeline: PipelineSpec) -> TrainedArm:
    """Train the minimal arm on the base model's own samples of the pool.

    Raises:
        StudyError: the arm is not pre-registered as it stands.
        EngineError: the fine-tune failed.
    """
    registration = require_registration(context, pipeline)
    drawn = sample_pool(context, splits)
    prompts = dict(splits.prompts(splits.pool.problems, chat=context.spec.model.chat))
    problems = {problem.id: problem for problem in splits.pool.problems}
    samples = list(drawn.samples())
    programs = [program_of(each, problems[each.problem_id], prompts[each.problem_id]).program for each in samples]
    selection = select_minimal(programs, drop_stubs=context.spec.sampling.drop_stubs)
    examples: list[TrainExample] = [
        training_example(prompts[samples[position].problem_id], samples[position]) for position in selection.kept
    ]
    plan = TrainingPlan(
        name=pipeline.arm.value,
        base=context.base_folder(),
        base_digest=pipeline.base_digest,
        config=pipeline.training,
        seed=pipeline.seed,
        registration=registration.hash,
        mix=_mix(context, splits),
    )
    earlier = _of_an_earlier_version(samples, selection, prompts)
    if earlier and training_artifact(plan, earlier, context.folder).complete:
        examples = earlier
    ends = ends_of(samples[position] for position in selection.kept)
    model = train(
        plan,
        examples,
        context.computing.open_trainer,
        context.stage,
        model_digest=context.services.model_digest,
        facts={"dropped_empty": selection.empty, "dropped_stubs": selection.stubs, "ends": ends.model_dump()},
    )
    return TrainedArm(pipeline.arm, drawn, model)
