"""The option that names an arm."""

from __future__ import annotations

from typing import Annotated

import typer

ArmOption = Annotated[
    str,
    typer.Option("--arm", metavar="ARM", help="Which arm: base, decode-only, ssd, or another one that is installed."),
]
