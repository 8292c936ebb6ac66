"""Finds out which languages' programs can be run on this machine, by building and running one of each in the jail."""

from __future__ import annotations

from collections.abc import Iterable

from passgap.execution.pool import SandboxExecutor
from passgap.execution.toolchains import MissingToolchain, found_toolchain
from passgap.languages import LANGUAGES, needs_commands
from passgap.records import ExecutionJob, Limits, Record, StdioCase, StdioTests

LINES = "first\nsecond line\n\u00e4\u4e2d\n"
"""Read and printed by the proof, in the encoding that programs are to use."""
SECONDS = 20.0


class ToolchainProof(Record):
    """A language that takes a toolchain, and whether its programs can be built and run here."""

    language: str
    title: str
    found: bool
    """Whether every tool is on this machine."""
    works: bool
    """Whether a program was built and run in the jail, and printed what it should."""
    detail: str
    """The versions of the tools; or what is missing, with what brings it; or why the program did not work."""


def examine_toolchains(languages: Iterable[str] | None = None) -> tuple[ToolchainProof, ...]:
    """Look for toolchains, prepare what they need, and prove each with a program; a missing one never raises.

    Args:
        languages: by their names; by default all that take the commands of a toolchain.

    Raises:
        ExecutionError: the jail cannot be set up.
    """
    named = [name for name in (LANGUAGES if languages is None else languages) if needs_commands(name)]
    proofs: dict[str, ToolchainProof] = {}
    jobs = []
    for name in named:
        title, toolchain = LANGUAGES[name].title, LANGUAGES[name].toolchain
        assert toolchain is not None
        try:
            found = found_toolchain(name)
            detail = f"{found.version} ({', '.join(tool.path for tool in found.tools.values())})"
            proofs[name] = ToolchainProof(language=name, title=title, found=True, works=False, detail=detail)
            _ = found.cache
        except MissingToolchain as missing:
            proofs[name] = ToolchainProof(
                language=name, title=title, found=name in proofs, works=False, detail=str(missing)
            )
            continue
        jobs.append(
            ExecutionJob(
                key=name,
                program=toolchain.proof,
                tests=StdioTests(cases=(StdioCase(stdin=LINES, stdout=LINES),)),
                language=name,
                limits=Limits(seconds=SECONDS),
            )
        )
    if jobs:
        with SandboxExecutor(workers=1) as executor:
            for result in executor.run(jobs):
                outcome, proof = result.outcome, proofs[result.key]
                reason = proof.detail if outcome.passed else f"{proof.detail}: {outcome.reason}"
                proofs[result.key] = proof.model_copy(update={"works": bool(outcome.passed), "detail": reason})
    return tuple(proofs[name] for name in named)
