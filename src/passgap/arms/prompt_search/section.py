"""How a search for an instruction is declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from passgap.arms.base import Place
from passgap.spec import Dialect
from passgap.spec.draft import DraftSections
from passgap.spec.section import Count, Section, Text

Price = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


class ReflectorSection(Section):
    """The model that writes instructions: the base model itself, or a teacher on a server."""

    model: Text | None = Field(
        default=None,
        description="The name under which a server has the teacher; without it, the base model writes its own "
        "instructions. A teacher imports knowledge, which the report says.",
        examples=["gpt-5"],
    )
    base_url: Text | None = Field(
        default=None, description="Where that server is.", examples=["https://api.openai.com/v1"]
    )
    dialect: Dialect = Field(default=Dialect.OPENAI, description="What that server is, as in `engine.dialect`.")
    key_variable: Text | None = Field(
        default=None, description="The name of the environment variable that holds its key."
    )
    temperature: float = Field(
        default=1.0, ge=0.0, le=2.0, allow_inf_nan=False, description="At which instructions are written."
    )
    max_new_tokens: int = Field(default=256, ge=1, description="The most tokens of an answer with an instruction.")
    context_tokens: Count = Field(default=8192, description="The teacher's context length; the base model has its own.")
    price_prompt: Price = Field(
        default=0.0, description="What a million prompt tokens of the teacher cost, in the currency of the budget."
    )
    price_tokens: Price = Field(
        default=0.0, description="What a million tokens that the teacher writes cost, in the currency of the budget."
    )


class PromptSection(Section):
    """An instruction is searched for that makes the base model solve more development problems."""

    strategy: Literal["gepa", "propose"] = Field(
        default="gepa",
        description="`gepa` evolves instructions by reflection on failures (arXiv 2507.19457; the extra `prompt`); "
        "`propose` takes the best of several that are written at once.",
    )
    instruction: str = Field(
        default="", description="The instruction that the search begins with; empty asks as the base model is asked."
    )
    place: Literal["auto", "system", "user"] = Field(
        default="auto",
        description="Where the instruction stands: in the `system` turn, or before the problem in the `user` turn; "
        "`auto` is the system turn of a chat model, and before the problem for a base model.",
    )
    max_metric_calls: int = Field(
        default=200, ge=4, description="The most samples of development problems that are drawn and run."
    )
    development: int = Field(
        default=40, ge=2, description="Pool problems to search on: half to reflect on, half to choose on."
    )
    minibatch: int = Field(default=3, ge=1, description="Problems that one reflection looks at.")
    proposals: int = Field(default=8, ge=1, description="Instructions that `propose` has written.")
    reflector: ReflectorSection = ReflectorSection()


def needed_calls(section: PromptSection, development: int) -> int:
    """The fewest metric calls with which one new instruction can be tried.

    Args:
        section: as declared.
        development: how many development problems there are.
    """
    if section.strategy == "propose":
        return section.proposals + 1 + min(section.minibatch, development)
    chosen_on = -(-development // 2)
    return 2 * chosen_on + 2 * min(section.minibatch, development - chosen_on)


def refusals(section: PromptSection, study: DraftSections, at: Place) -> Iterator[str]:
    """Yield each reason for which the search cannot be what it is declared to be."""
    model, reflector = study.get("model"), section.reflector
    if section.place == "system" and model is not None and not model.chat:
        yield f"{at('place')}: system, and `model.chat: false` says that the model has no turns. Use `place: user`."
    needed = needed_calls(section, section.development)
    if section.max_metric_calls < needed:
        yield (
            f"{at('max_metric_calls')}: {section.max_metric_calls} are too few to try a single new instruction; at "
            f"least {needed} are needed with {section.development} development problems. Raise it, or lower "
            f"`{at('development')}`."
        )
    if (reflector.model is None) != (reflector.base_url is None):
        lacking = "base_url" if reflector.base_url is None else "model"
        yield (
            f"{at(f'reflector.{lacking}')}: missing; a teacher has a name and a server. Give both, or neither to let "
            f"the base model write its own instructions."
        )


def flags(section: PromptSection, at: Place) -> Iterator[str]:
    """Yield what has no effect, and a teacher."""
    reflector = section.reflector
    if section.strategy == "gepa" and "proposals" in section.model_fields_set:
        yield f"{at('proposals')}: has no effect with `strategy: gepa`. Remove it, or set `strategy: propose`."
    if reflector.model is None:
        teachers = {"dialect", "key_variable", "context_tokens", "price_prompt", "price_tokens"}
        for name in sorted(teachers & reflector.model_fields_set):
            yield f"{at(f'reflector.{name}')}: has no effect, because no teacher is named in `{at('reflector.model')}`."
    else:
        yield (
            f"{at('reflector.model')}: {reflector.model} is a teacher from outside, so the instruction may hold "
            f"knowledge that the base model lacks."
        )
