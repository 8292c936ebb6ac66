"""Landlock: restricts a sample's rights on files, independently of mounts and permissions."""

from __future__ import annotations

import ctypes
import os

from .. import kernel

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_CREATE_VERSION = 1
_RULE_PATH = 1

_READ = 1 << 0 | 1 << 2 | 1 << 3
"""Execute, read a file, read a folder: not restricted, since nothing is mounted that must not be read."""
_WRITE_FILE = 1 << 1
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""The number of file system rights in each version of the interface."""
_IOCTL_DEVICE = 1 << 15
_TCP = 0b11
_SCOPES = 0b11
"""Abstract sockets and signals to processes outside."""


class _RulesetAttributes(ctypes.Structure):
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


class Ruleset:
    """A ruleset that allows writing in one folder, and to devices, and no change anywhere else.

    It is made once, in the zygote, and enforced in each sample's process.
    """

    def __init__(self, abi: int, writable: str, devices: str) -> None:
        rights = ((1 << _RIGHTS[min(abi, max(_RIGHTS))]) - 1) & ~_READ
        ruleset = _RulesetAttributes(rights, _TCP if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
        size = 8 if abi < 4 else 16 if abi < 6 else 24
        devices_rule = _PathRule((_WRITE_FILE | _IOCTL_DEVICE) & rights, os.open(devices, os.O_PATH))
        self._folder = writable
        self._folder_rule = _PathRule(rights, -1)
        self._create = (_CREATE, ctypes.byref(ruleset), ctypes.c_size_t(size), 0)
        self._rules = [ctypes.byref(devices_rule), ctypes.byref(self._folder_rule)]

    def enforce(self) -> None:
        """Enforce the ruleset on this process. Two descriptors are left open.

        Raises:
            OSError: the kernel refused.
        """
        syscall = kernel.LIBC.syscall
        handle = kernel.checked(syscall(*self._create), "landlock_create_ruleset")
        self._folder_rule.parent_fd = os.open(self._folder, os.O_PATH)
        for rule in self._rules:
            kernel.checked(syscall(_ADD, handle, _RULE_PATH, rule, 0), "landlock_add_rule")
        kernel.checked(syscall(_RESTRICT, handle, 0), "landlock_restrict_self")
