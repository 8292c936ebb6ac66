"""Hold the model libraries' own chatter back: a terminal belongs to passgap's bars, a log file to its lines."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Let transformers and TRL say errors only, without progress bars, and put everything back afterwards."""
    import transformers  # noqa: PLC0415 - loaded where a model is loaded, and not before

    verbosity = transformers.logging.get_verbosity()
    shows_bars = transformers.logging.is_progress_bar_enabled()
    trl = logging.getLogger("trl")
    trl_level = trl.level
    transformers.logging.set_verbosity(logging.ERROR)
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    trl.setLevel(logging.ERROR)
    try:
        yield
    finally:
        transformers.logging.set_verbosity(verbosity)
        trl.setLevel(trl_level)
        if shows_bars:
            transformers.logging.enable_progress_bar()  # type: ignore[no-untyped-call]
