"""Is the model of the size that the study declares?"""

from __future__ import annotations

from passgap.spec import Intake

SIZE_TOLERANCE = 0.1
"""How far the declared parameter count may be from the weights' own before it is flagged: names are rounded."""


def flags_of(intake: Intake, counted: int | None) -> tuple[str, ...]:
    """Return the flags of intake, and one where the weights hold another number of parameters than declared.

    Args:
        intake: the study.
        counted: the parameters of the weights; None where they are not here.
    """
    declared, model = intake.spec.model.parameters, intake.spec.model.id
    if counted is None or abs(counted - declared) <= SIZE_TOLERANCE * declared:
        return intake.flags
    said = (
        f"model.parameters: {declared:,} are declared, and the weights of `{model}` hold {counted:,}. Estimates made "
        f"before a speed was measured are off by that factor: correct it."
    )
    return (*intake.flags, said)
