"""``passgap doctor``: the sandbox's protections, the toolchains of languages, and the data type of models."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.execution import Protection, ToolchainProof, examine, examine_toolchains
from passgap.models.dtypes import choose_dtype


def doctor(as_json: JsonOption = False) -> None:
    """Test every protection of the sandbox on this machine and say which ones hold.

    The toolchain of each language that can be run besides Python is looked for, and proved by a program that is built
    and run in the sandbox; of one that is missing, the package that brings it is named. The first time, what it needs
    is prepared, such as compiled libraries, which takes up to a minute.

    The last line says which data type `dtype: auto` selects on this machine, for sampling and for training, and why.

    Example: `passgap doctor`
    """
    protections = examine()
    jailed = all(each.holds for each in protections if each.required)
    toolchains = examine_toolchains() if jailed else ()
    arithmetic = _arithmetic()
    if as_json:
        told = (*protections, *map(_as_protection, toolchains), arithmetic)
        emit_json([each.model_dump(mode="json") for each in told])
        return
    table = Table("protection", "holds", "what it is", title="sandbox", box=box.SIMPLE)
    for each in protections:
        table.add_row(each.name, Text("yes", "green") if each.holds else Text("no", "red"), each.detail)
    stdout.print(table)
    if toolchains:
        table = Table("language", "runs", "toolchain", title="toolchains", box=box.SIMPLE)
        for proof in toolchains:
            runs = Text("yes", "green") if proof.works else Text("no", "red" if proof.found else "dim")
            table.add_row(proof.title, runs, Text(proof.detail))
        stdout.print(table)
    stdout.print(f"models are computed in {arithmetic.detail}")


def _as_protection(proof: ToolchainProof) -> Protection:
    """A toolchain in the form of a protection, by the name of its language."""
    return Protection(name=f"toolchain-{proof.language}", holds=proof.works, required=False, detail=proof.detail)


def _arithmetic() -> Protection:
    """Whether bfloat16 is fast on this machine, in the form of a protection."""
    try:
        chosen = choose_dtype("auto", "auto")
    except ImportError as error:
        detail = f"nothing here: {error.name} is not installed (`pip install 'passgap[local]'`)"
        return Protection(name="arithmetic", holds=False, required=False, detail=detail)
    fast = chosen.dtype == "bfloat16"
    return Protection(name="arithmetic", holds=fast, required=False, detail=str(chosen))
