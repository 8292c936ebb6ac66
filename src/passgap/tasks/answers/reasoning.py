"""Reasoning that a model writes before its answer, and the marks around it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

_TAGS = r"(?:seed:)?(?:think(?:ing)?|thoughts?|reasoning|reason|reflection|analysis|scratchpad)"

_PAIRS: tuple[tuple[str, str], ...] = (
    (rf"<{_TAGS}\s*>", rf"</{_TAGS}\s*>"),
    (r"\[THINK\]", r"\[/THINK\]"),
    (r"◁think▷", r"◁/think▷"),
    (r"<\|begin_of_thought\|>", r"<\|end_of_thought\|>"),
    (r"<\|START_THINKING\|>", r"<\|END_THINKING\|>"),
    (r"<\|channel>thought\b", r"<channel\|>"),
    (r"<\|(?:begin_of_)?think(?:ing)?\|>", r"<\|(?:end_of_think(?:ing)?|/think(?:ing)?)\|>"),
)
_OPENING = re.compile("|".join(f"(?P<o{number}>{pair[0]})" for number, pair in enumerate(_PAIRS)), re.IGNORECASE)
_CLOSING = [re.compile(pair[1], re.IGNORECASE) for pair in _PAIRS]
_ANY_CLOSING = re.compile("|".join(pair[1] for pair in _PAIRS), re.IGNORECASE)
_MOST_MARKS = 64
"""The number of marks that are looked at; a text with more of them is not an answer."""

_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})", re.MULTILINE)

_BESIDE_FENCE = re.compile(
    rf"(?:(?<!`)`{{3,}}+|(?<!~)~{{3,}}+)[ \t]*+(?={_ANY_CLOSING.pattern})"
    rf"|(?:{_ANY_CLOSING.pattern})[ \t]*+(?=`{{3,}}|~{{3,}})",
    re.IGNORECASE,
)
"""A fence and the end of reasoning on one line. A run of marks is tried once, from its start: answers may be long."""
_LAST_TOKEN = re.compile(r"(?:</s>|<eos>|<\|(?:im_end|eot_id|endoftext|end_of_text|end)\|>|<end_of_turn>)\s*\Z")
"""The token that ends an answer, where a server wrote it out."""

_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)[^<\n]*<\|message\|>")
_CHANNEL_END = re.compile(r"<\|(?:end|return|call|start)\|>")
_BARE_CHANNELS = re.compile(r"\A\s*analysis.*?assistantfinal", re.DOTALL)
"""The same where the marks, which are special tokens, were left out of the text."""

_WRAPPERS = re.compile(
    r"<\|(?:begin|end)_of_solution\|>|<\|(?:START|END)_(?:RESPONSE|TEXT)\|>"
    r"|^[ \t]*</?(?:answer|response|solution|output|final_answer)>[ \t]*$"
    r"|^[ \t]*<\|(?:assistant|im_end|eot_id|end|return)\|>[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Answer:
    """A completion without its reasoning."""

    text: str
    reasoning: bool
    """Whether any was taken out."""


def without_reasoning(completion: str) -> Answer:
    """Take the reasoning out of a completion.

    - From an opening mark to the first closing mark of its kind. A mark opens reasoning only outside of fenced code.
    - A closing mark that nothing opened (the prompt did): everything before it, where anything is left after it.
    - An opening mark that nothing closes: the mark alone, since nobody can tell where the reasoning ends.
    - Channels (Harmony): everything but the last message of the channel ``final``, where there is one.
    """
    text = _final_channel(completion)
    text = _after_unopened(_BESIDE_FENCE.sub(r"\g<0>\n", text))
    place = 0
    for _ in range(_MOST_MARKS):
        opening = _OPENING.search(text, place)
        if opening is None:
            break
        if not _is_mark(text, opening) or _within_fence(text, opening.start()):
            place = opening.end()
            continue
        kind = next(number for number in range(len(_PAIRS)) if opening.group(f"o{number}") is not None)
        closing = next((each for each in _CLOSING[kind].finditer(text, opening.end()) if _is_mark(text, each)), None)
        end = closing.end() if closing else opening.end()
        text = text[: opening.start()] + text[end:]
        place = opening.start()
    found = text != completion
    return Answer(_LAST_TOKEN.sub("", _WRAPPERS.sub("", text)), reasoning=found)


def _final_channel(text: str) -> str:
    bare = _BARE_CHANNELS.match(text)
    if bare is not None:
        return text[bare.end() :]
    messages = list(_CHANNEL.finditer(text))
    if not messages:
        return text
    final = [each for each in messages if each.group(1) == "final"]
    chosen = (final or messages)[-1]
    ending = _CHANNEL_END.search(text, chosen.end())
    return text[chosen.end() : ending.start() if ending else len(text)]


def _after_unopened(text: str) -> str:
    """Drop what stands before the last closing mark that nothing opens."""
    opened = next((each.start() for each in _OPENING.finditer(text) if _is_mark(text, each)), len(text))
    for closing in list(islice(_ANY_CLOSING.finditer(text, 0, opened), _MOST_MARKS))[::-1]:
        ends_here = _alone(text, closing) or not _within_fence(text, closing.start())
        if _is_mark(text, closing) and ends_here and text[closing.end() :].strip():
            return text[closing.end() :]
    return text


def _is_mark(text: str, found: re.Match[str]) -> bool:
    """Whether it is a mark, not part of a string or of a sentence about marks."""
    before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
    return before not in set("\"'`\\") and after not in set("\"'`\\")


def _alone(text: str, found: re.Match[str]) -> bool:
    """Whether a mark has a line to itself."""
    start = text.rfind("\n", 0, found.start()) + 1
    end = text.find("\n", found.end())
    return not text[start : found.start()].strip() and not text[found.end() : None if end < 0 else end].strip()


def _within_fence(text: str, place: int) -> bool:
    """Whether a fenced block is open at a place."""
    return len(_FENCE.findall(text[:place])) % 2 == 1
