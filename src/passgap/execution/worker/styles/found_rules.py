"""Finds the rules of a package: the constant ``RULE`` of each of its modules."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from typing import Any


def found_rules(package: str, path: Iterable[str]) -> dict[str, Any]:
    """Return the rules of a package by their names; modules that begin with an underscore hold none."""
    names = sorted(info.name for info in pkgutil.iter_modules(path) if info.name != "base" and info.name[0] != "_")
    rules = [importlib.import_module(f"{package}.{name}").RULE for name in names]
    return {rule.name: rule for rule in rules}
