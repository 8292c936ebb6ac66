"""DPO (arXiv 2305.18290): the model learns to prefer its samples that pass the pool's tests to those that fail."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from passgap.arms.base import Place
from passgap.arms.preference import PreferenceArm, PreferenceSection
from passgap.arms.preference.section import flags_of_beta
from passgap.records import PreferenceLoss
from passgap.spec.draft import DraftSections


class DpoSection(PreferenceSection):
    """Direct preference optimisation on pairs of a passing and a failing sample."""

    beta: float = Field(
        default=0.1,
        gt=0.0,
        le=100.0,
        allow_inf_nan=False,
        description="How close the model stays to the base model; 0.05 to 0.3 is customary.",
    )
    sft_weight: float = Field(
        default=0.2,
        ge=0.0,
        le=100.0,
        allow_inf_nan=False,
        description="The weight of the cross-entropy of the chosen answers beside the loss, so that their probability "
        "does not fall with that of the rejected ones; 0 leaves it out.",
    )


class Dpo(PreferenceArm[DpoSection]):
    """The logistic loss of the margin between chosen and rejected answer."""

    name = "dpo"
    caption = "DPO"
    position = 50.0
    Section = DpoSection

    def loss(self, section: DpoSection) -> PreferenceLoss:
        """Eq. 7 of the paper."""
        return PreferenceLoss(kind="dpo", beta=section.beta, sft_weight=section.sft_weight)

    def flags(self, section: DpoSection, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield what is unusual in pairs, fine-tune and loss."""
        yield from super().flags(section, study, at)
        yield from flags_of_beta(at("beta"), section.beta)


ARM = Dpo()
