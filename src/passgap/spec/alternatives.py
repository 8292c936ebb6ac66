"""The alternatives to SSD, and the means at hand for them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from passgap.spec.section import Section, Text

COMPARATORS = "comparators"
"""The name under which intake hands the moves that can be declared to the validation of a study."""


def _known(move: str, info: ValidationInfo) -> str:
    """Refuse a move that there is not; a record that was written earlier is taken as it is."""
    names = (info.context or {}).get(COMPARATORS, (move,))
    if move not in names:
        *others, last = (repr(str(each)) for each in names)
        listed = f"{', '.join(others)} or {last}"
        raise PydanticCustomError("enum", "Input should be {expected}", {"expected": listed})
    return move


class ComparatorSection(Section):
    """The training move that would be made if SSD were not on the table."""

    method: Annotated[Text, AfterValidator(_known)] = Field(
        description="The baseline that would be run otherwise: SSD has to beat it per device-hour.",
        examples=["do-nothing"],
    )
    why: Text = Field(
        description="Why this one is the realistic alternative.", examples=["no curated data for this family"]
    )


class ExternalDataSection(Section):
    """Whether other data or a verifier could be trained on: it decides which alternative a verdict names."""

    curated_examples: int = Field(default=0, ge=0, description="Curated prompt and solution pairs at hand.")
    preference_pairs: int = Field(
        default=0, ge=0, description="Pairs of a better and a worse answer at hand, for preference optimisation."
    )
    documents: bool = Field(
        default=False, description="Whether there are documents to retrieve that hold what the model lacks."
    )
    verifier: bool = Field(default=True, description="Whether the pool's problems carry tests to filter samples with.")


class FailureCostSection(Section):
    """The arrangements for when it goes wrong."""

    checkpoints: Text = Field(
        description="Which checkpoints are kept, and for how long.", examples=["base and every candidate, 90 days"]
    )
    blocker: Text = Field(
        description="The number that stops a release.", examples=["pass@1 on held-out below base, or any battery alert"]
    )
    rollback: Text = Field(
        description="How production returns to the base model.", examples=["one configuration flip to the base model"]
    )
