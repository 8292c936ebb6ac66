"""The steps of a study in their order, each taken once, with what a command needs of those before it."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property

from passgap.decisions import Verdict, VerdictKind
from passgap.errors import NotOnDiskError, StudyError
from passgap.estimates import EstimateTable
from passgap.probes import BatteryOutcome
from passgap.recipes import Arm, PipelineSpec
from passgap.records import Insufficient
from passgap.report import write_reports
from passgap.report.study_report import ArmReport, DecodeOnlyReport, StudyReport
from passgap.store import LedgerEntry, select
from passgap.study import reporting
from passgap.study.arms import TrainedArm, train_arm
from passgap.study.base_verdict import judge_base
from passgap.study.battery import ProbeAnswers, ask_probes, compare_with_battery, prompts_asked
from passgap.study.budget import probes_work, require_budget, training_work, tuned_work
from passgap.study.context import StudyContext
from passgap.study.decode_only import DecodeOnly, require_sweep, sweep_decoding, table_of_choice
from passgap.study.decoding_report import decode_only_report
from passgap.study.evaluation import Evaluation, measure, require_one_rule
from passgap.study.interim_analysis import BaseMeasured, look_by_look, measure_base
from passgap.study.omissions import omissions
from passgap.study.preregistration import pipeline_spec
from passgap.study.read_only import read_only
from passgap.study.signal import SignalFinding, find_signal
from passgap.study.splits import Splits, load_splits
from passgap.study.task_snapshot import keep_splits, recorded_splits


class Steps:
    """One pass through a study, measuring what is missing, or, on a read-only context, from what is on disk alone.

    A command makes one of its own, so that what an earlier command of the same process found is not taken for what is
    there now.
    """

    def __init__(self, context: StudyContext) -> None:
        self.context = context

    @cached_property
    def splits(self) -> Splits:
        """The problems: as they were when they were measured where the study is only read, else as they are now."""
        return recorded_splits(self.context) if self.context.read_only else load_splits(self.context)

    def begin(self) -> LedgerEntry:
        """Declare what decides, and keep the problems, before anything is measured.

        Raises:
            StudyError: what was declared has changed, or the problems cannot be used: then nothing is declared.
        """
        splits = self.splits
        entry = self.context.declare()
        if not self.context.read_only:
            keep_splits(self.context, splits)
        return entry

    @cached_property
    def base_measured(self) -> BaseMeasured:
        """The base model on the held-out problems, look by look where looks are declared."""
        self.begin()
        return measure_base(self.context, self.splits)

    @property
    def base(self) -> Evaluation:
        """All that was measured of the base model."""
        return self.base_measured.evaluation

    @property
    def evaluated(self) -> Splits:
        """The problems that arms are evaluated on: those that the base model was measured on."""
        return self.base_measured.splits if self.context.spec.thresholds.looks else self.splits

    @cached_property
    def signal(self) -> SignalFinding:
        """The learning signal of the declared sampling setting."""
        return find_signal(self.context, self.splits, self.base)

    @cached_property
    def verdict(self) -> Verdict:
        """The decision on the base model."""
        finding = self.signal
        return judge_base(self.context, self.base_measured, finding.declared, finding.proposal, self.decode_only)

    @cached_property
    def decode_only(self) -> DecodeOnly | None:
        """The declared decodings and the choice among them."""
        return sweep_decoding(self.context, self.base_measured)

    @cached_property
    def control(self) -> tuple[DecodeOnly, DecodeOnlyReport] | None:
        """The decode-only control with its report, where a sweep was declared and something could be chosen."""
        control = self.decode_only
        if control is None or isinstance(control.choice, Insufficient):
            return None
        try:
            return control, decode_only_report(self.context, control, control.choice, self.base_answers)
        except NotOnDiskError:
            return None  # a verdict was given and no more: the battery's prompts are asked for a report

    @cached_property
    def base_answers(self) -> ProbeAnswers:
        """The base model's answers to the battery's prompts."""
        return ask_probes(self.context, self.context.base_model(), Arm.BASE.value)

    def base_on_disk(self) -> BaseMeasured | None:
        """The base model's measurement up to its last complete look; nothing is measured for it."""
        complete = None
        with suppress(NotOnDiskError):
            for each in look_by_look(read_only(self.context), self.splits, record=False):
                complete = each
        return complete

    def pipeline(self, arm: Arm) -> PipelineSpec:
        """Everything that a run of an arm is bound to.

        Raises:
            StudyError: the arm trains nothing.
        """
        if not arm.trains:
            raise StudyError(
                f"the {arm.value} arm trains nothing", [f"Name an arm that trains: `--arm {Arm.SSD.value}`."]
            )
        return pipeline_spec(self.context, self.evaluated, arm)

    def train(self, arm: Arm) -> TrainedArm:
        """The arm's model, trained under its registration, if that fits into the budget."""
        self.pipeline(arm)
        require_budget(self.context, arm, training_work(self.context.spec, self.evaluated, arm))
        return self._train(arm)

    def _train(self, arm: Arm) -> TrainedArm:
        pipeline = self.pipeline(arm)  # refuses an arm that trains nothing, before anything is measured for it
        return train_arm(self.context, self.evaluated, pipeline)

    def called_for(self, verdict: Verdict) -> list[Arm]:
        """The arms that a verdict calls for, where they can be trained.

        The minimal recipe comes first, also where a verifier would help (P5).
        """
        go = verdict.verdict in (VerdictKind.GO_SSD, VerdictKind.GO_VERIFIER_AWARE_SSD)
        return [Arm.SSD] if go and self.context.trains else []

    def measure_arm(self, arm: Arm) -> Evaluation:
        """An arm's model on the held-out problems: here, or on the server that has it."""
        if arm is Arm.BASE:
            return self.base
        served = self.context.served_arm(arm)
        spec, problems = self.context.spec, len(self.evaluated.heldout.problems)
        if served is not None:
            require_budget(self.context, arm, tuned_work(spec, problems, f"{arm.value}-served"))
            return measure(self.context, self.evaluated, served, f"{arm.value}-served")
        self.pipeline(arm)
        trained = training_work(spec, self.evaluated, arm)
        require_budget(self.context, arm, (*trained, *tuned_work(spec, problems, arm.value)))
        return self.measure_tuned(self._train(arm))

    def table_of_sweep(self) -> EstimateTable:
        """The chosen decoding on problems that it was not chosen on."""
        require_sweep(self.context.spec)
        control = self.decode_only
        assert control is not None
        return table_of_choice(self.context.spec, control)

    def measure_tuned(self, trained: TrainedArm) -> Evaluation:
        """A tuned model on the held-out problems."""
        return measure(self.context, self.evaluated, trained.tuned, trained.arm.value)

    def finished(self) -> list[Arm]:
        """The trained arms whose model was measured to the end."""
        index = self.context.folder.index()
        return [arm for arm in Arm if arm.trains and select(index, f"{arm.value}-heldout-results")]

    def compared(self, arm: Arm) -> tuple[TrainedArm, Evaluation, ProbeAnswers, BatteryOutcome]:
        """An arm's model, its measurement, its answers to the probes, and the battery against base."""
        spec, problems = self.context.spec, len(self.evaluated.heldout.problems)
        trained_and_measured = (
            *training_work(spec, self.evaluated, arm),
            *tuned_work(spec, problems, arm.value),
            *probes_work(prompts_asked(self.context.probes), Arm.BASE.value, arm.value),
        )
        require_budget(self.context, arm, trained_and_measured)
        trained = self._train(arm)
        tuned = self.measure_tuned(trained)
        require_one_rule(self.base, tuned)
        answers = ask_probes(self.context, trained.tuned, arm.value)
        battery = compare_with_battery(self.context, arm, (self.base, self.base_answers), (tuned, answers))
        return trained, tuned, answers, battery

    def arm_report(self, arm: Arm) -> ArmReport:
        """A trained arm against its controls."""
        trained, tuned, answers, battery = self.compared(arm)
        return reporting.arm_report(
            self.context.spec, trained, self.base, tuned, battery, (answers.cost,), self.control
        )

    def write(self, arms: tuple[ArmReport, ...], unfunded: tuple[str, ...] = ()) -> StudyReport:
        """Put the report together and write it into the study's folder.

        Args:
            arms: those that were run.
            unfunded: why others were not.
        """
        finding, control = self.signal, self.control
        extra = (*finding.costs, *((self.base_answers.cost,) if arms or control else ()))
        base = reporting.base_report(
            self.context.spec, self.base_measured, self.verdict, finding.declared, finding.proposal, extra
        )
        told = control[1] if control else None
        named = [arm.arm for arm in arms]
        said = omissions(self.context, self.verdict, named, self.decode_only, shown=told is not None)
        missing = (*unfunded, *said)
        report = reporting.study_report(self.context, self.splits, base, told, arms, missing)
        write_reports(report, self.context.folder.path)
        return report

    def note(self, text: str) -> None:
        """Say something to whoever looks."""
        self.context.services.progress.note(text)
