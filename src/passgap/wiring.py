"""The real ports of a study: engines, sandbox, trainer and clock, imported when they are first needed."""

from __future__ import annotations

import datetime as dt
import getpass
import time
from collections.abc import Collection, Sequence
from functools import partial
from importlib import import_module

from passgap import engines, trainers, training_process
from passgap.languages import needs_commands
from passgap.models.digests import model_digest
from passgap.models.dtypes import ChosenDtype, choose_dtype
from passgap.models.parameters import parameters_on_disk
from passgap.models.resolution import resolve_model
from passgap.paths import AnyPath
from passgap.ports import (
    DeclaredTraining,
    EngineIdentity,
    Executor,
    Export,
    ExportRequest,
    FineTuneJob,
    FolderModel,
    ImportedResult,
    Judge,
    ModelReference,
    Sampler,
    ServedModel,
)
from passgap.records import RunsIn
from passgap.spec import EngineSection, PluginEngine, ServerEngine, StudySpec
from passgap.stages import ProgressReporter, Silent
from passgap.store import StudyFolder
from passgap.study import Services, Study
from passgap.study.checking import read_study


class SystemClock:
    """The machine's own time."""

    def now(self) -> dt.datetime:
        """The time in UTC."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()


def open_services(spec: StudySpec, progress: ProgressReporter) -> Services:
    """Wire a study to this machine, with the engine that it declares."""
    return Services(
        clock=SystemClock(),
        progress=progress,
        who=user_name(),
        resolve_model=partial(_resolve_model, spec.engine),
        model_digest=model_digest,
        open_sampler=partial(_open_sampler, spec),
        open_executor=partial(_open_executor, spec),
        open_trainer=partial(
            trainers.open_process_trainer,
            module=training_process.MODULE,
            device=getattr(spec.engine, "device", "auto"),
            dtype=getattr(spec.engine, "dtype", "auto"),
            cluster=spec.cluster,
        ),
        open_judge=partial(_open_judge, spec),
        export_job=_export_job,
        adopt_checkpoint=partial(_adopt_checkpoint, spec),
        parameters=(lambda _: None) if isinstance(spec.engine, ServerEngine) else parameters_on_disk,
        choose_dtype=partial(_choose_dtype, spec),
        require_toolchains=partial(_require_toolchains, spec),
        in_dtype=None
        if isinstance(spec.engine, PluginEngine)
        else lambda name: open_services(_in_dtype(spec, name), progress),
    )


def _export_job(job: FineTuneJob, request: ExportRequest) -> Export:
    from passgap.trainers.exports import export_job  # noqa: PLC0415 - loaded when it is needed

    return export_job(job, request)


def _adopt_checkpoint(spec: StudySpec, job: FineTuneJob, declared: DeclaredTraining) -> ImportedResult:
    from passgap.trainers.imports.adoption import adopt  # noqa: PLC0415 - loaded when it is needed

    named = getattr(spec.engine, "dtype", "auto")
    computed = choose_dtype("auto" if named == "float16" else named, getattr(spec.engine, "device", "auto"))
    return adopt(job, declared, computed.dtype)


def _choose_dtype(spec: StudySpec) -> ChosenDtype | None:
    """The type in which a study's models are computed: on its cluster's workers, or here.

    None where a server computes them, or an engine of another distribution, which chooses for itself.
    """
    if isinstance(spec.engine, ServerEngine | PluginEngine):
        return None
    device = getattr(spec.engine, "device", "auto")
    if device == "auto" and spec.cluster is not None:
        device = "cuda" if spec.cluster.gpus else "cpu"
    return choose_dtype(spec.engine.dtype, device)


def _in_dtype(spec: StudySpec, name: str) -> StudySpec:
    return spec.model_copy(update={"engine": spec.engine.model_copy(update={"dtype": name})})


def _resolve_model(engine: EngineSection, name: str) -> ModelReference:
    if isinstance(engine, ServerEngine):
        return ServedModel(name=name, base_url=engine.base_url)
    return FolderModel(folder=resolve_model(name))


def _open_sampler(spec: StudySpec, model: ModelReference, recorded: Sequence[EngineIdentity]) -> Sampler:
    if isinstance(model, ServedModel):
        return engines.open_sampler(
            spec.engine.name,
            model.name,
            engine=spec.engine,
            context_tokens=spec.model.context_tokens,
            recorded=recorded,
        )
    own = spec.engine.options if isinstance(spec.engine, PluginEngine) else spec.engine.model_dump(exclude={"name"})
    options = {**own, "context_tokens": spec.model.context_tokens}
    if spec.cluster is not None:
        return engines.open_on_cluster(spec.engine.name, model.folder, spec.cluster, **options)
    return engines.open_sampler(spec.engine.name, model.folder, **options)


def _open_judge(spec: StudySpec, recorded: Sequence[EngineIdentity]) -> Judge:
    from passgap.engines.server.judge import ServerJudge  # noqa: PLC0415 - most studies have none

    if spec.judge is None:
        raise ValueError("the study declares no judge model")
    return ServerJudge(spec.judge, recorded)


def _open_executor(spec: StudySpec) -> Executor:
    execution = import_module("passgap.execution")  # what it is made of exists on Linux only
    opened: Executor = (
        execution.open_on_cluster(spec.cluster) if spec.cluster is not None else execution.SandboxExecutor()
    )
    return opened


def _require_toolchains(spec: StudySpec, needed: Collection[RunsIn], where: str) -> None:
    """Refuse toolchains and environments that are missing here; the workers of a cluster have their own.

    Raises:
        StudyError: there are some.
    """
    if spec.cluster is None and any(each.environment or needs_commands(each.language) for each in needed):
        import_module("passgap.execution").refuse_missing(needed, where)


def user_name() -> str:
    """The name of the user of this process, who decides in the ledger."""
    try:
        return getpass.getuser()
    except OSError:
        return "unknown"


def open_study(path: AnyPath, progress: ProgressReporter | None = None, *, over_budget: bool = False) -> Study:
    """Open the study in a folder, or the one that a ``study.yaml`` states.

    Args:
        path: the folder or the file.
        progress: shown to whoever looks; without it, nothing is shown.
        over_budget: whether arms may begin that do not fit into what is left of the budget.

    Raises:
        StudyError: there is no study, or everything that is wrong with it.
    """
    intake, folder = read_study(path)
    return Study(intake, StudyFolder(folder), open_services(intake.spec, progress or Silent()), over_budget=over_budget)
