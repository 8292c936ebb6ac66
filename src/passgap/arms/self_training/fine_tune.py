"""Sample the pool, select, and train under the registration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from passgap.arms.base import Candidate, Lab
from passgap.arms.self_training import facts
from passgap.arms.self_training.pool import PoolSamples, sample_pool
from passgap.arms.self_training.selection import Selection
from passgap.errors import NoCandidateError
from passgap.ports import FolderModel
from passgap.recipes import Recipe, held_back, in_mixing_order, mixed_among, updates_of
from passgap.records import Mix, TrainConfig, TrainExample
from passgap.records.yields import YieldOf
from passgap.stages import TrainingPlan, cost_of, train
from passgap.stages.training import training_artifact


def fine_tune(name: str, recipe: Recipe, select: Callable[[PoolSamples], Selection], lab: Lab) -> Candidate:
    """The base model, trained on those of its own samples that ``select`` takes.

    Raises:
        StudyError: the arm is not pre-registered as it stands.
        NoCandidateError: no sample is taken.
        EngineError, ExecutionError, StoreError: a step failed; its finished shards are kept.
    """
    registration = lab.registration(name)
    assert recipe.training is not None
    pool = sample_pool(lab, recipe)
    selection = select(pool)
    if not selection.kept:
        raise _nothing_left(name, len(pool.samples), selection)
    selection, aside = _held_back(pool, selection, recipe.training, lab.seed)
    plan = TrainingPlan(
        name=lab.label(name),
        base=lab.base_folder(),
        base_digest=lab.model_digest(lab.base_folder()),
        config=recipe.training,
        seed=lab.seed,
        registration=registration.hash,
        mix=_mix(lab, recipe),
        held_back=tuple(pool.examples(aside)) if aside.kept else (),
    )
    selection, examples = _as_trained(pool, selection, plan, lab)
    plan = _in_part(plan, len(examples), lab)
    counted = {**pool.counts(selection), **({"held_back_samples": len(aside.kept)} if aside.kept else {})}
    model = train(plan, examples, lab.trainer, lab.stage, model_digest=lab.model_digest, facts=counted)
    counts = facts.facts_of(pool.artifact.manifest, model.manifest)
    return Candidate(
        arm=name,
        model=FolderModel(folder=model.checkpoint),
        decoding=lab.spec.production_decoding,
        costs=(cost_of(pool.artifact), *selection.costs, cost_of(model)),
        facts=(*facts.in_words(counts), *selection.facts),
        registration=registration.hash,
        training=counts,
        yielded={
            YieldOf.EXAMPLES: len(selection.kept),
            YieldOf.PROBLEMS: len({pool.samples[position].problem_id for position in selection.kept}),
            YieldOf.STEPS: counts.steps,
        },
    )


def _in_part(plan: TrainingPlan, own: int, lab: Lab) -> TrainingPlan:
    """The plan as far as it is carried out now."""
    if lab.course is None:
        return plan
    mixed = mixed_among(own, plan.mix.ratio) if plan.mix else 0
    stop = lab.course.stop_after(updates_of(own + mixed, plan.config))
    return plan.model_copy(update={"stop_after": stop, "work": lab.course.work})


def _held_back(pool: PoolSamples, selection: Selection, config: TrainConfig, seed: int) -> tuple[Selection, Selection]:
    """Set the samples of some problems aside, where the loss on them is wanted: what is trained on, and the rest."""
    named = {position: pool.samples[position].problem_id for position in selection.kept}
    aside = held_back(named.values(), config, seed)
    if not aside:
        return selection, Selection(())
    kept = tuple(position for position, problem in named.items() if problem not in aside)
    rest = tuple(position for position, problem in named.items() if problem in aside)
    return replace(selection, kept=kept, earlier=None), Selection(rest)


def _as_trained(
    pool: PoolSamples, selection: Selection, plan: TrainingPlan, lab: Lab
) -> tuple[Selection, list[TrainExample]]:
    """The selection and its examples: those that an earlier version trained on, where it finished the fine-tune."""
    kept = [selection] if selection.earlier is None else [selection, replace(selection, kept=selection.earlier)]
    forms = [(each, pool.examples(each)) for each in kept]
    forms += [(each, examples) for each in kept if (examples := pool.earlier_examples(each))]
    finished = (form for form in forms if training_artifact(plan, form[1], lab.stage.folder).complete)
    return next(finished, forms[0]) if len(forms) > 1 else forms[0]


def _nothing_left(name: str, samples: int, selection: Selection) -> NoCandidateError:
    counts = ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in selection.dropped.items() if count)
    return NoCandidateError(
        f"{name} has nothing to train on",
        [f"None of the pool's {samples} samples was taken: {counts}. {selection.advice}"],
    )


def _mix(lab: Lab, recipe: Recipe) -> Mix | None:
    """The examples to mix in, in the order in which they are taken."""
    if recipe.mix_digest is None:
        return None
    assert lab.splits.mix is not None
    return Mix(
        ratio=recipe.mix_ratio,
        chat=lab.spec.model.chat,
        examples=in_mixing_order(lab.splits.mix.examples, lab.seed),
    )
