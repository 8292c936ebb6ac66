"""Engines that sample models, by name."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from passgap.engines.base import Engine
from passgap.errors import EngineError
from passgap.lazy_imports import imported, needed_for
from passgap.paths import AnyPath
from passgap.ports import Sampler
from passgap.registry import Registry, UnknownMemberError
from passgap.spec import ClusterSection

ENGINES: Registry[Engine] = Registry(
    package="passgap.engines", attribute="ENGINE", group="passgap.engines", noun="engine"
)
"""The engines that a study can name; other distributions add theirs under the entry-point group ``passgap.engines``."""


def open_sampler(name: str, model: AnyPath, **options: Any) -> Sampler:
    """Open a model with the engine of this name.

    Args:
        name: one of :data:`ENGINES`.
        model: the model's folder, or the name under which a server has it.
        options: what the engine's sampler takes besides, as the study declares it.

    Raises:
        EngineError: there is no such engine, or the library that it needs is not installed.
    """
    return _engine(name).open(model, **options)


def open_on_cluster(name: str, model: AnyPath, cluster: ClusterSection, **options: Any) -> Sampler:
    """Open a model folder with the engine of this name on every worker of a cluster.

    Raises:
        EngineError: as :func:`open_sampler`, or Ray is not installed.
    """
    share = _engine(name).within_worker(options, cluster)
    with needed_for("a study with a `cluster`", "passgap[ray]", EngineError):
        sampler = imported("passgap.engines.ray.sampler:RaySampler")
        opened: Sampler = sampler(partial(open_sampler, name, Path(model), **share), cluster)
    return opened


def _engine(name: str) -> Engine:
    try:
        return ENGINES[name]
    except UnknownMemberError as error:
        raise EngineError(error.summary, error.problems) from error


__all__ = ["ENGINES", "open_on_cluster", "open_sampler"]
