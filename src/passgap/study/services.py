"""The ports that a study works with, opened when a step first needs them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from passgap.models.dtypes import ChosenDtype
from passgap.ports import (
    Clock,
    DeclaredTraining,
    EngineIdentity,
    Executor,
    Export,
    ExportRequest,
    FineTuneJob,
    ImportedResult,
    Judge,
    ModelReference,
    Sampler,
    Trainer,
)
from passgap.records import RunsIn
from passgap.stages import ProgressReporter


def _absent(*_: object) -> NoReturn:
    """Stand in for what these services do not have."""
    raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything outside the study's folder that its steps touch.

    Args:
        clock: the time.
        progress: shown to whoever looks.
        who: the name that ledger entries carry.
        resolve_model: turns a model id into what can be sampled: a folder, fetched where that is needed, or a name on
            a server.
        model_digest: the hash of a model folder's weights, configuration and tokenizer.
        open_sampler: opens a model for sampling; weights are loaded, or a server is called, with the first sample. The
            second argument holds the identities in the study's ledger: an engine that lives elsewhere is taken to be
            the one that is recorded until something has to be drawn, and draws nothing once it is another.
        open_executor: opens the sandbox.
        open_trainer: opens the trainer for a kind of job.
        parameters: counts the parameters of the model with this id where its weights are here already; fetches nothing.
        choose_dtype: the floating-point type that the study's engine means here; None where nothing is computed here.
        in_dtype: the same services with an engine and a fine-tuner that compute in the type of this name.
        export_job: writes a job for those who train elsewhere.
        require_toolchains: refuses toolchains and environments that are not where programs are run; the second argument
            says where problems that need them were found.
        open_judge: opens the judge model that the study declares; it gets the identities of judges in the ledger.
        adopt_checkpoint: checks a checkpoint that was trained elsewhere, and writes it as the result of a job.
    """

    clock: Clock
    progress: ProgressReporter
    who: str
    resolve_model: Callable[[str], ModelReference]
    model_digest: Callable[[Path], str]
    open_sampler: Callable[[ModelReference, Sequence[EngineIdentity]], Sampler]
    open_executor: Callable[[], Executor]
    open_trainer: Callable[[str], Trainer[Any]]
    parameters: Callable[[str], int | None] = lambda _: None
    choose_dtype: Callable[[], ChosenDtype | None] = lambda: None
    in_dtype: Callable[[str], Services] | None = None
    require_toolchains: Callable[[Collection[RunsIn], str], None] = lambda *_: None
    open_judge: Callable[[Sequence[EngineIdentity]], Judge] = _absent
    export_job: Callable[[FineTuneJob, ExportRequest], Export] = _absent
    adopt_checkpoint: Callable[[FineTuneJob, DeclaredTraining], ImportedResult] = _absent
