"""A study that is only read: a report of what was measured, without the model, the engine or the sandbox.

Which model the samples are of is taken from the ledger and from the artifacts, so that a finished study can be read on
a machine that has neither the weights nor the libraries that run them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from pydantic import JsonValue

from passgap.errors import EngineError, NotOnDiskError
from passgap.ports import EngineIdentity, FolderModel, ModelReference, Progress, Sampler, SampleRequest, ServedModel
from passgap.records import Decoding, ModelManifest, Sample
from passgap.spec import ServerEngine
from passgap.store import FinishedFolder, IndexEntry, select
from passgap.store.kinds import KEPT
from passgap.study.context import MODEL, REGISTRATION, VERDICT, StudyContext


class _NoSampler:
    """Knows which samples belong to a model, and draws none."""

    concurrency = 1
    devices = 1

    def __init__(self, identity: EngineIdentity) -> None:
        self.identity = identity

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        del requests, decoding, progress
        _refuse()

    def close(self) -> None:
        pass


def read_only(context: StudyContext) -> StudyContext:
    """The same study, whose engine, sandbox and trainer refuse to work, and whose models are those in its records.

    Steps that are complete need none of them; a step that is not raises :class:`NotOnDiskError`.
    """
    spec, services = context.spec, context.services
    base = FolderModel(folder=Path(spec.model.id))
    folder = FinishedFolder(context.folder.path, context.folder.part)

    def resolve_model(name: str) -> ModelReference:
        if name == spec.model.id and not isinstance(spec.engine, ServerEngine):
            return base
        return services.resolve_model(name)

    def model_digest(path: Path) -> str:
        if path == base.folder:
            return _base_digest(context, folder.index())
        return _checkpoint_digest(path, folder.index()) or services.model_digest(path)

    def parameters(name: str) -> int | None:
        counted = _sampled_model(context).get("parameters")
        return counted if isinstance(counted, int) else services.parameters(name)

    def open_sampler(model: ModelReference, recorded: Sequence[EngineIdentity]) -> Sampler:
        if isinstance(model, FolderModel):
            return _NoSampler(_identity(model.folder.name, model_digest(model.folder)))
        return _NoSampler(_served(model, recorded))

    return replace(
        context,
        folder=folder,
        read_only=True,
        services=replace(
            services,
            resolve_model=resolve_model,
            model_digest=model_digest,
            open_sampler=open_sampler,
            open_executor=_refuse,
            open_trainer=_refuse,
            parameters=parameters,
        ),
    )


def verdict_is_there(context: StudyContext) -> bool:
    """Whether a verdict was given on the model that the study names: its weights are not here, or still the same."""
    recorded = recorded_digest(context)
    if recorded is None or not context.folder.ledger.of_kind(VERDICT):
        return False
    here = Path(context.spec.model.id).expanduser()
    try:
        return not here.is_dir() or context.services.model_digest(here) == recorded
    except EngineError:
        return True  # the folder holds no weights any more


def recorded_digest(context: StudyContext) -> str | None:
    """The digest of the base model as the ledger has it: of the model whose samples these are, or as registered."""
    sampled = _sampled_model(context)
    if sampled:
        return str(sampled["digest"])
    for entry in reversed(context.folder.ledger.of_kind(REGISTRATION)):
        spec = entry.payload.get("spec") if isinstance(entry.payload, dict) else None
        if isinstance(spec, dict) and spec.get("base_model") == context.spec.model.id:
            return str(spec["base_digest"])
    return None


def _sampled_model(context: StudyContext) -> dict[str, JsonValue]:
    """Return the ledger's record of the weights of the study's model when it was last sampled; empty where none."""
    for entry in reversed(context.folder.ledger.of_kind(MODEL)):
        if isinstance(entry.payload, dict) and entry.payload.get("id") == context.spec.model.id:
            return entry.payload
    return {}


def _base_digest(context: StudyContext, index: Sequence[IndexEntry]) -> str:
    """The base model's digest: from the ledger, from the weights, or from the only model that was ever sampled."""
    recorded = recorded_digest(context)
    if recorded is not None:
        return recorded
    here = Path(context.spec.model.id).expanduser()
    if here.is_dir():
        return context.services.model_digest(here)
    sampled = select(tuple(index), "base-heldout-samples")
    found = {str(entry.value("engine.model_digest")) for entry in sampled}
    if len(found) != 1 or not _may_be(context.spec.model.id, sampled[-1]):
        _refuse()
    return found.pop()


def _may_be(name: str, entry: IndexEntry) -> bool:
    """Whether samples can be of the model that the study names: engines know a model by the name of its folder.

    A hub id says nothing of the folder that it is fetched into, nor does the name of the embedded model.
    """
    names_a_folder = name.count("/") > 1 or name.startswith(("/", "~", "."))
    return not names_a_folder or entry.value("engine.model") == Path(name).name


def _checkpoint_digest(path: Path, index: Sequence[IndexEntry]) -> str | None:
    """The digest of a fine-tune of this study: from its manifest, or, where it has no weights, from its samples."""
    made = next((entry for entry in index if entry.folder in path.parents and entry.kind == "model"), None)
    if made is None:
        return None
    if path.parent != made.folder:
        kept = made.manifest.read_as(ModelManifest).kept if made.manifest else ()
        return next((each.digest for each in kept if path == made.folder / KEPT / each.name), None)
    digest = made.manifest.read_as(ModelManifest).checkpoint_digest if made.manifest else None
    if digest is not None:
        return digest
    if any(path.glob("*.safetensors")):
        return None
    sampled = select(tuple(index), f"{made.name.removesuffix('-model')}-heldout-samples", {"engine.model": path.name})
    return str(sampled[-1].value("engine.model_digest")) if sampled else None


def _identity(model: str, digest: str) -> EngineIdentity:
    return EngineIdentity(engine="none", model=model, model_digest=digest, dtype="none", device="none")


def _served(model: ServedModel, recorded: Sequence[EngineIdentity]) -> EngineIdentity:
    """The last of the servers in the ledger that served this model from this place."""
    for identity in reversed(recorded):
        if (identity.model, identity.device) == (model.name, model.base_url):
            return identity
    _refuse()


def _refuse(*_: object) -> NoReturn:
    raise NotOnDiskError
