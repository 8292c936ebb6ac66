"""IPO (arXiv 2310.12036): like DPO, with a loss that stops at a margin instead of widening it without end."""

from __future__ import annotations

from pydantic import Field

from passgap.arms.preference import PreferenceArm, PreferenceSection
from passgap.records import PreferenceLoss


class IpoSection(PreferenceSection):
    """Identity preference optimisation on pairs of a passing and a failing sample."""

    tau: float = Field(
        default=0.1,
        gt=0.0,
        le=100.0,
        allow_inf_nan=False,
        description="How close the model stays to the base model: the margin that is aimed at is 1 / (2 tau), in nats "
        "per token.",
    )


class Ipo(PreferenceArm[IpoSection]):
    """The squared distance of the margin per token to a target."""

    name = "ipo"
    caption = "IPO"
    position = 55.0
    Section = IpoSection

    def loss(self, section: IpoSection) -> PreferenceLoss:
        """Eq. 17 of the paper, on log-ratios per token."""
        return PreferenceLoss(kind="ipo", beta=section.tau, sft_weight=section.sft_weight)


ARM = Ipo()
