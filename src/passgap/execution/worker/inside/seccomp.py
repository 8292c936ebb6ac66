"""The system call filter, assembled here because libseccomp's binding needs a system package.

It is installed once, in the zygote, because installing it would cost each sample a tenth of its time. It denies what no
program needs: tracing, other processes' memory, kernel interfaces with a long record of vulnerabilities (bpf, io_uring,
keys, perf), the clock, modules, user namespaces, System V and anonymous memory that limits do not count, and every
socket except local ones. It leaves ``mount``, ``setns`` and other namespaces to the zygote; a sample has no capability
to use them, and Landlock forbids it any mount.
"""

from __future__ import annotations

import ctypes
import errno

from .. import kernel

# One row per system call: its number on x86_64 and on aarch64 (None where the architecture has none).
DENIED: dict[str, tuple[int | None, int | None]] = {
    "ptrace": (101, 117),
    "syslog": (103, 116),
    "personality": (135, 92),
    "vhangup": (153, 58),
    "modify_ldt": (154, None),
    "adjtimex": (159, 171),
    "chroot": (161, 51),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "iopl": (172, None),
    "ioperm": (173, None),
    "init_module": (175, 105),
    "delete_module": (176, 106),
    "quotactl": (179, 60),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "io_setup": (206, 0),
    "lookup_dcookie": (212, 18),
    "clock_settime": (227, 112),
    "mbind": (237, 235),
    "set_mempolicy": (238, 237),
    "mq_open": (240, 180),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "mount_setattr": (442, 442),
    "kexec_load": (246, 104),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "migrate_pages": (256, 238),
    "vmsplice": (278, 75),
    "move_pages": (279, 239),
    "perf_event_open": (298, 241),
    "fanotify_init": (300, 262),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "clock_adjtime": (305, 266),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "finit_module": (313, 273),
    "memfd_create": (319, 279),
    "kexec_file_load": (320, 294),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
    "quotactl_fd": (443, 443),
    "memfd_secret": (447, 447),
    "process_mrelease": (448, 448),
}
MISSING: dict[str, tuple[int | None, int | None]] = {"clone3": (435, 435)}
"""Its flags are in memory, where a filter cannot look; the C library falls back to ``clone``."""
CLONE = (56, 220)
UNSHARE = (272, 97)
SOCKET = (41, 198)
IOCTL = (16, 29)

NAMESPACES = 0x7E020000
"""Every CLONE_NEW* flag of ``clone``."""
TERMINAL_INJECTION = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX."""
AF_UNIX = 1

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000
_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_ERRNO = 0x00050000
_LOAD, _JUMP_ALWAYS, _JUMP_EQUAL, _JUMP_ABOVE, _JUMP_SET, _RETURN = 0x20, 0x05, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _ARG0, _ARG1 = 0, 4, 16, 24
_SECCOMP_MODE_FILTER = 2

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, operand."""


class _SockFprog(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def supported() -> bool:
    """Whether this architecture's system call numbers are known here."""
    return kernel.ARCHITECTURE in _AUDIT_ARCH


def base_filter() -> list[Instruction]:
    """Return the filter for the zygote and everything below it."""
    column = _column()
    program = _head()
    program += _refuse([row[column] for row in MISSING.values()], errno.ENOSYS)
    program += _refuse([row[column] for row in DENIED.values()], errno.EPERM)
    program += _guard(SOCKET[column], _ARG0, (_JUMP_EQUAL, 1, 0, AF_UNIX), errno.EAFNOSUPPORT)
    program += _guard(CLONE[column], _ARG0, (_JUMP_SET, 0, 1, NAMESPACES), errno.EPERM)
    program += _guard(UNSHARE[column], _ARG0, (_JUMP_SET, 0, 1, kernel.CLONE_NEWUSER), errno.EPERM)
    for request in TERMINAL_INJECTION:
        program += _guard(IOCTL[column], _ARG1, (_JUMP_EQUAL, 0, 1, request), errno.EPERM)
    return [*program, (_RETURN, 0, 0, _ALLOW)]


def install(program: list[Instruction]) -> None:
    """Install a filter on this process and everything that it will start; it sets "no new privileges".

    Raises:
        OSError: the kernel refused.
    """
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    body = b"".join(
        code.to_bytes(2, "little") + bytes((if_true, if_false)) + operand.to_bytes(4, "little")
        for code, if_true, if_false, operand in program
    )
    buffer = ctypes.create_string_buffer(body, len(body))
    argument = _SockFprog(len(program), ctypes.addressof(buffer))
    kernel.checked(
        kernel.LIBC.prctl(kernel.PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), ctypes.byref(argument), 0, 0),
        "seccomp",
    )


def _column() -> int:
    return 0 if kernel.ARCHITECTURE == "x86_64" else 1


def _head() -> list[Instruction]:
    program: list[Instruction] = [
        (_LOAD, 0, 0, _ARCH),
        (_JUMP_EQUAL, 1, 0, _AUDIT_ARCH[kernel.ARCHITECTURE]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if kernel.ARCHITECTURE == "x86_64":
        program += [(_JUMP_ABOVE, 0, 1, _X32_BIT), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    return program


def _refuse(numbers: list[int | None], error: int) -> list[Instruction]:
    """Return instructions that make every call in ``numbers`` fail with ``error``.

    The accumulator holds the call's number before and after.
    """
    known = [number for number in numbers if number is not None]
    jumps = [(_JUMP_EQUAL, len(known) - index, 0, number) for index, number in enumerate(known)]
    return [*jumps, (_JUMP_ALWAYS, 0, 0, 1), (_RETURN, 0, 0, _ERRNO | error)]


def _guard(number: int, argument: int, test: Instruction, error: int) -> list[Instruction]:
    """Return instructions that make a call fail with ``error`` if ``test`` of its argument falls through."""
    return [
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_EQUAL, 0, 3, number),
        (_LOAD, 0, 0, argument),
        test,
        (_RETURN, 0, 0, _ERRNO | error),
    ]
