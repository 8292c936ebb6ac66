"""The decoding that a section declares, and rules for every section that declares one."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.records import Decoding
from passgap.spec.base_model import ModelSection
from passgap.spec.diagnostics import DecodingSection
from passgap.spec.fine_tuning import SamplingSection


def decoding_of(section: DecodingSection | SamplingSection) -> Decoding:
    """The decoding that a section of the study declares."""
    return Decoding(
        temperature=section.temperature,
        top_k=section.top_k,
        top_p=section.top_p,
        max_new_tokens=section.max_new_tokens,
    )


def too_long(field: str, tokens: int, model: ModelSection) -> Iterator[str]:
    """Refuse completions that leave no room for a prompt in the model's context."""
    if tokens >= model.context_tokens:
        yield (
            f"{field}: {tokens} leave no room for a prompt in `model.context_tokens: {model.context_tokens}`. Prompt "
            f"and completion must fit together."
        )


def truncated_in_vain(path: str, section: DecodingSection | SamplingSection) -> Iterator[str]:
    """Flag a truncation that has no effect, because the most likely token is always taken."""
    truncated = section.model_fields_set & {"top_k", "top_p"}
    if section.temperature == 0.0 and truncated:
        yield (
            f"{path}: {' and '.join(f'`{each}`' for each in sorted(truncated))} have no effect at temperature 0, "
            f"which always takes the most likely token. Remove them, or raise the temperature."
        )
