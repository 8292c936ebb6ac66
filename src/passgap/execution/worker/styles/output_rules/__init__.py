"""The rules by which output is compared with the expected one: a module each, by the names that tests state."""

from __future__ import annotations

from ..found_rules import found_rules
from .base import OutputRule

OUTPUT_RULES: dict[str, OutputRule] = found_rules(__name__, __path__)
"""Every rule by its name."""
