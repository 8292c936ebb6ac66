"""The paths that an edit may touch."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import PurePosixPath

from passgap.tasks.edits.outcome import EditRule

MOST_BYTES = 255
_STEERING = (
    # Python
    "conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini", "setup.cfg", "setup.py",
    "pyproject.toml", "noxfile.py",
    "sitecustomize.py", "usercustomize.py", "*.pth", "*.pyc", "*.so",
    # JavaScript, TypeScript and Go
    "package.json", "package-lock.json", ".npmrc", "jest.config.*", "vitest.config.*", "babel.config.*", ".babelrc*",
    "tsconfig*.json", ".mocharc*", "go.mod", "go.sum", "go.work",
    # Rust, C++, Java, and makefiles
    "build.rs", "Cargo.toml", "Cargo.lock", "rust-toolchain*", "CMakeLists.txt", "*.cmake",
    "Makefile", "makefile", "GNUmakefile", "build.gradle*", "settings.gradle*", "gradle.properties", "gradlew*",
    "pom.xml",
)  # fmt: skip
"""Names of files, in any folder, by which an edit could decide which tests are run and how."""
_IMPORTED_BY_TESTS = frozenset(sys.stdlib_module_names) | {
    "pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "attr", "nose", "hypothesis",
}  # fmt: skip
"""Modules that test runners import: a file of such a name where imports begin would take their place."""
_IMPORT_ROOTS = frozenset({"", "src", "lib", "test", "tests"})
_METADATA = (".dist-info", ".egg-info", ".egg-link")
"""Endings of folders that are read as those of an installed distribution, whose plugins pytest loads."""
_STEERING_FOLDERS = frozenset({".cargo", ".github", ".mvn", "gradle", "node_modules", "vendor", ".git"})


def fault_of(path: str, editable: Collection[str], hidden: Iterable[str]) -> EditRule | None:
    """Why a path may not be edited; None where it may.

    Args:
        path: as an answer names it.
        editable: patterns of the files that may be edited: ``*`` stands for a part of a name, ``**`` for any folders. A
            file that steers tests is editable only where its whole path is listed.
        hidden: paths of the tests that are laid over the tree.
    """
    if not is_below(path):
        return EditRule.OUTSIDE
    normal = str(PurePosixPath(path))
    if any(normal == each or each.startswith(f"{normal}/") or normal.startswith(f"{each}/") for each in hidden):
        return EditRule.STEERS_TESTS
    if normal not in editable and steers_tests(normal):
        return EditRule.STEERS_TESTS
    return None if any(matches(normal, pattern) for pattern in editable) else EditRule.NOT_EDITABLE


def is_below(path: str) -> bool:
    """Whether a path is that of a file below the repository's folder, on every system."""
    parts = PurePosixPath(path).parts
    if not parts or parts[0] == "/" or ".." in parts or path.startswith("~") or re.match(r"[A-Za-z]:", path):
        return False
    if "\\" in path or any(ord(mark) < 32 or 0xD800 <= ord(mark) < 0xE000 for mark in path):
        return False
    return len(path.encode()) <= MOST_BYTES


def steers_tests(path: str) -> bool:
    """Whether a file could decide which tests are run and how."""
    parts = PurePosixPath(path).parts
    if any(matches(parts[-1], name) for name in _STEERING) or not _STEERING_FOLDERS.isdisjoint(parts[:-1]):
        return True
    if any(part.endswith(_METADATA) for part in parts):
        return True
    module = parts[:-1] if parts[-1] == "__init__.py" else (*parts[:-1], parts[-1].removesuffix(".py"))
    imported = parts[-1].endswith(".py") and module[-1:] and module[-1] in _IMPORTED_BY_TESTS
    return bool(imported) and "/".join(module[:-1]) in _IMPORT_ROOTS


def matches(path: str, pattern: str) -> bool:
    """Whether a path is one of a pattern's."""
    return _compiled(pattern).fullmatch(path) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    meant = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meant.get(part, re.escape(part)) for part in parts), re.DOTALL)
