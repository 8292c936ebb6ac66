"""``passgap doctor``: the sandbox's protections on this machine, and the data type that models are computed in."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.execution import Protection, examine
from passgap.models.dtypes import choose_dtype


def doctor(as_json: JsonOption = False) -> None:
    """Test every protection of the sandbox on this machine and say which ones hold.

    The last line says which data type `dtype: auto` selects on this machine, for sampling and for training, and why.

    Example: `passgap doctor`
    """
    protections = examine()
    arithmetic = _arithmetic()
    if as_json:
        emit_json([each.model_dump(mode="json") for each in (*protections, arithmetic)])
        return
    table = Table("protection", "holds", "what it is", title="sandbox", box=box.SIMPLE)
    for each in protections:
        table.add_row(each.name, Text("yes", "green") if each.holds else Text("no", "red"), each.detail)
    stdout.print(table)
    stdout.print(f"models are computed in {arithmetic.detail}")


def _arithmetic() -> Protection:
    """Whether bfloat16 is fast on this machine, in the form of a protection."""
    try:
        chosen = choose_dtype("auto", "auto")
    except ImportError as error:
        detail = f"nothing here: {error.name} is not installed (`pip install 'passgap[local]'`)"
        return Protection(name="arithmetic", holds=False, required=False, detail=detail)
    fast = chosen.dtype == "bfloat16"
    return Protection(name="arithmetic", holds=fast, required=False, detail=str(chosen))
