"""The registry in MLflow: a version per checkpoint, its state as a tag, and the aliases of those in use.

MLflow is brought to the study's ledger, so that others load ``models:/NAME@production``; an alias that nobody has any
more is removed. Where the study declares that MLflow decides, the ledger takes over first what was changed there since
the two last agreed. Source: the model registry of MLflow 3 (https://mlflow.org/docs/latest/ml/model-registry/).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from passgap.errors import StoreError
from passgap.lazy_imports import needed_for
from passgap.promotion.registry.registry import Checkpoint, Registry
from passgap.spec.promotion import ModelRegistrySection
from passgap.store import read_json, write_json

REQUIREMENT = "passgap[mlflow]"
PRODUCTION, CANDIDATE = "production", "candidate"
"""The aliases that can decide."""
ID, STATE = "passgap.checkpoint", "passgap.state"
"""Tags of a version: the checkpoint's whole id, and its state."""


def publish_aliases(registry: Registry, section: ModelRegistrySection, study: str) -> str:
    """Bring MLflow's registry to the study's, and return the name of the registered model there.

    Args:
        registry: of the study.
        section: where MLflow is, and the model's name in it.
        study: the study's name, for a model without one.

    Raises:
        StoreError: MLflow is not installed, or cannot be written to.
    """
    name = section.model or study
    chosen = f"name = '{_quoted(name)}'"
    with _writing(registry, section) as client:
        if not client.search_registered_models(chosen):
            client.create_registered_model(name)
        versions = {each.tags.get(ID): each for each in client.search_model_versions(chosen)}
        for one in registry.checkpoints():
            found = versions.get(one.id) or _created(client, name, one)
            versions[one.id] = found
            if found.tags.get(STATE) != one.state:
                client.set_model_version_tag(name, found.version, STATE, one.state.value)
        _set_aliases(client, name, registry, versions)
    now = {PRODUCTION: registry.production, CANDIDATE: registry.candidate}
    agreed: dict[str, JsonValue] = {alias: one.id for alias, one in now.items() if one is not None}
    if agreed != agreed_aliases(registry):
        write_json(_agreed_path(registry), agreed)
    return name


def agreed_aliases(registry: Registry) -> dict[str, JsonValue]:
    """The checkpoints, by alias, on which MLflow and the ledger last agreed; empty before the first time."""
    path = _agreed_path(registry)
    return dict(read_json(path)) if path.exists() else {}


def _agreed_path(registry: Registry) -> Path:
    return registry.study / "promotion" / "mlflow-aliases.json"


def aliases_in(registry: Registry, section: ModelRegistrySection, study: str) -> dict[str, str] | None:
    """The checkpoints that the aliases ``production`` and ``candidate`` name in MLflow, by their ids.

    A version that passgap did not write has an empty id. None where the model is not there yet.

    Args:
        registry: of the study.
        section: where MLflow is, and the model's name in it.
        study: the study's name, for a model without one.

    Raises:
        StoreError: MLflow is not installed, or cannot be read.
    """
    name = section.model or study
    with _writing(registry, section) as client:
        if not client.search_registered_models(f"name = '{_quoted(name)}'"):
            return None
        known = client.get_registered_model(name).aliases
        found = {alias: client.get_model_version(name, str(known[alias])) for alias in _DECIDING if alias in known}
        return {alias: each.tags.get(ID, "") for alias, each in found.items()}


_DECIDING = (PRODUCTION, CANDIDATE)


@contextmanager
def _writing(registry: Registry, section: ModelRegistrySection) -> Iterator[Any]:
    """A client of MLflow, whose faults are errors for people."""
    with needed_for("`promotion.mlflow`", REQUIREMENT, StoreError):
        from mlflow import MlflowClient  # noqa: PLC0415
        from mlflow.exceptions import MlflowException  # noqa: PLC0415
    uri = section.uri or os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{registry.study.resolve() / 'mlflow.db'}"
    try:
        yield MlflowClient(tracking_uri=uri, registry_uri=uri)
    except MlflowException as error:
        raise StoreError(
            "MLflow's registry cannot be used",
            [f"{str(error).splitlines()[0]} The ledger is as it was: the next command on checkpoints tries again."],
        ) from error


def _created(client: Any, name: str, one: Checkpoint) -> Any:
    manifest = one.manifest
    facts = {
        ID: one.id,
        "passgap.arm": manifest.arm,
        "passgap.round": str(manifest.round),
        "passgap.weights": manifest.weights,
        "passgap.licence": manifest.licence,
        "passgap.registration": manifest.recipe.registration if manifest.recipe else "",
    }
    source = one.location.resolve().as_uri() if one.location is not None else f"passgap:{one.id}"
    return client.create_model_version(name, source, tags={tag: value for tag, value in facts.items() if value})


def _set_aliases(client: Any, name: str, registry: Registry, versions: dict[Any, Any]) -> None:
    known = client.get_registered_model(name).aliases
    for alias, one in ((PRODUCTION, registry.production), (CANDIDATE, registry.candidate), ("base", registry.base)):
        if one is None:
            if alias in known:
                client.delete_registered_model_alias(name, alias)
        elif str(known.get(alias)) != str(versions[one.id].version):
            client.set_registered_model_alias(name, alias, versions[one.id].version)


def _quoted(name: str) -> str:
    """A name within a filter string: MLflow has no way to escape a quote of its kind."""
    if "'" in name:
        raise StoreError(
            f"{name!r} cannot be the name of a model in MLflow", ["Give it another with `promotion.mlflow.model`."]
        )
    return name
