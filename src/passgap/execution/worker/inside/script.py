"""Runs a program from start to end in its sample's process, as ``python solution.py`` would run it."""

from __future__ import annotations

import _sitebuiltins
import atexit
import builtins
import contextlib
import gc
import io
import os
import signal
import sys
import types
import weakref
from importlib.machinery import SourceFileLoader
from typing import Any

from .settings import frames_of_caller, hide_own_frames

OUT_OF_MEMORY_STATUS = 77
FLUSH_FAILED_STATUS = 120
"""The exit status of an interpreter that cannot write its last output."""
INTERRUPTED_STATUS = 130
LARGEST_STATUS = 1 << 63


def resemble_plain_interpreter() -> None:
    """Make the zygote, and so every program's process, like an interpreter that was started by hand.

    One difference is left on purpose: integers of any length are converted to text. The limit of 4,300 digits guards
    servers against long requests, and right answers to tasks about long integers would hit it.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by the judge, and so here
    sys.set_int_max_str_digits(0)
    add_site_builtins()


def add_site_builtins() -> None:
    """Define what the ``site`` module adds to the built-in names: ``exit``, ``quit``, ``help`` and three notices.

    The interpreter starts without ``site``, which would look for packages and startup files.
    """
    end_of_file = "Ctrl-D (i.e. EOF)"
    for name in ("quit", "exit"):
        setattr(builtins, name, _sitebuiltins.Quitter(name, end_of_file))
    setattr(builtins, "copyright", _sitebuiltins._Printer("copyright", sys.copyright))  # noqa: B010
    setattr(  # noqa: B010
        builtins,
        "credits",
        _sitebuiltins._Printer(
            "credits",
            "    Thanks to CWI, CNRI, BeOpen.com, Zope Corporation and a cast of thousands\n"
            "    for supporting Python development.  See www.python.org for more information.",
        ),
    )
    setattr(  # noqa: B010
        builtins, "license", _sitebuiltins._Printer("license", "See https://www.python.org/psf/license/")
    )
    builtins.help = _sitebuiltins._Helper()


def open_streams() -> None:
    """Make ``sys.stdin`` and ``sys.stdout`` anew on descriptors 0 and 1, which have changed.

    The streams do not own their descriptors: programs that replace or close them still use 0 and 1.
    """
    sys.stdin = sys.__stdin__ = _stream(0, "r", "<stdin>")  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = _stream(1, "w", "<stdout>")  # type: ignore[misc]


def _stream(descriptor: int, mode: str, name: str) -> io.TextIOWrapper:
    buffer: Any = open(descriptor, mode + "b", closefd=False)  # noqa: SIM115 - lives as long as the process
    buffer.raw.name = name
    text = io.TextIOWrapper(buffer, "utf-8", "surrogateescape", newline="\n")
    text.mode = mode  # type: ignore[misc]
    return text


def main_module(filename: str) -> types.ModuleType:
    """Return a new ``__main__``, with the names that the interpreter gives it."""
    module = types.ModuleType("__main__")
    module.__loader__ = SourceFileLoader("__main__", filename)
    module.__dict__.update(__annotations__={}, __builtins__=builtins, __file__=filename, __cached__=None)
    return module


def run_script(source: str, filename: str, shared: str = "") -> None:
    """Run a program from start to end as ``__main__``, and exit with the status that the interpreter would give.

    ``shared`` is executed before it, in the same module: what the tests put before every program.
    """
    module = sys.modules["__main__"] = main_module(filename)
    status = 0
    hide_own_frames(frames_of_caller())
    try:
        if shared:
            exec(compile(shared, "<setup>", "exec"), module.__dict__)  # noqa: S102 - from trusted tests
        exec(compile(source.removeprefix("\ufeff"), filename, "exec", dont_inherit=True), module.__dict__)  # noqa: S102
    except SystemExit as error:
        status = status_of(error.code)
    except KeyboardInterrupt:
        status = INTERRUPTED_STATUS
    except MemoryError:
        status = OUT_OF_MEMORY_STATUS
    except BaseException:  # noqa: BLE001 - a traceback ends in status 1, whatever was raised
        status = 1
        report_exception()
    del module
    leave(status)


def report_exception() -> None:
    """Pass the exception that ends the program to ``sys.excepthook``, which the program may have replaced."""
    with contextlib.suppress(BaseException):
        sys.excepthook(*sys.exc_info())


def status_of(code: Any) -> int:
    """Return the exit status for the value of a SystemExit; what is not a number is printed to standard error."""
    if code is None:
        return 0
    if isinstance(code, int):
        return int(code) & 0xFF if -LARGEST_STATUS <= code < LARGEST_STATUS else 0xFF
    with contextlib.suppress(BaseException):
        sys.stderr.write(f"{code}\n")
    return 1


def leave(status: int) -> None:
    """Exit as an interpreter does: threads joined, exit handlers run, output flushed, the program's objects deleted.

    What objects print or flush as they are deleted is part of the output: files that were never closed, text streams
    around standard output, destructors.
    """
    with contextlib.suppress(BaseException):  # an interpreter reports it and goes on, too
        if (threading := sys.modules.get("threading")) is not None:
            threading._shutdown()
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()
    flushed = flush()
    delete_objects()
    flush()
    os._exit(status if flushed else FLUSH_FAILED_STATUS)


def flush() -> bool:
    """Flush standard output and standard error, whatever they are now; return False if output was lost."""
    flushed = True
    for name in ("stdout", "stderr"):
        try:
            stream = getattr(sys, name, None)
            if stream is not None and not getattr(stream, "closed", False):
                stream.flush()
        except BaseException:  # noqa: BLE001 - a broken pipe, or a stream of the program's own
            flushed = flushed and name != "stdout"
    return flushed


def delete_objects() -> None:
    """Restore the original streams, and delete what the program has defined, as far as an interpreter does."""
    with contextlib.suppress(BaseException):  # of a module that the program has changed
        sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__
        for name in ("last_type", "last_value", "last_traceback"):
            sys.__dict__.pop(name, None)
        gc.collect()
        loader = weakref.ref(sys.modules["__main__"].__loader__)
        del sys.modules["__main__"]
        gc.collect()
        for names in gc.get_referrers(loader()) if loader() is not None else ():
            if type(names) is dict and names.get("__loader__") is loader():  # held by a hook, a handler, a registry
                for name in sorted(names, key=lambda name: name[:1] != "_" or name[:2] == "__"):
                    names[name] = names[name] if name == "__builtins__" else None
        gc.collect()
