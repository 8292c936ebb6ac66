"""Hold the libraries' own chatter back: a terminal belongs to passgap's bars, a log file to its lines."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

LOUD = ("trl", "peft", "accelerate", "datasets", "huggingface_hub", "torch", "gguf", "httpx", "filelock", "fsspec")
"""Loggers that write below ERROR; transformers sets its own level by a function of its own."""


@contextmanager
def quiet_libraries(*, bars: bool = False) -> Iterator[None]:
    """Let the model libraries say errors only, without bars and warnings, and put everything back afterwards.

    Args:
        bars: whether their progress bars are shown, if stderr is a terminal: for a download that takes minutes.
    """
    with ExitStack() as undo:
        if "transformers" in sys.modules:
            import transformers  # noqa: PLC0415 - loaded where a model is loaded, and not for a task set

            undo.callback(transformers.logging.set_verbosity, transformers.logging.get_verbosity())
            transformers.logging.set_verbosity(logging.ERROR)
        for name in LOUD:
            logger = logging.getLogger(name)
            undo.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.ERROR)
        undo.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        if not (bars and sys.stderr.isatty()):
            undo.enter_context(no_bars())
        yield


@contextmanager
def no_bars() -> Iterator[None]:
    """Disable every bar of tqdm that is made meanwhile, whichever library makes it and however it was imported."""
    from tqdm.std import tqdm  # noqa: PLC0415

    made = tqdm.__init__

    def without_a_bar(self: Any, *arguments: Any, **options: Any) -> None:
        made(self, *arguments, **{**options, "disable": True})

    tqdm.__init__ = without_a_bar
    try:
        yield
    finally:
        tqdm.__init__ = made
