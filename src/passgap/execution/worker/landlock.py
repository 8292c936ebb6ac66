"""Landlock: the file system rights of a sample, held by the kernel apart from mounts and permissions."""

from __future__ import annotations

import ctypes
import os

from . import kernel

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_CREATE_VERSION = 1
_RULE_PATH = 1

_READ = 1 << 0 | 1 << 2 | 1 << 3
"""Execute, read a file, read a folder."""
_WRITE_FILE = 1 << 1
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many file system rights each version of the interface knows."""
_IOCTL_DEVICE = 1 << 15
_TCP = 0b11
_SCOPES = 0b11
"""Abstract sockets and signals to processes outside."""


class _Ruleset(ctypes.Structure):
    _fields_ = [
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    ]


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32)]


def version() -> int:
    """Return the kernel's version of the interface, 0 where there is none."""
    return max(0, int(kernel.LIBC.syscall(_CREATE, None, ctypes.c_size_t(0), _CREATE_VERSION)))


def restrict(abi: int, writable: str, devices: str) -> None:
    """Allow reading everywhere and writing under ``writable``, and writing to what lies in ``devices``; nothing else.

    Raises:
        OSError: the kernel refused.
    """
    every = (1 << _RIGHTS[min(abi, max(_RIGHTS))]) - 1
    ruleset = _Ruleset(every, _TCP if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    handle = kernel.checked(
        kernel.LIBC.syscall(_CREATE, ctypes.byref(ruleset), ctypes.c_size_t(size), 0), "landlock_create_ruleset"
    )
    try:
        _allow(handle, "/", _READ)
        _allow(handle, devices, (_READ | _WRITE_FILE | _IOCTL_DEVICE) & every)
        _allow(handle, writable, every)
        kernel.checked(kernel.LIBC.syscall(_RESTRICT, handle, 0), "landlock_restrict_self")
    finally:
        os.close(handle)


def _allow(handle: int, path: str, rights: int) -> None:
    parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathRule(rights, parent)
        kernel.checked(kernel.LIBC.syscall(_ADD, handle, _RULE_PATH, ctypes.byref(rule), 0), "landlock_add_rule")
    finally:
        os.close(parent)
