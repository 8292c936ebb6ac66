"""Engines that sample models, by name. An engine's module, and the library behind it, is imported when it is opened."""

from __future__ import annotations

import os
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from passgap.errors import EngineError
from passgap.models.resolution import model_digest, resolve_model
from passgap.models.size import parameters_on_disk
from passgap.paths import AnyPath
from passgap.ports import Sampler
from passgap.spec import ClusterSection

SERVER = "server"
ENGINES = {
    "local": "passgap.engines.local.sampler:LocalSampler",
    SERVER: "passgap.engines.server:open_server",
    "vllm": "passgap.engines.vllm.sampler:VllmSampler",
}
"""Where each engine's class, or the function that makes one, is."""


def open_sampler(name: str, model: AnyPath, **options: Any) -> Sampler:
    """Open a model with the engine of this name.

    Args:
        name: one of :data:`ENGINES`.
        model: the model's folder, or the name under which a server has it.
        options: what the engine's class takes besides, as the study declares it.

    Raises:
        EngineError: there is no such engine, or the library that it needs is not installed.
    """
    if name not in ENGINES:
        raise EngineError(f"there is no engine {name!r}", [f"There are: {', '.join(ENGINES)}."])
    place = os.fspath(model) if name == SERVER else Path(model)
    opened: Sampler = _load(ENGINES[name], f"the engine `{name}`", name)(place, **options)
    return opened


def open_on_cluster(name: str, model: AnyPath, cluster: ClusterSection, **options: Any) -> Sampler:
    """Open a model folder with the engine of this name on every worker of a cluster.

    Raises:
        EngineError: as :func:`open_sampler`, or Ray is not installed.
    """
    module = "passgap.engines.ray.sampler"
    sampler = _load(f"{module}:RaySampler", "a study with a `cluster`", "ray")
    share = _load(f"{module}:within_worker", "a study with a `cluster`", "ray")
    opened: Sampler = sampler(partial(open_sampler, name, Path(model), **share(name, options, cluster)), cluster)
    return opened


def _load(place: str, what: str, extra: str) -> Any:
    module, _, attribute = place.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except ImportError as error:
        raise EngineError(
            f"{what} needs a library that is not installed: {error.name}",
            [f"Install the extra that brings it: `pip install 'passgap[{extra}]'`."],
        ) from error


__all__ = [
    "ENGINES",
    "model_digest",
    "open_on_cluster",
    "open_sampler",
    "parameters_on_disk",
    "resolve_model",
]
