"""The rules by which values are compared with the expected ones: a module each, by the names that tests state."""

from __future__ import annotations

from ..found_rules import found_rules
from .base import Case, Check, ValueRule

VALUE_RULES: dict[str, ValueRule] = found_rules(__name__, __path__)
"""Every rule by its name."""

__all__ = ["VALUE_RULES", "Case", "Check", "ValueRule"]
