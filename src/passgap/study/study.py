"""A study from its declaration to its report: the order of the steps, and what each one needs of those before."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from passgap.decisions import Verdict, VerdictKind
from passgap.errors import StudyError
from passgap.estimates import EstimateTable
from passgap.logs import read_log
from passgap.paths import AnyPath
from passgap.probes import BatteryOutcome
from passgap.recipes import Arm, PipelineSpec
from passgap.records import Insufficient
from passgap.report import write_reports
from passgap.report.content import ArmReport, DecodeOnlyReport, StudyReport
from passgap.report.gate import GateReport
from passgap.report.planning import StudyPlan
from passgap.spec import Intake
from passgap.store import Artifact, LedgerEntry, StudyFolder, study_lock
from passgap.study import reporting
from passgap.study.arms import TrainedArm, sample_pool, train_arm
from passgap.study.battery import ProbeAnswers, ask_probes, compare_with_battery
from passgap.study.checking import Checked, checked
from passgap.study.context import StudyContext
from passgap.study.decode_only import DecodeOnly, require_sweep, sweep_decoding, table_of_choice
from passgap.study.decoding_report import decode_only_report
from passgap.study.frozen import NotOnDiskError, frozen
from passgap.study.gate import judge_gate
from passgap.study.judgement import Judged, judge_base, judge_log, table_of
from passgap.study.looks import BaseMeasured, first_look, look_by_look, measure_base
from passgap.study.measurement import Measurement, measure, sample_heldout
from passgap.study.omissions import omissions
from passgap.study.planning import plan_study
from passgap.study.preparation import Preparation, prepare
from passgap.study.registration import pipeline_spec, register
from passgap.study.signal import SignalFinding, find_signal
from passgap.study.workbench import Workbench
from passgap.tasks import ContaminationLog


class Study:
    """One study in its folder.

    Every method does what it needs of the earlier steps, and nothing that is on disk already: calling ``run`` twice
    measures once.
    """

    def __init__(self, intake: Intake, folder: StudyFolder, bench: Workbench) -> None:
        self._context = StudyContext(intake=intake, folder=folder, bench=bench)

    @property
    def folder(self) -> StudyFolder:
        """Where the study lives."""
        return self._context.folder

    def check(self) -> Checked:
        """Load both task sets and check them against each other (R1, R3).

        Raises:
            StudyError: everything that is wrong.
        """
        counted = self._context.bench.parameters(self._context.spec.model.id)
        return checked(self._context.intake, self._preparation, counted)

    def sample(self, arm: Arm) -> Artifact:
        """Draw an arm's samples: the base model's on the held-out set (or its first look), or those of the pool."""
        with study_lock(self.folder.path):
            self._context.declare()
            if arm is Arm.DECODE_ONLY:
                raise StudyError(
                    "the decode-only arm is sampled at several settings, one after the other",
                    ["`passgap evaluate STUDY --arm decode-only` draws all of them, runs them, and chooses."],
                )
            if arm is Arm.BASE:
                first = first_look(self._context.spec, self._preparation)
                return sample_heldout(self._context, first, self._context.base_model(), Arm.BASE.value)
            return sample_pool(self._context, self._preparation)

    def contamination(self) -> ContaminationLog:
        """What of the pool is too close to the held-out set (R3)."""
        return self._preparation.contamination

    def plan(self) -> StudyPlan:
        """Say how many problems a decisive verdict takes, at prices from measured throughput."""
        with study_lock(self.folder.path):
            return plan_study(self._context, self._preparation, self._base_on_disk())

    def verdict(self) -> Judged:
        """Measure the base model and decide (R2, R4)."""
        with study_lock(self.folder.path):
            return Judged(
                verdict=self._verdict,
                table=self._base_measured.table,
                source=self._context.spec.model.name,
                decode_only=self._decode_only.choice if self._decode_only else None,
            )

    def verdict_on(self, results: AnyPath) -> Judged:
        """Decide on results that another harness measured (R2); nothing is sampled.

        Raises:
            StoreError: the file is no log that passgap reads.
        """
        results = Path(results)
        log = read_log(results)
        return judge_log(self._context.spec, log, f"{results.name} ({log.format.value})")

    def register(self, arm: Arm) -> LedgerEntry:
        """Write an arm's pipeline spec into the ledger (R5).

        Raises:
            StudyError: the arm trains nothing, or was registered otherwise.
        """
        with study_lock(self.folder.path):
            self._context.declare()
            return register(self._context, self._pipeline(arm))

    def train(self, arm: Arm) -> TrainedArm:
        """Train a registered arm (R6).

        Raises:
            StudyError: it is not registered as it stands.
        """
        with study_lock(self.folder.path):
            return self._train(arm)

    def evaluate(self, arm: Arm) -> EstimateTable:
        """Measure an arm's model on the held-out problems; the decode-only arm, on those that it was not chosen on.

        Raises:
            StudyError: the arm cannot be trained here, and `engine.arms` names no model that is served for it; or it
                is the decode-only arm, and the study declares no sweep.
        """
        with study_lock(self.folder.path):
            self._context.declare()
            if arm is Arm.DECODE_ONLY:
                return self._table_of_sweep()
            return table_of(self._context.spec, self._measure_arm(arm))

    def run(self, arms: Sequence[Arm] | None = None) -> StudyReport:
        """Measure, decide, run arms, report.

        Args:
            arms: what to run whatever the verdict says; None runs what the verdict calls for.
        """
        with study_lock(self.folder.path):
            asked = [arm for arm in arms or () if arm.trains]
            if asked:
                self._context.base_folder()
            if Arm.DECODE_ONLY in (arms or ()):
                require_sweep(self._context.spec)
            verdict = self._verdict
            self._note(f"verdict: {verdict.verdict.value}" + (f" ({verdict.other.value})" if verdict.other else ""))
            chosen = self._called_for(verdict) if arms is None else asked
            reports = []
            for arm in chosen:
                entry = register(self._context, self._pipeline(arm))
                self._note(f"registered {arm.value} as ledger entry {entry.sequence}, hash {entry.hash[:12]}")
                reports.append(self._arm_report(arm))
            return self._write(tuple(reports))

    def gate(self, arm: Arm = Arm.SSD) -> GateReport:
        """Say whether a second round may follow a finished arm (R10); nothing is measured.

        Raises:
            StudyError: the arm is not finished, so there is nothing to gate; or part of it is no longer on disk.
        """
        with study_lock(self.folder.path):
            if arm not in self._finished():
                raise StudyError(
                    f"there is no finished first round of `{arm.value}` to gate",
                    [f"Run it first: `passgap run STUDY --arm {(arm if arm.trains else Arm.SSD).value}`."],
                )
            self._context = replace(self._context, bench=frozen(self._context.bench))
            trained, tuned, _, battery = self._compared(arm)
            return judge_gate(self._context, self._evaluated, trained, (self._base, tuned), battery)

    def report(self) -> StudyReport:
        """Write the report of what is on disk.

        Raises:
            StudyError: the base model has not been measured yet.
        """
        with study_lock(self.folder.path):
            if not any(self.folder.artifacts.glob("base-heldout-results-*/manifest.json")):
                raise StudyError(
                    "there is nothing to report yet", ["Measure the base model first: `passgap verdict STUDY`."]
                )
            self._context = replace(self._context, bench=frozen(self._context.bench))
            return self._write(tuple(self._arm_report(arm) for arm in self._finished()))

    @cached_property
    def _preparation(self) -> Preparation:
        return prepare(self._context)

    @cached_property
    def _base_measured(self) -> BaseMeasured:
        self._context.declare()
        return measure_base(self._context, self._preparation)

    @property
    def _base(self) -> Measurement:
        return self._base_measured.measurement

    @property
    def _evaluated(self) -> Preparation:
        """The problems that arms are evaluated on: those that the base model was measured on."""
        return self._base_measured.preparation if self._context.spec.thresholds.looks else self._preparation

    @cached_property
    def _signal(self) -> SignalFinding:
        return find_signal(self._context, self._preparation, self._base)

    @cached_property
    def _verdict(self) -> Verdict:
        finding = self._signal
        return judge_base(self._context, self._base_measured, finding.declared, finding.proposal, self._decode_only)

    @cached_property
    def _decode_only(self) -> DecodeOnly | None:
        return sweep_decoding(self._context, self._base_measured)

    @cached_property
    def _control(self) -> tuple[DecodeOnly, DecodeOnlyReport] | None:
        """The decode-only control with its report, where a sweep was declared and something could be chosen."""
        control = self._decode_only
        if control is None or isinstance(control.choice, Insufficient):
            return None
        return control, decode_only_report(self._context, control, control.choice, self._base_answers)

    @cached_property
    def _base_answers(self) -> ProbeAnswers:
        return ask_probes(self._context, self._context.base_model(), Arm.BASE.value)

    def _base_on_disk(self) -> BaseMeasured | None:
        """The base model's measurement up to its last complete look; nothing is measured for it."""
        still = replace(self._context, bench=frozen(self._context.bench))
        complete = None
        with suppress(NotOnDiskError):
            for each in look_by_look(still, self._preparation, record=False):
                complete = each
        return complete

    def _pipeline(self, arm: Arm) -> PipelineSpec:
        if not arm.trains:
            raise StudyError(
                f"the {arm.value} arm trains nothing", [f"Name an arm that trains: `--arm {Arm.SSD.value}`."]
            )
        return pipeline_spec(self._context, self._evaluated, arm)

    def _train(self, arm: Arm) -> TrainedArm:
        pipeline = self._pipeline(arm)  # refuses an arm that trains nothing, before anything is measured for it
        return train_arm(self._context, self._evaluated, pipeline)

    def _called_for(self, verdict: Verdict) -> list[Arm]:
        """The arms that a verdict calls for, where they can be trained.

        The minimal recipe comes first, also where a verifier would help (P5).
        """
        go = verdict.verdict in (VerdictKind.GO_SSD, VerdictKind.GO_VERIFIER_AWARE_SSD)
        return [Arm.SSD] if go and self._context.trains else []

    def _measure_arm(self, arm: Arm) -> Measurement:
        if arm is Arm.BASE:
            return self._base
        served = self._context.served_arm(arm)
        if served is not None:
            return measure(self._context, self._evaluated, served, f"{arm.value}-served")
        return self._measure_tuned(self._train(arm))

    def _table_of_sweep(self) -> EstimateTable:
        require_sweep(self._context.spec)
        control = self._decode_only
        assert control is not None
        return table_of_choice(self._context.spec, control)

    def _measure_tuned(self, trained: TrainedArm) -> Measurement:
        return measure(self._context, self._evaluated, trained.tuned, trained.arm.value)

    def _finished(self) -> list[Arm]:
        """The trained arms whose model was measured to the end."""
        results = {arm: f"{arm.value}-heldout-results-*/manifest.json" for arm in Arm if arm.trains}
        return [arm for arm, pattern in results.items() if any(self.folder.artifacts.glob(pattern))]

    def _compared(self, arm: Arm) -> tuple[TrainedArm, Measurement, ProbeAnswers, BatteryOutcome]:
        """An arm's model, its measurement, its answers to the probes, and the battery against base."""
        trained = self._train(arm)
        tuned = self._measure_tuned(trained)
        answers = ask_probes(self._context, trained.tuned, arm.value)
        battery = compare_with_battery(self._context, arm, (self._base, self._base_answers), (tuned, answers))
        return trained, tuned, answers, battery

    def _arm_report(self, arm: Arm) -> ArmReport:
        trained, tuned, answers, battery = self._compared(arm)
        return reporting.arm_report(
            self._context.spec, trained, self._base, tuned, battery, (answers.cost,), self._control
        )

    def _write(self, arms: tuple[ArmReport, ...]) -> StudyReport:
        finding, control = self._signal, self._control
        extra = (*finding.costs, *((self._base_answers.cost,) if arms or control else ()))
        base = reporting.base_report(
            self._context.spec, self._base_measured, self._verdict, finding.declared, finding.proposal, extra
        )
        missing = omissions(self._context, self._verdict, [arm.arm for arm in arms], self._decode_only)
        told = control[1] if control else None
        report = reporting.study_report(self._context, self._preparation, base, told, arms, missing)
        write_reports(report, self.folder.path)
        return report

    def _note(self, text: str) -> None:
        self._context.bench.progress.note(text)
