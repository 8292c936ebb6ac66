"""The fenced blocks of an answer, as models write them rather than as Markdown would have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from passgap.languages import Language
from passgap.tasks.answers.labels import labels_of

_PREFIX = r"^(?P<prefix>(?:[ \t]*>)*[ \t]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?)"
_FENCE = re.compile(_PREFIX + r"(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\r\n]*)\r?$", re.MULTILINE)
_AT_LINES_END = re.compile(r"(?<=[^`\s])```[ \t]*\r?$", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z0-9+#_./-]+")
_UNSTATED = frozenset({"", "code", "solution", "program", "plain", "main", "function", "answer"})

_MOST_BLOCKS = 100

_MOST_ENDS = 6
"""Fences that are tried as the end of a block."""


class BlockLanguage(StrEnum):
    """The language of a block, as the block states it."""

    ASKED = "asked"
    """The language that was asked for."""
    UNSTATED = "unstated"
    SESSION = "session"
    """An interactive session in that language: input behind a prompt, with the output between."""
    OTHER = "other"


_MAY_BE_CODE = (BlockLanguage.ASKED, BlockLanguage.UNSTATED)


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    text: str
    language: BlockLanguage
    closed: bool


def blocks_of(answer: str, language: Language) -> list[Block]:
    """All fenced blocks in order.

    A block ends at the first fence of its kind that is at least as long and not indented deeper than into its content;
    a fence with a language begins the next block at once. Where that leaves code that does not parse, the next few
    fences are tried as its end, for a docstring may hold a fence. An unclosed last block goes to the end of the answer.
    """
    blocks: list[Block] = []
    place = 0
    while len(blocks) < _MOST_BLOCKS and (opening := _next_opening(answer, place, language)) is not None:
        begin = min(opening.end() + 1, len(answer))
        stated = _stated(opening.group("info"), language)
        if stated in _MAY_BE_CODE and (label := labels_of(language).below.match(answer, begin)):
            begin, stated = label.end(), BlockLanguage.ASKED
        end, place = _end(answer, opening, begin, stated, language)
        text = _unprefixed(answer[begin:end], _prefix(opening))
        if stated in _MAY_BE_CODE and language.is_session(text):
            stated = BlockLanguage.SESSION
        blocks.append(Block(text, stated, closed=place > 0))
        if place <= 0:
            break
    return blocks


def cut_at_fence(text: str) -> str:
    """The text before its first fence at the margin."""
    found = next((each for each in _FENCE.finditer(text) if not each.group("prefix").strip()), None)
    return text[: found.start()] if found else text


def _next_opening(answer: str, place: int, language: Language) -> re.Match[str] | None:
    first = _FENCE.search(answer, place)
    # No further than that, since a long answer would be read to its end for each of its blocks.
    further = len(answer) if first is None or (end := answer.find("\n", first.end())) < 0 else end
    found = [first, next(_after_text(answer, place, further, language), None)]
    return min((each for each in found if each is not None), key=lambda each: each.start("fence"), default=None)


def _after_text(answer: str, place: int, further: int, language: Language) -> Iterator[re.Match[str]]:
    """Fences that stand at the end of a sentence, between two places."""
    for found in labels_of(language).after_text.finditer(answer, place, further):
        line = answer[answer.rfind("\n", 0, found.start()) + 1 : found.start()]
        if line.strip() and "`" not in line:
            yield found


def _end(answer: str, opening: re.Match[str], begin: int, stated: BlockLanguage, language: Language) -> tuple[int, int]:
    """Where a block's content ends, and where to continue: 0 where nothing closes it."""
    ends = list(_ends(answer, opening, begin, language))
    regular = next(((end, on) for end, on, fits in ends if fits), (len(answer), 0))
    if stated is BlockLanguage.OTHER:
        return regular
    prefix = _prefix(opening)
    for end, on in chain([regular], ((end, on) for end, on, _ in ends), _at_lines_end(answer, begin)):
        if language.parse(_unprefixed(answer[begin:end], prefix)) is not None and (on or end == len(answer)):
            return end, on
    return regular


def _at_lines_end(answer: str, begin: int) -> Iterator[tuple[int, int]]:
    """The first fence that shares a line with code, looked for where no other ends the block."""
    if (shared := _AT_LINES_END.search(answer, begin)) is not None:
        yield shared.start(), shared.end()


def _ends(answer: str, opening: re.Match[str], begin: int, language: Language) -> Iterator[tuple[int, int, bool]]:
    """The next few fences as (end of the content, where to continue, whether it is indented as an end would be)."""
    mark, margin = opening.group("fence"), len(_prefix(opening))
    for number, fence in enumerate(_FENCE.finditer(answer, begin)):
        if number == _MOST_ENDS:
            return
        info = fence.group("info").strip()
        alike = fence.group("fence")[0] == mark[0] and len(fence.group("fence")) >= len(mark)
        fits = len(fence.group("prefix")) <= margin + 3
        if info and _WORD.match(info.lstrip("{.")):
            yield fence.start(), fence.start(), fits and _stated(info, language) is not BlockLanguage.OTHER
        elif alike and not info:
            yield fence.start(), fence.end(), fits


def _prefix(opening: re.Match[str]) -> str:
    return opening.groupdict().get("prefix") or ""


def _stated(info: str, language: Language) -> BlockLanguage:
    found = _WORD.search(info)
    word = found.group().lstrip("./") if found else ""
    if language.is_label(word):
        return BlockLanguage.ASKED
    if language.is_session_label(word):
        return BlockLanguage.SESSION
    return BlockLanguage.UNSTATED if word.lower() in _UNSTATED else BlockLanguage.OTHER


def _unprefixed(text: str, prefix: str) -> str:
    """Remove from each line what stands before the fence: the marks of a quotation, or an item's indentation."""
    if not prefix:
        return text
    quoted = prefix.count(">")
    if quoted:
        return re.sub(rf"^(?:[ \t]*>){{1,{quoted}}} ?", "", text, flags=re.MULTILINE)
    lines = text.split("\n")
    filled = [len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()]
    margin = min([len(prefix), *filled])
    return "\n".join(line[min(margin, len(line) - len(line.lstrip(" \t"))) :] for line in lines)
