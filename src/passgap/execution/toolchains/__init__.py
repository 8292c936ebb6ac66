"""The toolchains of this machine: found, prepared once, and described to the workers that use them."""

from passgap.execution.toolchains.finding import FoundToolchain, MissingToolchain, found_toolchain, refuse_missing
from passgap.execution.toolchains.message import toolchain_message

__all__ = ["FoundToolchain", "MissingToolchain", "found_toolchain", "refuse_missing", "toolchain_message"]
