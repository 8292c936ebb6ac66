"""The rendering of prompts, one for sampling and training, so that a model is trained on what it was asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from passgap.errors import EngineError
from passgap.models.tokens import tokens_behind, tokens_of_prompt
from passgap.records import Prompt

NO_TEMPLATE = (
    "A chat model's prompts are rendered with its tokenizer's chat template, and this one has none. Declare "
    "`model.chat: false` to let it continue plain text, as a base model does; or name the variant that was tuned for "
    "conversations, or put its `chat_template.jinja` into the model's folder."
)
"""Advice on a model whose tokenizer cannot render a conversation."""


class ChatTokenizer(Protocol):
    """The one method of a Hugging Face tokenizer that rendering needs."""

    def apply_chat_template(self, conversation: list[dict[str, str]], **options: Any) -> Any:
        """Render a conversation in the model's own template."""
        ...


def render_prompt(tokenizer: ChatTokenizer, prompt: Prompt) -> str:
    """Return the text that the model continues; special tokens, where there are any, are part of it.

    A chat prompt becomes the model's template around its turns, with the assistant's turn opened and prefilled with
    ``prompt.prefix``; any other prompt is ``user + prefix`` as it is.

    Raises:
        EngineError: the tokenizer has no chat template, or its template refuses the conversation.
    """
    if prompt.suffix is not None:
        raise EngineError(
            "a prompt with a gap cannot be rendered here",
            ["Its text behind the gap is for a server that fills it in: `model.infill: suffix` is for those alone."],
        )
    if not prompt.chat:
        return prompt.user + prompt.prefix
    return render_turns(tokenizer, turns_of(prompt)) + prompt.prefix


def turns_of(prompt: Prompt) -> list[dict[str, str]]:
    """The conversation of a chat prompt up to the user's turn that is to be answered."""
    turns = [{"role": "system", "content": prompt.system}] if prompt.system is not None else []
    for each in prompt.earlier:
        turns += [{"role": "user", "content": each.user}, {"role": "assistant", "content": each.answer}]
    return [*turns, {"role": "user", "content": prompt.user}]


def render_turns(tokenizer: ChatTokenizer, turns: list[dict[str, str]], *, answered: bool = False) -> str:
    """Return a conversation in the model's chat template, with the assistant's turn opened unless it is ``answered``.

    Raises:
        EngineError: the tokenizer has no chat template, or its template refuses the conversation.
    """
    if not getattr(tokenizer, "chat_template", True):
        raise EngineError("the model has no chat template", [f"model.chat: {NO_TEMPLATE}"])
    try:
        rendered = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=not answered)
    except Exception as error:  # a template is a program of the model's, and may raise what it likes
        raise EngineError(
            "the model's chat template refuses the conversation", [f"{type(error).__name__}: {error}"]
        ) from error
    return str(rendered)


def prompt_tokens(tokenizer: Any, prompt: Prompt) -> list[int]:
    """The token ids that the model continues, in sampling and in training.

    Raises:
        EngineError: the prompt cannot be rendered.
    """
    return tokens_of_prompt(tokenizer, render_prompt(tokenizer, prompt), special=not prompt.chat)


def completion_tokens(tokenizer: Any, prompt: Prompt, before: Sequence[int], completion: str) -> list[int]:
    """The token ids of a completion that is known as text alone, encoded behind its prompt's tokens ``before``."""
    rendered = render_prompt(tokenizer, prompt)
    return tokens_behind(tokenizer, rendered, before, completion, special=not prompt.chat)
