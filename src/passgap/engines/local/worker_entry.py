"""A process of the local engine: ``python -m passgap.engines.local.worker_entry MODE DESCRIPTOR PARENT``.

It knows nothing of its caller's script, and so it can be started from any: with or without a main guard, from a pipe,
or at a prompt. With the mode ``lane`` the process is one lane, whose calls come over the descriptor. With ``fork`` it
imports the libraries, which takes seconds, and then forks a lane whenever the other end of the descriptor asks for one.
``PARENT`` is the id of the process to end with, however that ends; a signal at the parent's death would not do, since
Linux sends it when the thread that started this process ends.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import signal
import socket
import sys
import threading
import time
import traceback
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

LANE, FORK = "lane", "fork"

START, END = b"start", b"end"
"""Orders to a forking process: fork a lane, answered by its id, or end one, answered by its wait status."""

ORDER_BYTES = 64

WATCH_SECONDS = 1.0

_PRELOADED = (
    "transformers.models.auto.modeling_auto",
    "transformers.models.llama.modeling_llama",
    "transformers.models.auto.tokenization_auto",
)
"""Modules that take seconds to import. One architecture stands for all: most of it is what the others import too."""


class _HungUpError(BaseException):
    """Nobody is left at the other end. No exception of an engine, so that no engine takes it for one of its own."""


def main(mode: str, descriptor: int, parent: int) -> None:
    """Serve the other end of ``descriptor`` until it hangs up or its process ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller closes what it has begun
    faulthandler.enable()
    if mode == LANE:
        _serve_calls(Connection(descriptor), parent)
    else:
        _serve_orders(socket.socket(fileno=descriptor), parent)


def _serve_orders(control: socket.socket, parent: int) -> None:
    import_module("passgap.engines.local.sampler")
    for name in _PRELOADED:
        with suppress(ImportError):  # another version of transformers has it elsewhere
            import_module(name)
    lanes: set[int] = set()
    control.settimeout(WATCH_SECONDS)
    while os.getppid() == parent:
        try:
            order, descriptors, _, _ = socket.recv_fds(control, ORDER_BYTES, 2)
        except TimeoutError:
            continue
        if not order:
            break
        if order == START:
            lanes.add(lane := _fork(control, *descriptors))
            answer = lane
        else:
            number, patience = order.removeprefix(END).split()
            lanes.discard(int(number))
            answer = _ended(int(number), float(patience))
        control.send(str(answer).encode())
    for lane in lanes:
        os.kill(lane, signal.SIGKILL)


def _fork(control: socket.socket, link: int, output: int) -> int:
    server = os.getpid()
    lane = os.fork()
    if lane:
        os.close(link)
        os.close(output)
        return lane
    status = 1
    try:
        control.close()
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        _serve_calls(Connection(link), server)
        status = 0
    except BaseException:  # noqa: BLE001 - this process ends here, and its caller reads why
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _ended(lane: int, patience: float) -> int:
    """Wait for a lane, kill it after ``patience`` seconds, and return its wait status."""
    deadline = time.monotonic() + patience
    while True:
        ended, status = os.waitpid(lane, os.WNOHANG)
        if ended:
            return status
        if time.monotonic() >= deadline:
            os.kill(lane, signal.SIGKILL)
            return os.waitpid(lane, 0)[1]
        time.sleep(0.01)


def _serve_calls(link: Connection, parent: int) -> None:
    """Answer one call after the other: samples as they end, progress in between, and None or an error at the end."""
    threading.Thread(target=_end_with, args=(parent,), daemon=True, name="parent").start()
    with suppress(_HungUpError):
        _take_over(_next(link))
        opener = _next(link)

        def send(item: Any) -> None:
            try:
                link.send(item)
            except OSError as error:
                raise _HungUpError from error

        sampler = None
        while True:
            requests, decoding = _next(link)
            try:
                sampler = sampler or opener()
                for sample in sampler.sample(requests, decoding, progress=send):
                    send(sample)
            except Exception as error:  # noqa: BLE001 - it is raised where the call was made
                send(_portable(error))
            else:
                send(None)


def _next(link: Connection) -> Any:
    try:
        return link.recv()
    except (EOFError, OSError) as error:
        raise _HungUpError from error


def _take_over(surroundings: dict[str, Any]) -> None:
    """See files, modules and variables as the caller does."""
    for name in os.environ.keys() - surroundings["environ"].keys():
        del os.environ[name]
    os.environ.update(surroundings["environ"])
    sys.path[:] = surroundings["path"]
    with suppress(OSError):  # the caller's own folder may be gone
        os.chdir(surroundings["folder"])
    import torch  # noqa: PLC0415 - found where the caller finds it

    torch.set_num_threads(1)


def _portable(error: Exception) -> Exception:
    """The error with its traceback as a note, or one that says the same where it cannot be sent."""
    written = traceback.format_exc()
    error.add_note(written)
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own error
    except Exception:  # noqa: BLE001 - whatever a class that cannot be pickled raises
        return RuntimeError(written)
    return error


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
