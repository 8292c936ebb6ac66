"""Engines that sample models, by name. An engine's module, and the library behind it, is imported when it is opened."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from passgap.engines.models import model_digest, resolve_model
from passgap.errors import EngineError
from passgap.ports import Sampler

ENGINES = {
    "local": "passgap.engines.local:LocalSampler",
    "server": "passgap.engines.server:open_server",
}
"""Where each engine's class, or the function that makes one, is."""


def open_sampler(name: str, model: Path | str, **options: Any) -> Sampler:
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
    module, _, attribute = ENGINES[name].partition(":")
    try:
        engine = getattr(import_module(module), attribute)
    except ImportError as error:
        raise EngineError(
            f"the engine `{name}` needs a library that is not installed: {error.name}",
            ["Install the extra that brings it: `pip install 'passgap[local]'`."],
        ) from error
    opened: Sampler = engine(model, **options)
    return opened


__all__ = ["ENGINES", "model_digest", "open_sampler", "resolve_model"]
