"""Finds the toolchain of a language on this machine, once per process, and prepares what it needs."""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from passgap.execution.toolchains.preparing import prepared
from passgap.execution.toolchains.searching import DATA_FOLDER, VARIABLE, FoundTool, find_tool
from passgap.languages import LANGUAGES, Toolchain

SCRATCH = "/tmp"  # noqa: S108 - the jail's own
MOVED = "/toolchains/"
"""Where a toolchain is bound in the jail that lies on the host where a sample's scratch folder is mounted."""

Bind = tuple[str, str]
"""A path on the host, and the path in the jail."""


class MissingToolchain(Exception):  # noqa: N818 - an answer: the message says what is missing, and what brings it
    """The toolchain of a language is not on this machine."""


@dataclass(frozen=True)
class FoundToolchain:
    """A language's toolchain on this machine."""

    language: str
    title: str
    toolchain: Toolchain
    tools: Mapping[str, FoundTool]

    @property
    def version(self) -> str:
        """The versions of its tools, in a line."""
        return "; ".join(dict.fromkeys(tool.version for tool in self.tools.values()))

    @property
    def values(self) -> dict[str, str | tuple[str, ...]]:
        """The values of placeholders in its commands inside the jail, the same for every program."""
        paths: dict[str, str | tuple[str, ...]] = {name: inside(tool.path) for name, tool in self.tools.items()}
        return {**paths, "cache": inside(str(self.cache)), "scratch": SCRATCH}

    @property
    def cache(self) -> Path:
        """The folder of what is prepared once, made now if it is not there.

        Raises:
            MissingToolchain: a command of the preparation fails.
        """
        if isinstance(self._cache, MissingToolchain):
            raise self._cache
        return self._cache

    @functools.cached_property
    def _cache(self) -> Path | MissingToolchain:
        values: dict[str, str | tuple[str, ...]] = {name: tool.path for name, tool in self.tools.items()}
        try:
            return prepared(self.language, self.version, self.toolchain.preparation, values)
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            return MissingToolchain(f"the toolchain of {self.title} cannot be prepared: {error}")

    def binds(self, patterns: Iterable[str], tools: Iterable[str], *, cache: bool) -> list[Bind]:
        """The paths that a jail needs: of tools, of further files, and of what was prepared."""
        found = [self.tools[name] for name in tools]
        paths = [tool.folder or tool.path for tool in found]
        pairs = [(os.path.realpath(path), inside(path)) for path in paths]
        for pattern in patterns:
            pairs += [(str(path.resolve()), str(path)) for path in sorted(Path("/").glob(pattern.removeprefix("/")))]
        if cache and self.toolchain.preparation.commands:
            pairs.append((str(self.cache), inside(str(self.cache))))
        return [pair for pair in dict.fromkeys(pairs) if not any(covers(other, pair) for other in pairs)]


def covers(bound: Bind, other: Bind) -> bool:
    """Whether a bind of a folder shows what another one would."""
    (source, target), (source_below, target_below) = bound, other
    below = target_below.removeprefix(f"{target}/")
    return target_below not in (target, below) and source_below == f"{source}/{below}"


def inside(path: str) -> str:
    """Return the path in the jail of a path on the host."""
    return MOVED + path.removeprefix(f"{SCRATCH}/") if path.startswith(f"{SCRATCH}/") else path


def found_toolchain(language: str) -> FoundToolchain:
    """Return the toolchain of a language that takes commands, which is looked for once.

    Raises:
        MissingToolchain: one of its tools is not here; the message names all of these, and what brings them.
    """
    found = _looked_for(language)
    if isinstance(found, MissingToolchain):
        raise found
    return found


@functools.cache
def _looked_for(language: str) -> FoundToolchain | MissingToolchain:
    title, toolchain = LANGUAGES[language].title, LANGUAGES[language].toolchain
    assert toolchain is not None
    tools = {tool.name: find_tool(tool) for tool in toolchain.tools}
    missing = [name for name, tool in tools.items() if tool is None]
    if missing:
        return MissingToolchain(
            f"{title} programs cannot be run here: {' and '.join(missing)} not found. {toolchain.package} Tools "
            f"are looked for on the search path, in the folders of {VARIABLE} and in {DATA_FOLDER}"
        )
    return FoundToolchain(language, title, toolchain, {name: tool for name, tool in tools.items() if tool is not None})
