"""Serve a study's checkpoints: the entry point of the gateway's process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from passgap.errors import StudyError
from passgap.lazy_imports import needed_for
from passgap.paths import AnyPath

if TYPE_CHECKING:
    from passgap.promotion.gateway.status import GatewayStatus

FILE = "serve.yaml"


def settings_path(place: AnyPath) -> Path:
    """The file of the settings, from it or from its folder."""
    path = Path(place)
    return path / FILE if path.is_dir() else path


def serve(place: AnyPath, started: Callable[[GatewayStatus], None] = lambda _: None) -> None:
    """Serve until the process is told to end.

    Args:
        place: a folder with ``serve.yaml``, or the file.
        started: is called with the gateway's status when it accepts calls, and whenever its settings change.

    Raises:
        PassgapError: the settings are invalid, a library is missing, or an address cannot be used.
    """
    with needed_for("`passgap serve`", "passgap[serve]", StudyError):
        import uvloop  # noqa: PLC0415

        from passgap.promotion.gateway.serving import GatewayProcess  # noqa: PLC0415
    # What uvicorn says of a connection that is cut on purpose is no news; bugs are logged by the gateway itself.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)

    async def run() -> None:
        await GatewayProcess(settings_path(place), started).run()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
