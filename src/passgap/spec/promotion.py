"""How checkpoints of a study are promoted, compared in production, and kept."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from pydantic import Field

from passgap.spec.section import Fraction, Section, Text

Margin = Annotated[Fraction, Field(le=0.5)]

GUARDS = {"errors": 0.0, "latency": 0.02, "longer": 0.1, "shorter": 0.1}
"""The guardrails of a study that declares none, with their margins: those that every gateway has the data for."""


ERRORS = "errors"
"""The guardrail that has a part of alpha for itself."""


class SigningSection(Section):
    """The key by which a checkpoint has to be signed."""

    public_key: Text = Field(
        description="The file with the public key (PEM, elliptic curve), relative to the study's folder.",
        examples=["passgap.pub"],
    )


class ModelRegistrySection(Section):
    """A registry of MLflow that is brought to the study's."""

    uri: Text | None = Field(
        default=None,
        description="Where MLflow keeps its registry; by default `MLFLOW_TRACKING_URI`, and without it `mlflow.db` in "
        "the study's folder.",
        examples=["sqlite:///mlflow.db"],
    )
    model: Text | None = Field(
        default=None,
        description="The registered model's name there; by default the study's.",
        examples=["autocomplete"],
    )
    decides: Literal["ledger", "mlflow"] = Field(
        default="ledger",
        description="Who says which checkpoint is production and which the candidate where the two disagree: the "
        "study's `ledger`, which MLflow's aliases are brought to, or `mlflow`, whose aliases the ledger follows as far "
        "as the rules of promotion allow.",
    )


class PromotionSection(Section):
    """The rules of promotion, written into the ledger before a candidate gets traffic."""

    alpha: Annotated[float, Field(gt=0.0, le=0.2)] = Field(
        default=0.05,
        description="The probability that a candidate without any fault is ever rolled back by a guardrail, however "
        "often and however long the monitors are read.",
    )
    errors_alpha: Annotated[float, Field(gt=0.0, le=0.1)] = Field(
        default=0.01, description="The part of `alpha` that the guardrail on errors has for itself."
    )
    split_alpha: Annotated[float, Field(gt=0.0, le=0.05)] = Field(
        default=0.001, description="The probability of ever calling a split wrong that is as declared."
    )
    guards: dict[str, Margin] = Field(
        default=GUARDS,
        min_length=1,
        description="The guardrails by the names of their metrics, each with the loss that does not count, a fraction.",
        examples=["{errors: 0, latency: 0.02, accepted: 0.01}"],
    )
    tolerance: Annotated[Fraction, Field(gt=0.0, le=0.5)] = Field(
        default=0.05,
        description="How much worse than production the candidate may at most be for a promotion, on every guardrail, "
        "with its confidence bound.",
    )
    least_pairs: int = Field(default=500, ge=1, description="Mirrored pairs before a candidate can leave the shadow.")
    least_users: int = Field(default=200, ge=1, description="Users in the canary before it can go into production.")
    window_hours: Annotated[float, Field(gt=0.0, le=24 * 30)] = Field(
        default=24.0,
        description="The hours from a user's first call over which the user's one value is taken.",
    )
    latency_quantile: Annotated[float, Field(ge=0.5, le=0.999)] = Field(
        default=0.95,
        description="A call is slow if it takes longer than this quantile of production's first 200 calls.",
    )
    retention_days: float = Field(
        default=90.0,
        ge=1.0,
        le=3650.0,
        description="Days for which the files of a retired checkpoint are kept; those of the base model and of the "
        "checkpoint in production always are.",
    )
    signing: SigningSection | None = Field(
        default=None,
        description="The key by which a checkpoint has to be signed before it is registered or moved; by default none.",
    )
    mlflow: ModelRegistrySection | None = Field(
        default=None, description="A registry of MLflow that gets states and aliases too; by default none."
    )


def refusals_of_guards(rules: PromotionSection, metrics: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with guardrails: one has no metric of its name, or errors leave the others no alpha.

    Args:
        rules: as declared.
        metrics: the names of the metrics that there are.
    """
    for name in rules.guards:
        if name not in metrics:
            near = difflib.get_close_matches(name, metrics, n=1)
            meant = f" Did you mean `{near[0]}`?" if near else ""
            yield f"promotion.guards.{name}: there is no such metric.{meant} The metrics are: {', '.join(metrics)}."
    if ERRORS in rules.guards and len(rules.guards) > 1 and rules.errors_alpha >= rules.alpha:
        yield (
            f"promotion.errors_alpha: {rules.errors_alpha:g} leaves nothing of `alpha`, {rules.alpha:g}, to the other "
            f"guardrails. Lower it, or raise `alpha`."
        )
