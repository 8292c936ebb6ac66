"""One rendering of prompts for sampling and training, so that a model is trained on what it was asked."""

from __future__ import annotations

from typing import Any, Protocol

from passgap.records import Prompt


class ChatTokenizer(Protocol):
    """The one method of a Hugging Face tokenizer that rendering needs."""

    def apply_chat_template(self, conversation: list[dict[str, str]], **options: Any) -> Any:
        """Render a conversation in the model's own template."""
        ...


def render_prompt(tokenizer: ChatTokenizer, prompt: Prompt) -> str:
    """Return the text that the model continues; special tokens, where there are any, are part of it.

    A chat prompt becomes the model's template around the user's turn, with the assistant's turn opened and begun with
    ``prompt.prefix``; any other prompt is ``user + prefix`` as it stands.
    """
    if not prompt.chat:
        return prompt.user + prompt.prefix
    turns = [{"role": "system", "content": prompt.system}] if prompt.system is not None else []
    turns.append({"role": "user", "content": prompt.user})
    rendered = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    return str(rendered) + prompt.prefix
