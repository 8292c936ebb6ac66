"""Runs a command in its sample's process: a compiler that leaves an artefact, or what it left.

The judge sends a byte with the descriptors that the command gets, then a frame with the header. A run replaces this
process by the command. A build waits for it, and sends back what it left: the names of files, and a descriptor of their
contents, which outlives the folder that they were in.
"""

from __future__ import annotations

import contextlib
import glob
import os
import signal
import sys
from _socket import CMSG_SPACE, MSG_CMSG_CLOEXEC, SCM_RIGHTS, SOL_SOCKET, socket
from typing import Any

from ..exchange.frames import REQUEST_BYTES, Frames, from_json, pack
from . import confine

MOST_DESCRIPTORS = 5
FOLDER = "/tmp"  # noqa: S108 - the jail's own
CHUNK = 1 << 20
NOT_STARTED_STATUS = 126


def main(reserved_processes: int) -> None:
    """Wait for a command and run it; never returns.

    Args:
        reserved_processes: processes of this user that are not the sample's own.
    """
    channel = socket(fileno=confine.CHANNEL)
    room = CMSG_SPACE(4 * MOST_DESCRIPTORS)
    first, ancillary, _, _ = channel.recvmsg(1, room, MSG_CMSG_CLOEXEC)
    if not first:
        os._exit(0)
    sent = ancillary[0][2] if ancillary else b""
    descriptors = [int.from_bytes(sent[place : place + 4], sys.byteorder) for place in range(0, len(sent), 4)]
    body = Frames(channel.recv, REQUEST_BYTES).read()
    if body is None:
        os._exit(0)
    header = from_json(body)
    if header["entries"]:
        lay_out(header["entries"], descriptors.pop())
    for path, text in header["files"].items():
        write(path, text)
    processes = header["processes"] + reserved_processes
    confine.limit_sample(header["address_space"], processes, header["file_bytes"], header["seconds"])
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # ignored by the interpreter; what it starts would inherit that
    if header["artefacts"] is None:
        start(header["commands"][0], header["environment"], descriptors, channel)
    else:
        build(header, descriptors, channel)
    os._exit(0)


def lay_out(entries: list[tuple[str, int, int, int]], descriptor: int) -> None:
    """Write an artefact's files, given by path, mode, place and size in what ``descriptor`` holds, and close that."""
    for path, mode, place, size in entries:
        os.makedirs(os.path.dirname(f"{FOLDER}/{path}"), exist_ok=True)
        target = os.open(f"{FOLDER}/{path}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        at, end = place, place + size
        while at < end and (sent := os.sendfile(target, descriptor, at, min(CHUNK, end - at))):
            at += sent
        os.close(target)
    os.close(descriptor)


def write(path: str, text: str) -> None:
    """Write a source file, whatever characters a model put into it."""
    os.makedirs(os.path.dirname(f"{FOLDER}/{path}"), exist_ok=True)
    with open(f"{FOLDER}/{path}", "w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(text)


def start(command: list[str], environment: dict[str, str], descriptors: list[int], channel: socket) -> None:
    """Replace this process by a command, with ``descriptors`` as its first; nothing else stays open.

    The channel closes as the command starts. If it does not start, the reason is sent on it.
    """
    above = os.dup(channel.fileno()) if channel.fileno() < len(descriptors) else channel.fileno()
    while above < MOST_DESCRIPTORS:
        above = os.dup(above)
    os.set_inheritable(above, False)
    place_descriptors(descriptors)
    try:
        os.execve(command[0], command, environment)  # noqa: S606 - what the jail is for
    except OSError as error:
        os.write(above, pack({"failed": error.strerror, "number": error.errno}))
    os._exit(NOT_STARTED_STATUS)


def place_descriptors(descriptors: list[int]) -> None:
    """Make descriptors the first of this process, in order; all others are closed as another program starts."""
    high = []
    for descriptor in descriptors:
        moved = descriptor
        while moved < MOST_DESCRIPTORS:
            moved = os.dup(moved)
        high.append(moved)
    for place, descriptor in enumerate(high):
        os.dup2(descriptor, place)
    os.closerange(len(high), MOST_DESCRIPTORS)
    for descriptor in range(MOST_DESCRIPTORS, confine.DESCRIPTORS):
        with contextlib.suppress(OSError):
            os.set_inheritable(descriptor, False)


def build(header: dict[str, Any], descriptors: list[int], channel: socket) -> None:
    """Run commands one after the other until one fails, and send how the last one ended and what they left."""
    status = 0
    for command in header["commands"]:
        pid = os.fork()
        if pid == 0:
            start(command, header["environment"], descriptors, channel)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status:
            break
    entries, handle = collect(header["artefacts"], header["artefact_bytes"]) if status == 0 else ([], None)
    rights = [] if handle is None else [(SOL_SOCKET, SCM_RIGHTS, handle.to_bytes(4, sys.byteorder))]
    channel.sendmsg([b"0"], rights)
    channel.sendall(pack({"status": status, "entries": entries}))
    signal.pause()  # until the judge ends it, which tells an end that it saw from one that it did not


def collect(patterns: list[str], most: int) -> tuple[list[tuple[str, int, int, int]], int | None]:
    """Return the files that match, and a descriptor of their contents; nothing where there are none, or too much."""
    os.chdir(FOLDER)
    paths = sorted({path for pattern in patterns for path in glob.glob(pattern, recursive=True)})
    files = [path for path in paths if os.path.isfile(path) and not os.path.islink(path)]
    sizes = [os.path.getsize(path) for path in files]
    if not files or sum(sizes) > most:
        return [[path, 0, 0, size] for path, size in zip(files, sizes, strict=True)], None  # type: ignore[misc]
    modes = [os.stat(path).st_mode & 0o777 for path in files]
    if len(files) == 1:
        return [(files[0], modes[0], 0, sizes[0])], os.open(files[0], os.O_RDONLY)
    whole = os.open(FOLDER, os.O_TMPFILE | os.O_RDWR, 0o600)
    entries, place = [], 0
    for path, mode, size in zip(files, modes, sizes, strict=True):
        with open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                os.write(whole, chunk)
        entries.append((path, mode, place, size))
        place += size
    return entries, whole
