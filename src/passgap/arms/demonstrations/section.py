"""How demonstrations are declared: how many, where they stand, and how their number is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from passgap.arms.base import Place
from passgap.spec.arm_section import ArmSection
from passgap.spec.draft import DraftSections

MOST = 8

Demonstrations = Annotated[int, Field(ge=1, le=MOST)]


class DemonstrationSection(ArmSection):
    """Solved problems of the pool that are shown with each question."""

    k: tuple[Demonstrations, ...] = Field(
        default=(1,),
        min_length=1,
        description="How many solved problems a prompt shows at most; of several numbers, the one that is best on "
        "development problems is taken.",
        examples=["[1, 3]"],
    )
    style: Literal["auto", "turns", "text"] = Field(
        default="auto",
        description="Where they stand: `turns` of the conversation before the question, or `text` before it; `auto` is "
        "turns for a chat model and text for a base model.",
    )
    development: int = Field(
        default=100, ge=1, description="Pool problems that the number of demonstrations is chosen on, if several are."
    )
    development_samples: int = Field(default=4, ge=1, description="Samples of each of them for each number.")


def refusals(section: DemonstrationSection, study: DraftSections, at: Place) -> Iterator[str]:
    """Yield each reason for which prompts cannot be what they are declared to be."""
    model = study.get("model")
    if section.style == "turns" and model is not None and not model.chat:
        yield (
            f"{at('style')}: turns, and `model.chat: false` says that the model has none. Use `style: text`, which "
            f"puts the solved problems into the text that it continues."
        )
    if len(set(section.k)) < len(section.k):
        yield f"{at('k')}: a number is given twice. Example: `k: [1, 3]`."


def flags(section: DemonstrationSection, at: Place) -> Iterator[str]:
    """Yield what has no effect."""
    for name in ("development", "development_samples"):
        if len(section.k) == 1 and name in section.model_fields_set:
            yield (
                f"{at(name)}: given, and nothing is chosen, because `{at('k')}` is one number. Remove it, or declare "
                f"several numbers. Example: `k: [1, 3]`."
            )
