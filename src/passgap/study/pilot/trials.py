"""One recipe at one rung: fine-tuned as far as the rung goes, sampled, and compared with the base model."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from passgap.arms import Candidate, arm_of
from passgap.arms.base import Course
from passgap.arms.development import Point, measure_points
from passgap.decisions.recipe_search import Trial, TriedRecipe
from passgap.errors import DivergedError, NoCandidateError
from passgap.estimates import paired_delta
from passgap.estimates.tempered import best_temperature, tempered_gain
from passgap.ports import ModelReference
from passgap.records import Manifest, Measured, Problem
from passgap.spec.pilot import with_settings
from passgap.stages.divergence import DivergencePlan, divergences_between, mean_divergence
from passgap.stages.evaluation import require_one_rule
from passgap.store import LedgerEntry, ModelArtifact, TracedFolder, TrialArtifact, read_json, select, write_json
from passgap.study.battery_answers import ask_probes
from passgap.study.battery_compared import compare_decodings
from passgap.study.context import StudyContext
from passgap.study.lab import StudyLab
from passgap.study.pilot.base_texts import BaseTexts, tempered_curves
from passgap.study.pilot.declared import SearchPlan
from passgap.study.pilot.naming import trial_label
from passgap.study.repetitions import repetitions_of

KL_POSITIONS = 48
"""Tokens of each sample on which the divergence is taken: enough for the mean to settle."""

_FILE = "trial.json"


@dataclass(frozen=True)
class PilotLab(StudyLab):
    """A study as an arm sees it while its recipe is searched: under the search's entry, as far as a rung goes."""

    entry: LedgerEntry | None = None
    number: int = 0
    part: Course | None = None

    @property
    def course(self) -> Course | None:
        return self.part

    def label(self, name: str) -> str:
        return trial_label(name, self.number)

    def registration(self, arm: str) -> LedgerEntry:
        assert self.entry is not None
        return self.entry


@dataclass(frozen=True)
class Search:
    """A search at work."""

    context: StudyContext
    lab: StudyLab
    plan: SearchPlan
    entry: LedgerEntry
    problems: tuple[Problem, ...]
    base: BaseTexts
    traced: TracedFolder
    """Remembers what the search used of others, such as samples of the pool, and so has to pay for."""

    @property
    def arm(self) -> str:
        """The name of the arm whose recipe is searched for."""
        return self.plan.arm

    def measure(self, recipe: TriedRecipe, place: int) -> Trial:
        """Carry a recipe out as far as a rung goes, and measure it; what is on disk is not done again.

        Args:
            recipe: the recipe.
            place: of the rung, from 0.

        Raises:
            EngineError, ExecutionError, StoreError: a step failed for a reason that is not the recipe's.
        """
        inputs: dict[str, JsonValue] = {"pilot": self.entry.hash, "recipe": recipe.number, "rung": place + 1}
        artifact = self.context.folder.artifact(f"{trial_label(self.arm, recipe.number)}-trial", inputs, TrialArtifact)
        if not artifact.complete:
            artifact.begin()
            trial = self._measured(recipe, place)
            write_json(artifact.path(_FILE), trial.model_dump(mode="json"))
            self.traced.keep()  # before it is finished: a trial that is on disk asks for nothing any more
            artifact.finish(Manifest())
        return Trial.model_validate(read_json(artifact.path(_FILE)))

    def _measured(self, recipe: TriedRecipe, place: int) -> Trial:
        spec, rung = self.context.spec, self.plan.search.rungs[place]
        lab = PilotLab(
            **{name: getattr(self.lab, name) for name in self.lab.__dataclass_fields__},
            entry=self.entry,
            number=recipe.number,
            part=Course(dose=rung.dose, work=work_folder(self.context, self.arm, recipe.number)),
        )
        try:
            candidate = arm_of(self.arm).produce(self.section(recipe), lab)
        except (DivergedError, NoCandidateError) as error:
            return Trial(recipe=recipe.number, rung=place + 1, failure=" ".join((f"{error.summary}.", *error.problems)))
        problems = self.problems[: rung.problems]
        label = trial_label(self.arm, recipe.number)
        point = Point.at(f"{label}-development", spec.production_decoding, rung.samples)
        [evaluation] = measure_points(candidate.model, [point], problems, lab)
        require_one_rule(self.base.evaluation, evaluation)
        answers = ask_probes(self.context, candidate.model, label)
        ids = [problem.id for problem in problems]
        before, after = self.base.evaluation.counts.select(ids), evaluation.counts
        curves = tempered_curves(lab, candidate.model, label, self.base.right)
        _, base_at_best = best_temperature(self.base.curves)
        _, tuned_at_best = best_temperature(curves)
        level = spec.thresholds.level
        return Trial(
            recipe=recipe.number,
            rung=place + 1,
            updates=_updates(candidate),
            gain=tempered_gain(self.base.curves, curves, m=self.plan.search.texts, level=level),
            scores={name: tuned_at_best[name] - base_at_best[name] for name in sorted(base_at_best)},
            divergence=self._divergence(lab, candidate.model, label),
            pass_at_1=paired_delta(before, after, 1, level=level).delta,
            battery=compare_decodings(
                self.context, self.arm, (self.base.evaluation, self.base.answers), (evaluation, answers), ids
            ),
        )

    def section(self, recipe: TriedRecipe) -> Any:
        """The arm's section with a recipe's settings; no models are kept on the way."""
        section: Any = with_settings(self.context.intake.spec.arms[self.arm], recipe.settings)
        training = section.training.model_copy(update={"checkpoints": ()})
        return section.model_copy(update={"training": training})

    def _divergence(self, lab: StudyLab, model: ModelReference, name: str) -> Measured:
        """KL(base || tuned) per token, on samples of the base model, each problem counted once."""
        plan = DivergencePlan(name=name, texts=self.base.drawn, positions=KL_POSITIONS)
        rows = divergences_between(plan, lab.base_model(), model, lab.sampler, lab.stage)
        assert rows is not None, "likelihoods of both models were measured before"
        return mean_divergence(rows, self.context.spec.thresholds.level)

    def free(self, numbers: Sequence[int], *, weights: bool) -> None:
        """Delete the checkpoints of fine-tunes that go no further, and the weights of models that are measured.

        Args:
            numbers: of the recipes.
            weights: whether the models go too.
        """
        index = self.context.folder.index()
        for number in numbers:
            shutil.rmtree(work_folder(self.context, self.arm, number), ignore_errors=True)
            for entry in select(index, f"{trial_label(self.arm, number)}-model") if weights else ():
                shutil.rmtree(ModelArtifact(entry.folder, entry.name, entry.inputs).checkpoint, ignore_errors=True)


def work_folder(context: StudyContext, arm: str, number: int) -> Path:
    """The folder of the checkpoints of a recipe's fine-tune, which goes on from rung to rung."""
    return context.folder.artifacts / f"{trial_label(arm, number)}.training"


def first_lab(context: StudyContext, lab: StudyLab) -> StudyLab:
    """The lab of the arm's first repetition, whose samples of the pool a search shares."""
    assert context.spec.pilot is not None
    return replace(lab, repetition=repetitions_of(context.intake.spec, context.spec.pilot.arm)[0])


def _updates(candidate: Candidate) -> int:
    return candidate.training.steps if candidate.training is not None else 0
