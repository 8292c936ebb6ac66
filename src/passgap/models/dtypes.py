"""The floating-point type that a model is computed in on a machine, chosen in one place for sampling and training."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from passgap.records import Record

Dtype = Literal["bfloat16", "float16", "float32"]

_CPU_INFO = Path("/proc/cpuinfo")

_X86 = frozenset({"x86_64", "amd64"})

_X86_FLAGS = ("avx512_bf16", "amx_bf16")
"""Instructions that multiply bfloat16. With those that only convert it, it is slower than float32."""

_ARM_FLAGS = ("bf16", "svebf16")

_ISA_VARIABLES = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
"""Environment variables that restrict oneDNN to older instructions, the newer name first."""

_ISAS_WITHOUT = frozenset(
    {"SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2", "AVX512_CORE", "AVX512_CORE_VNNI", "AVX512_MIC"}
)

_CAPABILITY_VARIABLE = "ATEN_CPU_CAPABILITY"
"""The environment variable that restricts PyTorch's own kernels to older instructions."""


class ChosenDtype(Record):
    """A type, and why it was chosen."""

    dtype: Dtype
    device: str
    reason: str

    def __str__(self) -> str:
        return f"{self.dtype} on {self.device}: {self.reason}"


def device_named(name: str) -> str:
    """The device that a name stands for: ``auto`` is a GPU where there is one."""
    if name != "auto":
        return name
    import torch  # noqa: PLC0415 - loaded when it is needed

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def choose_dtype(name: str, device: str) -> ChosenDtype:
    """The type that a name stands for on a device.

    ``auto`` is bfloat16 where the device multiplies it in hardware, and float32 elsewhere: emulated bfloat16 is several
    times slower, and float16 overflows in models that were trained in bfloat16.

    Args:
        name: ``bfloat16``, ``float16``, ``float32``, or ``auto``.
        device: ``cpu``, ``cuda``, ``mps``, or ``auto``.
    """
    device = device_named(device)
    if name in ("bfloat16", "float16", "float32"):
        return ChosenDtype(dtype=name, device=device, reason="the study says so")
    if device == "cpu":
        fast, reason = fast_bfloat16(cpu_flags(), os.environ, platform.machine().lower())
    else:
        fast, reason = _gpu_bfloat16(device)
    return ChosenDtype(dtype="bfloat16" if fast else "float32", device=device, reason=reason)


def fast_bfloat16(flags: frozenset[str], environ: Mapping[str, str], machine: str) -> tuple[bool, str]:
    """Whether PyTorch multiplies bfloat16 in hardware on a CPU, and how that is known.

    Args:
        flags: the instruction sets that the processor has, as Linux names them.
        environ: the environment, which may restrict PyTorch and oneDNN to older instructions.
        machine: the processor's architecture.
    """
    wanted = _X86_FLAGS if machine in _X86 else _ARM_FLAGS
    present = [flag for flag in wanted if flag in flags]
    if not present:
        return False, f"this processor has no bfloat16 instructions ({', '.join(wanted)})"
    if machine in _X86:
        for variable in _ISA_VARIABLES:
            if environ.get(variable, "").upper() in _ISAS_WITHOUT:
                return False, f"{variable}={environ[variable]} rules the bfloat16 instructions out"
        capability = environ.get(_CAPABILITY_VARIABLE, "").lower()
        if capability in ("default", "avx2"):
            return False, f"{_CAPABILITY_VARIABLE}={environ[_CAPABILITY_VARIABLE]} rules the bfloat16 instructions out"
    return True, f"this processor has bfloat16 instructions ({', '.join(present)})"


def cpu_flags() -> frozenset[str]:
    """The processor's instruction sets as Linux names them; none on other systems."""
    if sys.platform != "linux":
        return frozenset()
    try:
        lines = _CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    found = (
        line.partition(":")[2].split() for line in lines if line.partition(":")[0].strip() in ("flags", "Features")
    )
    return frozenset(next(found, ()))


def _gpu_bfloat16(device: str) -> tuple[bool, str]:
    import torch  # noqa: PLC0415 - loaded when it is needed

    kind = device.partition(":")[0]
    if kind == "cuda" and not torch.cuda.is_available():
        return True, "the GPU is in another machine, and those since Ampere multiply bfloat16 in hardware"
    if kind == "cuda":
        fast, name = torch.cuda.is_bf16_supported(including_emulation=False), torch.cuda.get_device_name()
    elif kind == "mps":
        fast = torch.backends.mps.is_available() and torch.backends.mps.is_macos_or_newer(14, 0)
        name = "macOS 14 or newer" if fast else "macOS before 14"
    else:
        fast, name = False, "not known to passgap"
    return bool(fast), f"{name} {'multiplies' if fast else 'does not multiply'} bfloat16 in hardware"
