"""How many parameters a model has whose weights are on this machine."""

from __future__ import annotations

from pathlib import Path

from passgap.models.cache import cache_folder
from passgap.models.embedded import FOLDER
from passgap.models.folders import parameters_in
from passgap.models.resolution import EMBEDDED


def parameters_on_disk(name: str) -> int | None:
    """The parameter count of a model whose weights are here already; None where they are not. Nothing is fetched.

    Args:
        name: ``embedded``, a folder, or a hub id.
    """
    if name == EMBEDDED:
        return parameters_in(cache_folder() / FOLDER)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return parameters_in(folder)
    owner, _, model = name.partition("/")
    fetched = cache_folder() / "hub" / f"models--{owner}--{model}" / "snapshots"
    snapshots = sorted(fetched.iterdir(), key=lambda path: path.stat().st_mtime) if fetched.is_dir() else []
    return parameters_in(snapshots[-1]) if snapshots else None
