"""The option that names an arm."""

from __future__ import annotations

from typing import Annotated

import typer

from passgap.recipes import Arm

ArmOption = Annotated[Arm, typer.Option("--arm", help="Which arm.")]
