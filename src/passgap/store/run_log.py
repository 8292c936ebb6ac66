"""The log of a study's runs, ``log.jsonl``: one JSON object per line, which can be followed while it is written.

Each line is written with one call and complete, so that the log of a run that was killed can be read.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from threading import Lock
from typing import Any

from passgap.paths import AnyPath

LOG_FILE = "log.jsonl"


class RunLog:
    """Appends events to the log of a study. A log that cannot be written stops nothing: its first fault is kept."""

    def __init__(self, folder: AnyPath) -> None:
        """Name the study's folder; nothing is written before the first event."""
        self.path = Path(folder) / LOG_FILE
        self.fault: OSError | None = None
        self._lock = Lock()

    def write(self, event: str, **facts: Any) -> None:
        """Append an event with the time. Thread-safe."""
        now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": now, "event": event, **facts}, ensure_ascii=False) + "\n"
        with self._lock:
            try:
                handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
                try:
                    os.write(handle, line.encode(errors="backslashreplace"))
                finally:
                    os.close(handle)
            except OSError as error:
                self.fault = self.fault or error
