"""The toolchains of this machine: found, prepared once, and described to the workers that use them."""

from passgap.execution.toolchains.environments import found_environment
from passgap.execution.toolchains.finding import FoundToolchain, MissingToolchain, found_toolchain
from passgap.execution.toolchains.message import toolchain_message, toolchain_of
from passgap.execution.toolchains.requiring import missing_here, refuse_missing

__all__ = [
    "FoundToolchain",
    "MissingToolchain",
    "found_environment",
    "found_toolchain",
    "missing_here",
    "refuse_missing",
    "toolchain_message",
    "toolchain_of",
]
