"""A study and its commands: each takes the steps that it needs, under the study's lock."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from passgap.decisions.gate_report import GateReport
from passgap.decisions.study_plan import StudyPlan
from passgap.errors import NotOnDiskError, StudyError
from passgap.estimates import EstimateTable
from passgap.logs import read_log
from passgap.paths import AnyPath
from passgap.recipes import Arm
from passgap.report.study_report import StudyReport
from passgap.spec import Intake
from passgap.store import LedgerEntry, SamplesArtifact, StudyFolder, select, study_lock
from passgap.study.arms import TrainedArm, sample_pool
from passgap.study.base_verdict import Judged, judge_log, table_of
from passgap.study.budget import BudgetError, base_work, pool_work, require_budget
from passgap.study.checking import Checked, checked
from passgap.study.context import StudyContext
from passgap.study.decode_only import require_sweep
from passgap.study.evaluation import sample_heldout
from passgap.study.gate import judge_gate
from passgap.study.interim_analysis import first_look
from passgap.study.notes import notes_on
from passgap.study.planning import plan_study
from passgap.study.preregistration import register
from passgap.study.read_only import read_only, verdict_is_there
from passgap.study.services import Services
from passgap.study.steps import Steps
from passgap.tasks import ContaminationLog


class Study:
    """One study in its folder.

    Every method does what it needs of the earlier steps, and nothing that is on disk already: calling ``run`` twice
    measures once.
    """

    def __init__(self, intake: Intake, folder: StudyFolder, services: Services, *, over_budget: bool = False) -> None:
        """Open a study.

        Args:
            intake: what was declared.
            folder: where it lives.
            services: its ports.
            over_budget: whether arms may begin that do not fit into the budget; each that does is put into the ledger.
        """
        self._context = StudyContext(intake=intake, folder=folder, services=services, over_budget=over_budget)

    @property
    def _steps(self) -> Steps:
        """A new pass through the steps: what is on disk is read again, and nothing on disk is measured again."""
        return Steps(replace(self._context))

    @property
    def _finished_steps(self) -> Steps:
        """A pass that measures nothing and needs no model."""
        return Steps(read_only(self._context))

    @property
    def folder(self) -> StudyFolder:
        """Where the study lives."""
        return self._context.folder

    def check(self) -> Checked:
        """Load both task sets and check them against each other (R1, R3).

        Raises:
            StudyError: everything that is wrong.
        """
        counted = self._context.services.parameters(self._context.spec.model.id)
        return checked(self._context.intake, self._steps.splits, counted)

    def sample(self, arm: Arm) -> SamplesArtifact:
        """Draw an arm's samples: the base model's on the held-out set (or its first look), or those of the pool."""
        with study_lock(self.folder.path):
            steps = self._steps
            steps.begin()
            if arm is Arm.DECODE_ONLY:
                raise StudyError(
                    "the decode-only arm is sampled at several settings, one after the other",
                    ["`passgap evaluate STUDY --arm decode-only` draws all of them, runs them, and chooses."],
                )
            if arm is Arm.BASE:
                first = first_look(self._context.spec, steps.splits)
                require_budget(steps.context, arm, base_work(steps.context.spec, len(first.heldout.problems)))
                return sample_heldout(steps.context, first, steps.context.base_model(), Arm.BASE.value)
            require_budget(steps.context, arm, pool_work(steps.context.spec, steps.splits))
            return sample_pool(steps.context, steps.splits)

    def contamination(self) -> ContaminationLog:
        """Return the log of what in the pool is too close to the held-out set (R3)."""
        return self._steps.splits.contamination

    def plan(self) -> StudyPlan:
        """Say how many problems a decisive verdict takes, at prices from measured throughput."""
        with study_lock(self.folder.path):
            steps = self._steps
            return plan_study(steps.context, steps.splits, steps.base_on_disk())

    def verdict(self) -> Judged:
        """Measure the base model and decide (R2, R4)."""
        with study_lock(self.folder.path):
            if verdict_is_there(self._context):
                with suppress(NotOnDiskError):
                    return self._judged(self._finished_steps)
            return self._judged(self._steps)

    def verdict_on(self, results: AnyPath) -> Judged:
        """Decide on results that another harness measured (R2); nothing is sampled.

        Raises:
            StoreError: the file is no log that passgap reads.
        """
        results = Path(results)
        log = read_log(results)
        return judge_log(self._context.spec, log, f"{results.name} ({log.format})")

    def register(self, arm: Arm) -> LedgerEntry:
        """Write an arm's pipeline spec into the ledger (R5).

        Raises:
            StudyError: the arm trains nothing, or was registered otherwise.
        """
        with study_lock(self.folder.path):
            steps = self._steps
            steps.begin()
            return register(self._context, steps.pipeline(arm))

    def train(self, arm: Arm) -> TrainedArm:
        """Train a registered arm (R6).

        Raises:
            StudyError: it is not registered as it stands.
        """
        with study_lock(self.folder.path):
            return self._steps.train(arm)

    def evaluate(self, arm: Arm) -> EstimateTable:
        """Measure an arm's model on the held-out problems; the decode-only arm, on those that it was not chosen on.

        Raises:
            StudyError: the arm cannot be trained here, and `engine.arms` names no model that is served for it; or it
                is the decode-only arm, and the study declares no sweep.
        """
        with study_lock(self.folder.path):
            steps = self._steps
            steps.begin()
            if arm is Arm.DECODE_ONLY:
                return steps.table_of_sweep()
            return table_of(self._context.spec, steps.measure_arm(arm))

    def run(self, arms: Sequence[Arm] | None = None) -> StudyReport:
        """Measure, decide, run arms, report.

        Args:
            arms: what to run whatever the verdict says; None runs what the verdict calls for.

        Raises:
            BudgetError: an arm does not fit into what is left of the budget; the report of what is there is written.
        """
        with study_lock(self.folder.path):
            asked = [arm for arm in arms or () if arm.trains]
            if asked:
                self._context.base_folder()
            if Arm.DECODE_ONLY in (arms or ()):
                require_sweep(self._context.spec)
            steps = self._steps
            verdict = steps.verdict
            steps.note(f"verdict: {verdict.verdict.value}" + (f" ({verdict.other.value})" if verdict.other else ""))
            chosen = steps.called_for(verdict) if arms is None else asked
            reports = []
            for arm in chosen:
                entry = register(self._context, steps.pipeline(arm))
                steps.note(f"registered {arm.value} as ledger entry {entry.sequence}, hash {entry.hash[:12]}")
                try:
                    reports.append(steps.arm_report(arm))
                except BudgetError as error:
                    steps.write(tuple(reports), (" ".join((f"{error.summary}:", *error.problems)),))
                    raise
            return steps.write(tuple(reports))

    def gate(self, arm: Arm = Arm.SSD) -> GateReport:
        """Say whether a second round may follow a finished arm (R10); nothing is measured.

        Raises:
            StudyError: the arm is not finished, so there is nothing to gate; or part of it is no longer on disk.
        """
        with study_lock(self.folder.path):
            steps = self._finished_steps
            if arm not in steps.finished():
                raise StudyError(
                    f"there is no finished first round of `{arm.value}` to gate",
                    [f"Run it first: `passgap run STUDY --arm {(arm if arm.trains else Arm.SSD).value}`."],
                )
            trained, tuned, _, battery = steps.compared(arm)
            return judge_gate(steps.context, steps.evaluated, trained, (steps.base, tuned), battery)

    def report(self) -> StudyReport:
        """Write the report of what is on disk: neither the model nor what runs it is needed.

        Raises:
            StudyError: the base model has not been measured yet.
        """
        with study_lock(self.folder.path):
            if not select(self.folder.index(), "base-heldout-results"):
                raise StudyError(
                    "there is nothing to report yet", ["Measure the base model first: `passgap verdict STUDY`."]
                )
            steps = self._finished_steps
            return steps.write(tuple(steps.arm_report(arm) for arm in steps.finished()))

    def _judged(self, steps: Steps) -> Judged:
        control = steps.decode_only
        return Judged(
            verdict=steps.verdict,
            table=steps.base_measured.table,
            source=self._context.spec.model.name,
            decode_only=control.choice if control else None,
            notes=notes_on(self._context.spec, steps.base),
        )
