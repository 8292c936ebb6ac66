"""Runs a program in its sample's process as the judge's header says, then answers questions about it."""

from __future__ import annotations

import builtins
import os
import sys
import types
from _socket import SCM_RIGHTS, SOL_SOCKET, socket, socketpair
from typing import Any

from ..exchange.frames import ANSWER_BYTES, Frames, from_json, pack, pack_raw
from ..exchange.shared_folder import WORK, SharedFolder
from . import confine, script
from .object_server import ObjectServer
from .settings import hide_own_frames

REHEARSALS = 12
FOLDER = "/tmp"  # noqa: S108 - the jail's own
FILE = FOLDER + "/solution.py"
"""The path of a confined program's source, as ``inspect`` and new interpreters of ``multiprocessing`` expect it."""


def run(source: str, name: str, filename: str, shared: str) -> dict[str, Any]:
    """Execute a program as a real module called ``name``, which pickle and multiprocessing can find again.

    ``shared`` is executed before it, in the same module: imports and classes from the setup of its tests.
    """
    module = types.ModuleType(name)
    module.__file__ = filename
    namespace = module.__dict__
    namespace["__builtins__"] = builtins
    sys.modules[name] = sys.modules["__main__"] = module
    if shared:
        exec(compile(shared, "<setup>", "exec"), namespace)  # noqa: S102 - from trusted tests
    code = compile(source.removeprefix("\ufeff"), filename, "exec", dont_inherit=True)
    exec(code, namespace)  # noqa: S102 - what the jail is for
    return namespace


def rehearse() -> ObjectServer:
    """Go through a complete sample a few times before any process is forked, and return the server, ready to connect.

    CPython specialises bytecode as it is first executed. What the zygote has specialised already, a fork does not
    rewrite, and so does not copy page by page.
    """
    ours, theirs = socketpair()
    server = ObjectServer()
    server.connect(theirs.fileno())
    frames = Frames(ours.recv, ANSWER_BYTES)
    for _ in range(REHEARSALS):
        ours.sendall(pack(["call", [["N", "f"], 1], {}, [[], [], None, []]]))
        server.take(run("def f(x):\n    return [x, (x, 'x'), {x: None}]\n", "solution", "<rehearsal>", ""))
        calls = [["f", [["l", 1, 2.0]], {}, False], ["f", ["x"], {}, True], ["g", [], {}, False]]
        server.answer_batch(server.load_report(None, ["f"]), calls)
        server.answer()
        for _ in range(5):
            from_json(frames.read() or b"")
    sys.modules.pop("solution")
    sys.modules["__main__"] = types.ModuleType("__main__")
    ours.close()
    theirs.close()
    server.forget()
    return server


def main(server: ObjectServer, reserved_processes: int | None) -> None:
    """Wait for a program, run it as its header says, and never return to the zygote's code.

    Args:
        server: of the program's objects.
        reserved_processes: processes of this user that are not the sample's own; None if this user is the caller, whose
            processes cannot be told apart.
    """
    server.connect(confine.CHANNEL)
    body = server.read()
    if body is None:
        os._exit(0)
    header = from_json(body)
    processes = None if reserved_processes is None else header["processes"] + reserved_processes
    if (random := sys.modules.get("random")) is not None:
        random.seed()
    sys.argv = ["solution.py"]
    if header["mode"] != "stdio":
        hide_own_frames()
    if reserved_processes is not None:
        write_files(FOLDER, header["files"])
        write(FILE, header["program"])
    if header["mode"] == "stdio":
        redirect(header["stdin"])
    confine.limit_sample(header["memory"], processes, header["file_bytes"], header["seconds"])
    if header["mode"] == "stdio":
        script.open_streams()
        script.run_script(header["program"], FILE, header["shared"])
    if header["streams"]:
        server.share_streams()
    if header["notices"]:
        server.notice(header["notices"])
    if header["folder"]:
        share_files(server, header, reserved_processes is not None)
    server.find_methods(first=header["methods_first"], on_one_instance=header["one_instance"])
    batch = server.read() if header["batch"] else None
    failure: BaseException | None = None
    try:
        server.take(run(header["program"], "solution", FILE, header["shared"]))
    except BaseException as error:  # noqa: BLE001 - whatever a program raises is its answer
        failure = error
    if os.getpid() != server.owner:
        os._exit(0)
    server.answer_batch(
        server.load_report(failure, header["names"]),
        from_json(batch) if batch is not None and failure is None else [],
    )
    if failure is None:
        server.serve(header["threads"])
    os._exit(0)


def share_files(server: ObjectServer, header: dict[str, Any], confined: bool) -> None:
    """Work in the folder that the tests work in; unless the program is confined, it is the same one."""
    os.makedirs(f"{header['folder']}/{WORK}", exist_ok=True)
    write_files(f"{header['folder']}/{WORK}", header["files"])
    folder = SharedFolder(header["folder"])
    folder.enter()
    if confined:
        server.share_files(folder)


def write_files(folder: str, files: dict[str, str]) -> None:
    """Write the files that stand beside a program."""
    for path, text in files.items():
        os.makedirs(os.path.dirname(f"{folder}/{path}"), exist_ok=True)
        write(f"{folder}/{path}", text)


def write(path: str, text: str) -> None:
    """Write a source file, whatever characters a model put into it."""
    with open(path, "w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(text)


def redirect(stdin: str) -> None:
    """Put the input, as a file, on descriptor 0, and a pipe to the judge on descriptor 1; the channel is closed."""
    read_end, write_end = os.pipe()
    channel = socket(fileno=confine.CHANNEL)
    channel.sendmsg([pack_raw(b"0")], [(SOL_SOCKET, SCM_RIGHTS, read_end.to_bytes(4, sys.byteorder))])
    channel.close()
    os.close(read_end)
    with open(os.open("/tmp", os.O_TMPFILE | os.O_RDWR, 0o600), "w+b", closefd=False) as file:  # noqa: S108
        file.write(stdin.encode("utf-8", "surrogatepass"))
        descriptor = file.fileno()
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.dup2(descriptor, 0)
    os.dup2(write_end, 1)
    os.close(descriptor)
    os.close(write_end)
