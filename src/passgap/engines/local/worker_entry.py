"""A process of the local engine: ``python -m passgap.engines.local.worker_entry MODE DESCRIPTOR PARENT``.

It knows nothing of its caller's script, and can therefore be started from any: with or without a main guard, from a
pipe, or at a prompt. With the mode ``worker`` the process is one worker, whose calls come over the descriptor. With
``fork-server`` it imports the libraries, which takes seconds, and then forks a worker whenever the other end of the
descriptor asks for one. ``PARENT`` is the id of the process to end with, however that ends; a signal at the parent's
death would not do, since Linux sends it when the thread that started this process ends.
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

WORKER, FORK_SERVER = "worker", "fork-server"

START, END = b"start", b"end"
"""Orders to a fork server: fork a worker, answered by its process id, or end one, answered by its wait status."""

ORDER_BYTES = 64

WATCH_SECONDS = 1.0

_PRELOADED = (
    "transformers.models.auto.modeling_auto",
    "transformers.models.llama.modeling_llama",
    "transformers.models.auto.tokenization_auto",
)
"""Modules that take seconds to import. One architecture stands for all: most of it is what the others import too."""


class _HungUpError(BaseException):
    """Nobody is left at the other end. A BaseException, so that no engine handles it as one of its own."""


def main(mode: str, descriptor: int, parent: int) -> None:
    """Serve the other end of ``descriptor`` until it hangs up or its process ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller closes what it has opened
    faulthandler.enable()
    if mode == WORKER:
        _serve_calls(Connection(descriptor), parent)
    else:
        _serve_orders(socket.socket(fileno=descriptor), parent)


def _serve_orders(control: socket.socket, parent: int) -> None:
    import_module("passgap.engines.local.sampler")
    for name in _PRELOADED:
        with suppress(ImportError):  # another version of transformers has it elsewhere
            import_module(name)
    workers: set[int] = set()
    control.settimeout(WATCH_SECONDS)
    while os.getppid() == parent:
        try:
            order, descriptors, _, _ = socket.recv_fds(control, ORDER_BYTES, 2)
        except TimeoutError:
            continue
        if not order:
            break
        if order == START:
            workers.add(worker := _fork(control, *descriptors))
            answer = worker
        else:
            number, patience = order.removeprefix(END).split()
            workers.discard(int(number))
            answer = _ended(int(number), float(patience))
        control.send(str(answer).encode())
    for worker in workers:
        os.kill(worker, signal.SIGKILL)


def _fork(control: socket.socket, channel: int, output: int) -> int:
    server = os.getpid()
    worker = os.fork()
    if worker:
        os.close(channel)
        os.close(output)
        return worker
    status = 1
    try:
        control.close()
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        _serve_calls(Connection(channel), server)
        status = 0
    except BaseException:  # noqa: BLE001 - this process ends here, and its caller reads why
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _ended(worker: int, patience: float) -> int:
    """Wait for a worker, kill it after ``patience`` seconds, and return its wait status."""
    deadline = time.monotonic() + patience
    while True:
        ended, status = os.waitpid(worker, os.WNOHANG)
        if ended:
            return status
        if time.monotonic() >= deadline:
            os.kill(worker, signal.SIGKILL)
            return os.waitpid(worker, 0)[1]
        time.sleep(0.01)


def _serve_calls(connection: Connection, parent: int) -> None:
    """Answer one call after the other: samples as they end, progress in between, and None or an error at the end."""
    threading.Thread(target=_exit_with, args=(parent,), daemon=True, name="parent").start()
    with suppress(_HungUpError):
        _adopt(_next(connection))
        opener = _next(connection)

        def send(item: Any) -> None:
            try:
                connection.send(item)
            except OSError as error:
                raise _HungUpError from error

        sampler = None
        while True:
            requests, decoding = _next(connection)
            try:
                sampler = sampler or opener()
                for sample in sampler.sample(requests, decoding, progress=send):
                    send(sample)
            except Exception as error:  # noqa: BLE001 - it is raised where the call was made
                send(_portable(error))
            else:
                send(None)


def _next(connection: Connection) -> Any:
    try:
        return connection.recv()
    except (EOFError, OSError) as error:
        raise _HungUpError from error


def _adopt(context: dict[str, Any]) -> None:
    """Adopt the caller's environment variables, module path and working folder."""
    for name in os.environ.keys() - context["environ"].keys():
        del os.environ[name]
    os.environ.update(context["environ"])
    sys.path[:] = context["path"]
    with suppress(OSError):  # the caller's own folder may be gone
        os.chdir(context["folder"])
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


def _exit_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
