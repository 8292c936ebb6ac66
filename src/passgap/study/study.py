"""A study and its commands: each takes the steps that it needs, under the study's lock."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from http.server import ThreadingHTTPServer
from pathlib import Path

from passgap.arms import BASE, Candidate, arm_of
from passgap.arms.ssd import ARM as SSD
from passgap.decisions.frontier_report import FrontierReport
from passgap.decisions.gate_report import GateReport
from passgap.decisions.recipe_search import SearchOutcome
from passgap.decisions.study_plan import StudyPlan
from passgap.errors import NotOnDiskError, StudyError
from passgap.estimates import EstimateTable, estimate_repeated
from passgap.logs import read_log
from passgap.paths import AnyPath
from passgap.ports import DeclaredTraining, Export
from passgap.report.model_card import CardFacts, is_hub_id, model_card
from passgap.report.second_round import Round2Report
from passgap.report.study_report import StudyReport
from passgap.spec.budget import Part
from passgap.store import LedgerEntry, SamplesArtifact, select, study_lock, write_text
from passgap.study.base_verdict import Judged, judge_log, table_of
from passgap.study.budget import evaluating, evaluation_work, making, require_budget
from passgap.study.candidates import evaluate_candidate, table_of_choice
from passgap.study.checking import Checked, checked
from passgap.study.declared_arms import in_order
from passgap.study.elsewhere import export_arm, import_arm
from passgap.study.evaluation import evaluate, sample_heldout
from passgap.study.forecasting import forecast_from_log
from passgap.study.frontier import measure_frontier
from passgap.study.gate import ask_gate
from passgap.study.interim_analysis import evaluate_base, first_look
from passgap.study.judging import judged
from passgap.study.lab import StudyLab
from passgap.study.pilot.running import run_pilot
from passgap.study.planning import plan_study
from passgap.study.preregistration import pipeline_spec, refuse_unregistered, refuse_untrained, register
from passgap.study.promotion.commands import PromotionCommands
from passgap.study.read_only import read_only, verdict_is_there
from passgap.study.repetitions import repetitions_of
from passgap.study.run import begin, finished_arms, run_study, splits_of
from passgap.study.second_round.running import run_second_round
from passgap.study.single_steps import (
    lab_of,
    measured_so_far,
    refuse_starved,
    repeated_lab,
    work_before_training,
)
from passgap.study.splits import require_toolchains
from passgap.tasks import ContaminationLog


class Study(PromotionCommands):
    """One study in its folder.

    Every method does what it needs of the earlier steps, and nothing that is on disk already: calling ``run`` twice
    measures once. :mod:`.run` has the order of all steps.
    """

    def check(self) -> Checked:
        """Load both task sets and check them against each other.

        Raises:
            StudyError: everything that is wrong.
        """
        context = self._now
        counted = context.services.parameters(context.spec.model.id)
        return checked(context.intake, splits_of(context), counted)

    def sample(self, arm: str) -> SamplesArtifact:
        """Draw an arm's samples: the base model's on the held-out set (or its first look), or those of the pool.

        Of an arm with several seeds, the samples of each are drawn, and those of the first are returned.
        """
        arm = arm_of(arm).name
        with study_lock(self.folder.path):
            context = self._now
            spec = context.spec
            splits = splits_of(context)
            begin(context, splits)
            if arm == BASE:
                first = first_look(spec, splits)
                require_budget(context, arm, evaluation_work(spec, len(first.heldout.problems)))
                return sample_heldout(context, first, context.base_model(), BASE)
            made = arm_of(arm)
            if made.preregistered:
                refuse_starved(context, splits, arm)
                pool = [work for work in making(spec, splits, arm) if work.part is Part.SAMPLING]
                require_budget(context, arm, pool)
            lab, section = StudyLab(context, splits), made.section_of(spec)
            drawn = [made.sample(section, replace(lab, repetition=each)) for each in repetitions_of(spec, arm)]
            return drawn[0]

    def contamination(self) -> ContaminationLog:
        """Return the log of what in the pool is too close to the held-out set."""
        return splits_of(self._now).contamination

    def plan(self) -> StudyPlan:
        """Say how many problems a decisive verdict takes, at prices from measured throughput."""
        with study_lock(self.folder.path):
            context = self._now
            splits = splits_of(context)
            require_toolchains(context, splits)
            return plan_study(context, splits, measured_so_far(context, splits))

    def verdict(self) -> Judged:
        """Measure the base model and decide."""
        with study_lock(self.folder.path):
            context = self._now
            if verdict_is_there(context):
                with suppress(NotOnDiskError):
                    return judged(read_only(context))
            return judged(context)

    def verdict_on(self, results: AnyPath) -> Judged:
        """Decide on results that another harness measured; nothing is sampled.

        What the arms will have to learn from is forecast from these results too, where the study's problems are at
        hand; hours and money then at the speed that was measured here, or at the assumed one.

        Raises:
            StoreError: the file is no log that passgap reads.
        """
        results = Path(results)
        log = read_log(results)
        found = judge_log(self._context.spec, log, f"{results.name} ({log.format})")
        return found.model_copy(update=forecast_from_log(self._now, log, found))

    def pilot(self) -> SearchOutcome:
        """Search the recipe of the declared arm on development problems, and write the winner into the ledger.

        Raises:
            StudyError: no search is declared, it was declared otherwise, or its arm is registered already.
            BudgetError: not even two recipes fit into the budget.
        """
        with study_lock(self.folder.path):
            context = self._now
            splits = splits_of(context)
            begin(context, splits)
            return run_pilot(StudyLab(context, splits))

    def register(self, arm: str) -> LedgerEntry:
        """Write an arm's pipeline spec into the ledger.

        Raises:
            StudyError: nothing is registered of the arm, it would starve, or it was registered otherwise.
        """
        with study_lock(self.folder.path):
            context = self._now
            refuse_unregistered(arm)
            splits = splits_of(context)
            begin(context, splits)
            problems = lab_of(context, splits, reads_base=False).splits
            refuse_starved(context, problems, arm)
            return register(context, pipeline_spec(context, problems, arm))

    def train(self, arm: str) -> Candidate:
        """Train a registered arm, with each of its seeds, if that fits into the budget; returns that of the first.

        Raises:
            StudyError: it is not registered as it stands, or trains nothing.
        """
        with study_lock(self.folder.path):
            context = self._now
            refuse_untrained(arm)
            lab = lab_of(context, splits_of(context), reads_base=False)
            pipeline_spec(context, lab.splits, arm)
            refuse_starved(context, lab.splits, arm)
            require_budget(context, arm, making(context.spec, lab.splits, arm))
            made, section = arm_of(arm), arm_of(arm).section_of(context.spec)
            repetitions = repetitions_of(context.spec, arm)
            trained = [made.produce(section, replace(lab, repetition=each)) for each in repetitions]
            return trained[0]

    def export(self, arm: str, target: str, folder: AnyPath, seed: int | None = None) -> Export:
        """Write what a registered arm trains on, and how, for those who train elsewhere; nothing is trained.

        Args:
            arm: which one.
            target: ``axolotl``, ``verl``, ``trl``, ``jsonl``, or another that is installed.
            folder: a new folder.
            seed: of several that the arm is repeated with; None for the first.

        Raises:
            StudyError: the arm trains nothing, or is not registered as it stands.
            EngineError: the target does not take such training, or the folder holds something.
        """
        with study_lock(self.folder.path):
            context = self._now
            refuse_untrained(arm)
            lab = repeated_lab(context, arm, seed)
            require_budget(context, arm, work_before_training(context, lab.splits, arm))
            return export_arm(lab, arm, target, Path(folder))

    def import_checkpoint(self, arm: str, declared: DeclaredTraining, seed: int | None = None) -> Candidate:
        """Take a checkpoint that was trained elsewhere for a registered arm, with the hours that are declared for it.

        Args:
            arm: which one.
            declared: the checkpoint, and what is known of its training.
            seed: of several that the arm is repeated with; None for the first.

        Raises:
            StudyError: the arm trains nothing, is not registered as it stands, or has a checkpoint already.
            EngineError: the checkpoint is none of the base model, or holds its very weights.
        """
        with study_lock(self.folder.path):
            context = self._now
            refuse_untrained(arm)
            lab = repeated_lab(context, arm, seed)
            require_budget(context, arm, work_before_training(context, lab.splits, arm))
            return import_arm(lab, arm, declared)

    def evaluate(self, arm: str) -> EstimateTable:
        """Measure an arm's model on the held-out problems; the decode-only arm, on those that it was not chosen on.

        Raises:
            StudyError: the arm cannot be trained here, and `engine.arms` names no model that is served for it; or the
                study does not declare it.
        """
        arm = arm_of(arm).name
        with study_lock(self.folder.path):
            context = self._now
            splits = splits_of(context)
            begin(context, splits)
            if arm == BASE:
                return table_of(context.spec, evaluate_base(context, splits).evaluation)
            made, section = arm_of(arm), arm_of(arm).section_of(context.spec)
            lab = lab_of(context, splits, reads_base=not made.trains)
            served = context.served_arm(arm)
            if served is not None:
                problems = len(lab.splits.heldout.problems)
                require_budget(context, arm, evaluation_work(context.spec, problems, f"{arm}-served"))
                return table_of(context.spec, evaluate(context, lab.splits, served, f"{arm}-served"))
            evaluation = () if made.in_every_run else evaluating(context.spec, lab.splits, arm)
            require_budget(context, arm, (*making(context.spec, lab.splits, arm), *evaluation))
            tables = []
            for each in repetitions_of(context.spec, arm):
                candidate = made.produce(section, replace(lab, repetition=each))
                evaluated = evaluate_candidate(context, lab.splits, candidate, each)
                if candidate.choice is not None:
                    return table_of_choice(context.spec, candidate.choice, candidate.counts or evaluated.counts)
                tables.append(evaluated.counts)
            return estimate_repeated(tables, context.spec.diagnostics.k, level=context.spec.thresholds.level)

    def run(self, arms: Sequence[str] | None = None) -> StudyReport:
        """Measure, decide, run arms, report.

        Args:
            arms: what to run whatever the verdict says, ``all`` for every declared arm; None runs what the verdict
                calls for.

        Raises:
            PassgapError: an arm gave no candidate; the others were run, and the report is written.
        """
        with study_lock(self.folder.path):
            context = self._now
            if arms is None:
                return run_study(context)
            asked = in_order(arms, context.spec)
            for name in asked:
                arm_of(name).section_of(context.spec)
            if any(arm_of(name).trains for name in asked):
                context.base_folder()
            return run_study(context, [name for name in asked if not arm_of(name).in_every_run])

    def gate(self, arm: str = SSD.name) -> GateReport:
        """Say whether a second round may follow a finished arm; nothing is measured.

        Raises:
            StudyError: the arm is not finished, so there is nothing to gate; or part of it is no longer on disk.
        """
        with study_lock(self.folder.path):
            return ask_gate(self._now, arm).report

    def second_round(self, arm: str = SSD.name) -> Round2Report:
        """Carry out the second round of an arm through the gate, and write it into the study's report.

        Raises:
            StudyError: the gate is closed, there is no finished first round with its weights, or the second round was
                begun with other problems or weights.
            PassgapError: a step failed; what it did is kept.
        """
        with study_lock(self.folder.path):
            found = run_second_round(self._now, arm_of(arm).name)
            context = read_only(self._now)
            run_study(context, finished_arms(context))
            return found

    def frontier(self, arms: Sequence[str] | None = None) -> FrontierReport:
        """Measure base model and arms at several decodings: is an arm more than the base model at a lower temperature?

        Args:
            arms: which ones; None for all that have a model.

        Raises:
            StudyError: an arm has no model, there are too few development problems, or the frontier was declared
                otherwise before it was measured.
        """
        with study_lock(self.folder.path):
            context = self._now
            splits = splits_of(context)
            begin(context, splits)
            return measure_frontier(context, evaluate_base(context, splits), arms)

    def report(self) -> StudyReport:
        """Write the report of what is on disk: neither the model nor what runs it is needed.

        Raises:
            StudyError: the base model has not been measured yet.
        """
        with study_lock(self.folder.path):
            if not select(self.folder.index(), f"{BASE}-heldout-results"):
                raise StudyError(
                    "there is nothing to report yet", ["Measure the base model first: `passgap verdict STUDY`."]
                )
            context = read_only(self._now)
            return run_study(context, finished_arms(context))

    def model_card(self, arm: str, report: StudyReport | None = None) -> Path:
        """Write the model card of an arm's candidate into the study's folder, and return its path.

        Args:
            arm: which one.
            report: of the study as it is now; None writes it first.

        Raises:
            StudyError: the report has no such arm, or nothing of its weights was changed.
        """
        report, spec = report or self.report(), self.declared
        name = arm_of(arm).name
        found = next((each for each in report.arms if each.arm == name and each.trained), None)
        if found is None:
            trained = ", ".join(each.arm for each in report.arms if each.trained) or "none"
            raise StudyError(f"there is no candidate of {name} to write a card of", [f"Trained arms: {trained}."])
        declared = CardFacts(
            base_model=spec.model.id if is_hub_id(spec.model.id) else spec.model.name,
            licence=spec.model.licence,
            languages=tuple(spec.task_family.languages),
            surface=spec.task_family.surface,
            rollback=spec.failure_cost.rollback,
        )
        path = self.folder.path / f"model-card-{name}.md"
        write_text(path, model_card(report, found, declared))
        return path

    def view(self, port: int = 0) -> ThreadingHTTPServer:
        """Return a server of the report on the loopback interface; its ``serve_forever`` shows it.

        Args:
            port: to listen on; 0 for a free one.

        Raises:
            StoreError: there is no report yet, or the port is taken.
        """
        from passgap.report.explorer.server import serve_study  # noqa: PLC0415 - only who views needs a server

        return serve_study(self.folder.path, port)
