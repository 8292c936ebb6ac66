"""The entry of an engine in the table of engines."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from passgap.errors import EngineError
from passgap.lazy_imports import imported, needed_for
from passgap.paths import AnyPath
from passgap.ports import Sampler
from passgap.spec import ClusterSection

Options = Mapping[str, Any]


def _unchanged(options: Options, cluster: ClusterSection) -> Options:
    del cluster
    return options


@dataclass(frozen=True, kw_only=True)
class Engine:
    """An engine that a study can name. Its sampler, and the library behind it, is imported when it is opened.

    Args:
        name: the value of ``engine.name`` in ``study.yaml``.
        sampler: where the sampler is, as ``module:attribute``: a class, or a function that returns one. It is called
            with the model, and with the engine's options as keywords.
        requirement: what to give to ``pip install`` where a library is missing, such as ``passgap[vllm]``.
        served: whether the model is a name on a server instead of a folder on this machine.
        within_worker: the options for a worker of a cluster, from the study's: within the worker's share of its node.
    """

    name: str
    sampler: str
    requirement: str
    served: bool = False
    within_worker: Callable[[Options, ClusterSection], Options] = _unchanged

    def open(self, model: AnyPath, **options: Any) -> Sampler:
        """Open a model.

        Args:
            model: the model's folder, or the name under which a server has it.
            options: what the sampler takes besides, as the study declares it.

        Raises:
            EngineError: a library is not installed, or the model cannot be opened.
        """
        place = os.fspath(model) if self.served else Path(model)
        with needed_for(f"the engine `{self.name}`", self.requirement, EngineError):
            opened: Sampler = imported(self.sampler)(place, **options)
        return opened
