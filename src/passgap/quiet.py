"""Silencing the model libraries: a terminal belongs to passgap's progress bars, a log file to its lines."""

from __future__ import annotations

import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

LOUD = ("trl", "peft", "accelerate", "datasets", "huggingface_hub", "torch", "gguf", "httpx", "filelock", "fsspec")
"""Loggers that write below ERROR; transformers sets its own level by a function of its own."""


_OF_LIBRARIES = r"(accelerate|datasets|gguf|huggingface_hub|peft|ray|torch|transformers|trl|vllm)(\..*)?"
_SETTINGS = {
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "DATASETS_VERBOSITY": "error",
    "HF_HUB_VERBOSITY": "error",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
"""Environment variables that the libraries read on import, also in processes that are started from this one."""


def hush() -> None:
    """Silence everything but the libraries' errors in this process: for a program, whose output is its own.

    Variables that are set in the environment take precedence, and so do warnings that were asked for with ``-W``.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    logging.getLogger().addHandler(logging.NullHandler())
    if not sys.warnoptions:
        warnings.filterwarnings("ignore", module=_OF_LIBRARIES)
        # Task sets and samples are parsed; the compiler's warnings about their string escapes are not passgap's.
        warnings.filterwarnings("ignore", category=SyntaxWarning)
        warnings.filterwarnings("ignore", category=DeprecationWarning, message="invalid escape sequence")


@contextmanager
def quiet_libraries(*, bars: bool = False) -> Iterator[None]:
    """Let the model libraries log errors only, without progress bars and warnings, and restore everything afterwards.

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
            undo.enter_context(_NO_BARS)
        yield


class _NoBars:
    """Disables every tqdm bar that is created meanwhile, whichever library creates it and however it imported tqdm.

    Blocks of several threads may overlap: the first one in changes tqdm, the last one out restores it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._made: Any = None

    def __enter__(self) -> None:
        from tqdm.std import tqdm  # noqa: PLC0415

        with self._lock:
            self._inside += 1
            if self._inside > 1:
                return
            made = self._made = tqdm.__init__

            def without_a_bar(bar: Any, *arguments: Any, **options: Any) -> None:
                made(bar, *arguments, **{**options, "disable": True})

            tqdm.__init__ = without_a_bar

    def __exit__(self, *_: object) -> None:
        from tqdm.std import tqdm  # noqa: PLC0415

        with self._lock:
            self._inside -= 1
            if not self._inside:
                tqdm.__init__ = self._made


_NO_BARS = _NoBars()
