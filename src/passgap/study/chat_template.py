"""Whether a model is spoken to as it was trained to be: in its chat template, or as plain text."""

from __future__ import annotations

from pathlib import Path

from passgap.errors import StudyError
from passgap.models.chat import NO_TEMPLATE
from passgap.models.folders import has_chat_template
from passgap.spec import ServerEngine, StudySpec


def template_at_hand(spec: StudySpec) -> bool | None:
    """Whether the tokenizer that renders the prompts here has a chat template; None where it is not at hand."""
    engine = spec.engine
    name = engine.tokenizer if isinstance(engine, ServerEngine) else spec.model.id
    return None if name is None else has_chat_template(Path(name).expanduser())


def refuse_without_template(spec: StudySpec) -> None:
    """Refuse a chat model whose tokenizer cannot render a conversation, before anything is sampled.

    Raises:
        StudyError: it has no chat template.
    """
    if spec.model.chat and template_at_hand(spec) is False:
        engine = spec.engine
        name = engine.tokenizer if isinstance(engine, ServerEngine) else spec.model.id
        raise StudyError(f"the model in {name} has no chat template", [f"model.chat: {NO_TEMPLATE}"])
