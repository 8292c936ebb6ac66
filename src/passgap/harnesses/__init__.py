"""Harnesses: how functions of a language are called and their answers written down, one module per language."""

from passgap.harnesses.base import MARK, Harness, Unsupported
from passgap.registry import Registry

HARNESSES = Registry[Harness](
    package="passgap.harnesses", attribute="HARNESS", group="passgap.harnesses", noun="harness"
)

__all__ = ["HARNESSES", "MARK", "Harness", "Unsupported"]
