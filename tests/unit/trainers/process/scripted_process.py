"""A program that does what a training process may do, as its first example says; it imports no model library.

It keeps the contract of ``passgap.trainers.process``: an order in, finished steps on standard output, an outcome out.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from passgap.errors import EngineError
from passgap.trainers.process.exchange import OUTCOME, PARENT_VARIABLE, ProcessOutcome, read_order, write_record
from passgap.trainers.process.following import follow

RESULT = {
    "checkpoint": "out",
    "examples": 1,
    "steps": 3,
    "tokens": 5,
    "prompt_tokens": 4,
    "dropped_too_long": 0,
    "losses": [[1, 2.0]],
    "seconds": 1.0,
}


def main(folder: Path) -> int:
    follow(int(os.environ[PARENT_VARIABLE]))
    order = read_order(folder)
    what = order.job["examples"][0]["completion"]  # type: ignore[index, call-overload]
    os.write(1, b"0001\na line that is no number\n2\n")
    os.write(2, b"this goes to the output\n")
    if what == "crash":
        raise RuntimeError("a bug")
    if what == "segfault":
        ctypes.string_at(0)
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "wait":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        (folder / "pids").write_text(f"{os.getpid()} {child.pid}")
        time.sleep(600)
    if what == "refuse":
        write_record(folder / OUTCOME, ProcessOutcome.of(EngineError("no", ["the first", "the second"])))
        return 2
    seen = {name: os.environ.get(name, "") for name in ("CUDA_VISIBLE_DEVICES", "RANK")}
    told = {**order.model_dump(mode="json", exclude={"job"}), **seen}
    write_record(folder / OUTCOME, ProcessOutcome(result={**RESULT, "versions": {"told": json.dumps(told)}}))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
