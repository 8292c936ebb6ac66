"""Train the base model on chosen examples of external data, under the registration."""

from __future__ import annotations

from passgap.arms.base import Candidate, Lab
from passgap.arms.external_data.choice import Choice
from passgap.arms.external_data.facts import counts_of, facts_of, in_words
from passgap.errors import NoCandidateError
from passgap.ports import FolderModel
from passgap.recipes import Recipe
from passgap.records.yields import YieldOf
from passgap.stages import TrainingPlan, cost_of, train


def fine_tune(name: str, recipe: Recipe, choice: Choice, lab: Lab) -> Candidate:
    """The base model, trained on the chosen examples.

    Raises:
        StudyError: the arm is not pre-registered as it stands.
        NoCandidateError: there is no example.
        EngineError, StoreError: the training failed.
    """
    registration = lab.registration(name)
    assert recipe.training is not None
    if not choice.examples:
        raise NoCandidateError(
            f"{name} has nothing to train on",
            [
                f"Of the {choice.given} examples of {choice.data.name}, {choice.removed} are too close to a held-out "
                f"problem and {choice.inexpressible} would not be read back from an answer. Name other data."
            ],
        )
    plan = TrainingPlan(
        name=lab.label(name),
        base=lab.base_folder(),
        base_digest=lab.model_digest(lab.base_folder()),
        config=recipe.training,
        seed=lab.seed,
        registration=registration.hash,
    )
    model = train(
        plan,
        choice.examples,
        lab.trainer,
        lab.stage,
        model_digest=lab.model_digest,
        facts={**counts_of(choice), **{name: recipe.settings[name] for name in ("licence", "source", "target")}},
    )
    counts = facts_of(model.manifest)
    return Candidate(
        arm=name,
        model=FolderModel(folder=model.checkpoint),
        decoding=lab.spec.production_decoding,
        costs=(cost_of(model),),
        facts=in_words(counts),
        registration=registration.hash,
        training=counts,
        yielded={YieldOf.EXAMPLES: len(choice.examples), YieldOf.STEPS: counts.steps},
    )
